"""A function's source folder: which files belong in its zip, and which packages it needs.

lambdas/payment_handler/
  index.py            the handler, and whatever else lies beside it
  requirements.txt    name==version, one a line, with --hash as pip writes it
  bundle.toml         files from elsewhere that the handler imports (optional)
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from provisioner.engine.errors import BundleError

REQUIREMENTS = "requirements.txt"
_MANIFEST = "bundle.toml"
_ENTRY = "index.py"

# What an editor or an interpreter leaves behind: neither packed nor a reason to build again.
_LITTER = re.compile(r"(^|/)(\.|__pycache__/|#)|(~|\.(pyc|pyo|bak|orig|rej|swp|tmp))$")
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.+!]+)(?P<hashes>( +--hash=sha256:[0-9a-f]{64})*)"
)


@dataclass(frozen=True)
class Requirement:
    """One pinned package; ``hashes`` are the sha256 of the wheels that it may be, any wheel where there is none."""

    name: str
    version: str
    hashes: frozenset[str]


@dataclass(frozen=True)
class Source:
    """A function as it lies on disk: ``files`` by their name in the zip, and what ``requirements.txt`` says."""

    files: dict[str, bytes]
    requirements_text: bytes
    requirements: tuple[Requirement, ...]


def read(folder: Path) -> Source:
    """Read a function's folder. Raises ``BundleError`` where it is missing, has no handler or is not understood."""
    if not folder.is_dir():
        raise BundleError(
            f"{folder}: there is no such folder", remedy="`source` of a function is the folder of its code."
        )
    own = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    files = {name: path.read_bytes() for name, path in own.items() if not _LITTER.search(name)}
    if _ENTRY not in files:
        raise BundleError(
            f"{folder}: no {_ENTRY}", remedy=f"The handler is `index.handler`: put it into {folder / _ENTRY}."
        )
    manifest = files.pop(_MANIFEST, b"")
    requirements = files.pop(REQUIREMENTS, b"")
    borrowed = _borrowed(folder, manifest)
    if clash := sorted(files.keys() & borrowed.keys()):
        raise BundleError(f"{folder / _MANIFEST}: the folder has a {clash[0]} of its own")
    return Source(files | borrowed, requirements, _parsed(folder / REQUIREMENTS, requirements))


def _borrowed(folder: Path, manifest: bytes) -> dict[str, bytes]:
    """The files that ``bundle.toml`` names, by their name in the zip."""
    path = folder / _MANIFEST
    try:
        table = tomllib.loads(manifest.decode())
        wanted: dict[str, str] = {name: str(where) for name, where in table.pop("files", {}).items()}
    except (ValueError, AttributeError) as error:
        raise BundleError(f"{path}: not understood", details=[str(error)]) from error
    if table:
        raise BundleError(f"{path}: no table is called {min(table)}", remedy="It has one table, [files].")
    found = {}
    for name, where in wanted.items():
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts:
            raise BundleError(f"{path}: {name} would lie outside the zip")
        try:
            found[name] = (folder / where).read_bytes()
        except OSError as error:
            raise BundleError(f"{path}: {where} cannot be read", details=[str(error)]) from error
    return found


def _parsed(path: Path, text: bytes) -> tuple[Requirement, ...]:
    try:
        joined = re.sub(r"\\\r?\n", " ", text.decode())
    except UnicodeDecodeError as error:
        raise BundleError(f"{path}: not UTF-8", details=[str(error)]) from error
    found = []
    for line in joined.splitlines():
        if wish := re.sub(r"(^|\s)#.*", "", line).strip():
            match = _REQUIREMENT.fullmatch(wish)
            if match is None:
                raise BundleError(
                    f"{path}: not understood: {wish}",
                    remedy="Pin each package as name==version, alone or with --hash=sha256:... after it.",
                )
            hashes = frozenset(re.findall(r"sha256:(\w+)", match["hashes"]))
            found.append(Requirement(match["name"], match["version"], hashes))
    return tuple(found)
