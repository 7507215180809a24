"""The packages of functions: what ``requirements.txt`` may say, and that hashes decide."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.lint.subject import Subject
from provisioner.bundle.requirements import Requirement, parsed
from provisioner.bundle.source import REQUIREMENTS
from provisioner.engine.errors import BundleError

_MOST_BYTES = 1_000_000


def required(config: Config, owner: str) -> tuple[Requirement, ...]:
    """What the function ``owner`` requires; nothing where the file cannot be read, which packing will say.

    Raises ``BundleError`` for a file that is not understood.
    """
    path = config.root / str(config.functions[owner].source) / REQUIREMENTS
    try:
        return parsed(path, config.fence(owner).read(path, _MOST_BYTES))
    except OSError:
        return ()


def requirements(subject: Subject) -> Iterator[Flaw]:
    """Files that are not understood, packages without a hash, and functions that need none."""
    config = subject.config
    for owner, function in config.deployed.items():
        place = ("functions", owner, "source")
        try:
            bare = [str(wanted) for wanted in required(config, owner) if not wanted.hashes]
        except BundleError as error:
            yield Flaw(place, error.message.removeprefix(f"{config.root}/"), fix=error.remedy)
            continue
        if not function.require_hashes:
            yield Flaw(
                ("functions", owner, "require_hashes"),
                "packages need no hash",
                "What is deployed is what the index gives under a package's name on that day, and nobody would notice.",
                "Give each package its hashes, which `plan` prints without this line, and take the line out.",
                "warning",
            )
        elif bare:
            yield Flaw(
                place,
                f"no hash in {REQUIREMENTS} for {', '.join(bare)}",
                "`plan` refuses it: any file that the index gives under that name would be deployed.",
                "Run `plan`: it prints the lines with the hashes. Or set require_hashes = false.",
                "warning",
            )
