"""Builds a function's deployment zip: the same bytes on every machine, and nothing that Lambda already has.

The zip holds the function's own files and the packages of its ``requirements.txt``. No dependency of these is followed:
what they need besides, botocore above all, is part of the managed runtime.

What lies in the cache is never trusted. A zip is made anew each time, of sources read now and of wheels whose hashes
are those in ``requirements.txt``; whoever sends it sends the bytes of that digest, or nothing.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from provisioner.bundle.archive import assembled, stored
from provisioner.bundle.cache import private
from provisioner.bundle.source import MOST_BYTES, REQUIREMENTS, read
from provisioner.bundle.wheels import Wheels
from provisioner.engine.errors import BundleError, advice_on
from provisioner.files import Fence, content

__all__ = ["Bundle", "build", "verified"]


@dataclass(frozen=True)
class Bundle:
    """A zip ready for Lambda: ``code_sha256`` as Lambda's ``CodeSha256`` (base64), ``size`` in bytes.

    ``left_out`` are the files of the source that begin with a dot.
    """

    path: Path
    code_sha256: str
    size: int
    left_out: tuple[str, ...] = ()

    def content(self) -> bytes:
        """:func:`verified`."""
        return verified(self.path, self.code_sha256)


def verified(path: Path, code_sha256: str | None) -> bytes:
    """The zip at ``path``, whose digest is ``code_sha256``. Raises ``BundleError`` where it is another by now."""
    try:
        found = content(path, MOST_BYTES)
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error
    if _digest(found) != code_sha256:
        raise BundleError(
            f"{path} is no longer the zip that was built: its digest is {_digest(found)}, not {code_sha256}",
            remedy="Somebody else writes into that folder. The zip was not used; run the command again.",
        )
    return found


def build(
    source: Path, *, runtime: str, architecture: str, cache: Path, fence: Fence, require_hashes: bool = True
) -> Bundle:
    """The deployment zip of the function in ``source``, built in ``cache``.

    ``runtime`` and ``architecture`` in Lambda's words: ``python3.11``, ``x86_64`` or ``arm64``. What lies outside
    ``fence`` is not read. Wheels with a hash are kept in ``cache/wheels``, and pip runs only when one is missing; those
    without, which only ``require_hashes = False`` allows, are fetched each time. Several builds may share a cache at
    the same time. Raises ``BundleError`` for a folder that is not a function, and for packages that cannot be fetched.
    """
    try:
        function = read(source, fence)
        wheels = Wheels(private(cache), runtime=runtime, architecture=architecture)
        packages = wheels.members(function.requirements, source / REQUIREMENTS, require_hashes=require_hashes)
        own = {name: stored(file) for name, file in function.files.items()}
        if clash := sorted(own.keys() & packages.keys()):
            raise BundleError(f"{source}: {clash[0]} is also the name of a file in a package that it requires")
        members = packages | own
        if (size := sum(member.size for member in members.values())) > MOST_BYTES:
            raise BundleError(f"{source}: {size:,} bytes with its packages; Lambda takes at most {MOST_BYTES:,}")
        zipped = assembled(members)
        path = cache / f"{source.resolve().name}-{hashlib.sha256(zipped).hexdigest()[:20]}.zip"
        _write(path, zipped)
    except OSError as error:
        raise BundleError(
            f"{source}: cannot be packed into {cache}", details=[str(error)], remedy=advice_on(error)
        ) from error
    return Bundle(path, _digest(zipped), len(zipped), function.left_out)


def _digest(zipped: bytes) -> str:
    return base64.b64encode(hashlib.sha256(zipped).digest()).decode()


def _write(path: Path, zipped: bytes) -> None:
    """Write all or nothing: a crash, or another build of the same zip, never leaves half of one under this name."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".building-") as room:
        unfinished = Path(room) / path.name
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(zipped)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
