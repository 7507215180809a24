"""``requirements.txt`` of a function: pinned packages with the hashes of their wheels, and nothing else.

pip takes much more than that from such a file: other files, folders, options, addresses, encodings. What is not one of
ours is refused, and pip is given a file that is written from what was understood, never this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from provisioner.engine.errors import BundleError

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.+!]+)(?P<hashes>( +--hash=sha256:[0-9a-f]{64})*)"
)
_SHOWN = 200
"""Characters of what is refused: a line may have millions."""
_COMMENT = re.compile(r"(^|\s)#.*")


@dataclass(frozen=True)
class Requirement:
    """One pinned package; ``hashes`` are the sha256 of the wheels that it may be, any wheel where there is none."""

    name: str
    version: str
    hashes: frozenset[str]

    @property
    def key(self) -> str:
        """The name as the index has it, where case and punctuation do not count."""
        return canonical(self.name)

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    def line(self) -> str:
        """As pip reads it."""
        return " ".join([str(self), *(f"--hash=sha256:{digest}" for digest in sorted(self.hashes))])


def canonical(name: str) -> str:
    """``name`` as PEP 503 spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parsed(path: Path, content: bytes) -> tuple[Requirement, ...]:
    """The requirements in ``content``, read from ``path``. Raises ``BundleError`` for whatever else stands there."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{path}: not UTF-8", details=[str(error)]) from error
    found = []
    for wish in _wishes(path, text.split("\n")):
        match = _REQUIREMENT.fullmatch(wish)
        if match is None:
            raise BundleError(
                f"{path}: not understood: {wish[:_SHOWN]}",
                remedy="Pin each package as name==version with --hash=sha256:... after it.",
            )
        hashes = frozenset(re.findall(r"sha256:(\w+)", match["hashes"]))
        found.append(Requirement(match["name"], match["version"], hashes))
    if len({wanted.key for wanted in found}) < len(found):
        raise BundleError(f"{path}: a package is listed more than once", remedy="Give all its hashes in one place.")
    return tuple(found)


def _wishes(path: Path, lines: Iterable[str]) -> Iterator[str]:
    """What each line says, joined with those that it continues on, without comments."""
    begun = ""
    for line in lines:
        said = line.removesuffix("\r")
        continued = said.endswith("\\")
        if continued and _COMMENT.search(said):
            # pip and a person read on in different places: one of them would miss a package.
            raise BundleError(f"{path}: a comment ends with a backslash: {said.strip()}", remedy="Take it away.")
        begun += f"{said.removesuffix(chr(92))} "
        if not continued:
            if wish := _COMMENT.sub("", begun).strip(" \t"):
                yield wish
            begun = ""
    if begun.strip():
        raise BundleError(f"{path}: the last line ends with a backslash", remedy="Take it away.")
