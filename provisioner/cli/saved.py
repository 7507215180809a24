"""A plan in a file: kept by ``plan --out``, and carried out by ``apply FILE`` if it is still the plan, to the letter.

Whoever reads the file must be able to trust it, and whoever changes it must gain nothing. So its digest is computed
anew from all that it shows, and must be that of the plan made now: of the file nothing else is used but what was agreed
to.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioner.cli import consents
from provisioner.engine.consent import Options
from provisioner.engine.errors import RefusedError, UsageError
from provisioner.engine.plan import SCHEMA, Plan
from provisioner.files import content
from provisioner.render.document import digest_of, plan_document

LARGEST_BYTES = 64 * 2**20
"""A plan of 3,000 new resources has 15 MB."""

_NEW = "Make a new plan: python -m provisioner plan --out FILE"


def keep(path: Path, plan: Plan, options: Options) -> None:
    """Write ``plan``, and what was agreed to, into a file of this user alone. ``UsageError`` where that cannot be."""
    document = plan_document(plan, consent=consents.to_document(options))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                os.fchmod(handle, 0o600)
            file.write(json.dumps(document, indent=1) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


@dataclass(frozen=True)
class Promise:
    """What a saved plan says: which plan it is, and what was agreed to when it was made."""

    path: Path
    digest: str
    consent: Options

    def agreed(self, options: Options) -> Options:
        """What was agreed to, then or now. ``UsageError`` where now it is something else."""
        if options not in (Options(), self.consent):
            raise UsageError(
                f"{self.path} says itself what was agreed to when it was made",
                remedy=f"Nothing was touched. To agree to something else, pass the flags to plan. {_NEW}",
            )
        return self.consent

    def require(self, plan: Plan) -> None:
        """``RefusedError`` where ``plan`` is another one."""
        if self.digest != plan_document(plan, consent=consents.to_document(self.consent))["digest"]:
            raise RefusedError(
                f"{self.path} is out of date: AWS, the state or the configuration has changed since",
                remedy=f"Nothing was touched. {_NEW}",
            )


def read(path: Path) -> Promise:
    """The plan in the file at ``path``.

    ``UsageError`` where there is none, ``RefusedError`` for one that was refused when it was made or changed since.
    """
    try:
        document = json.loads(content(path, LARGEST_BYTES), object_pairs_hook=_each_once)
        if document["schema"] != SCHEMA:
            said = str(document["schema"])[:40]
            raise RefusedError(f"{path} has schema {said}, this version knows {SCHEMA}", remedy=_NEW)
        digest, refusals = digest_of(document), [str(text) for text in document["refusals"]]
        promise = Promise(path, digest, consents.from_document(document["consent"]))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is not a saved plan", remedy="Make one: plan --out FILE") from error
    if digest != document["digest"]:
        raise RefusedError(
            f"{path} is not as it was saved: what it shows does not have the digest that it names",
            remedy=f"Nothing was touched. Somebody changed it, or another version made it. {_NEW}",
        )
    if refusals:
        remedy = f"Nothing was touched. {_NEW}"
        raise RefusedError(f"{path} was refused when it was made", details=refusals, remedy=remedy)
    return promise


def _each_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two a reader might see one, and this program the other."""
    listed = list(pairs)
    made = dict(listed)
    if len(made) < len(listed):
        raise ValueError("a key stands twice")
    return made
