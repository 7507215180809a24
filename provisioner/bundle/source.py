"""A function's source folder: which files belong in its zip, and which packages it needs.

lambdas/payment_handler/
  index.py            the handler, and whatever else lies beside it
  requirements.txt    name==version, one a line, with --hash as pip writes it
  bundle.toml         files from elsewhere that the handler imports (optional)

All of it lies inside a fence, links resolved. Where keys are kept by their names nothing is packed at all; other files
that begin with a dot are left out, and told.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from provisioner.bundle.requirements import Requirement, parsed
from provisioner.engine.errors import BundleError
from provisioner.files import Fence, holds_keys, toml

MOST_BYTES = 250_000_000
"""What Lambda takes of an unpacked function (Lambda quotas, 2026: 250 MB)."""

REQUIREMENTS = "requirements.txt"
_MANIFEST = "bundle.toml"
_ENTRY = "index.py"
_MOST_OF_A_LIST = 1_000_000
_MOST_FILES = 65_535  # that a zip without extensions can list

# What an editor or an interpreter leaves behind: neither packed nor told.
_LITTER = re.compile(r"(^|/)(__pycache__$|#)|(~|\.(pyc|pyo|bak|orig|rej|swp|tmp))$")
_PUBLIC = "Take it out of the folder. A certificate without its key can be called .crt."


@dataclass(frozen=True)
class Source:
    """A function as it lies on disk: ``files`` by their name in the zip, what ``requirements.txt`` says, and what was
    ``left_out`` because it begins with a dot.
    """

    files: dict[str, bytes]
    requirements: tuple[Requirement, ...]
    left_out: tuple[str, ...] = ()


def read(folder: Path, fence: Fence) -> Source:
    """Read a function's folder. Raises ``BundleError`` where it is missing, has no handler or is not understood, and
    for what it may not hold.
    """
    real = _inside(fence, folder, folder)
    if not real.is_dir():
        raise BundleError(
            f"{folder}: there is no such folder", remedy="`source` of a function is the folder of its code."
        )
    walk = _Walk(folder, fence)
    files = {name: walk.read(path) for name, path in walk.found(real)}
    if _ENTRY not in files:
        raise BundleError(
            f"{folder}: no {_ENTRY}", remedy=f"The handler is `index.handler`: put it into {folder / _ENTRY}."
        )
    manifest = files.pop(_MANIFEST, b"")
    requirements = files.pop(REQUIREMENTS, b"")
    borrowed = {name: walk.read(path) for name, path in _borrowed(folder, manifest)}
    if clash := sorted(files.keys() & borrowed.keys()):
        raise BundleError(f"{folder / _MANIFEST}: the folder has a {clash[0]} of its own")
    return Source(files | borrowed, parsed(folder / REQUIREMENTS, requirements), tuple(sorted(walk.left_out)))


@dataclass
class _Walk:
    """One function's files, counted as they are read."""

    folder: Path
    fence: Fence
    left_out: list[str] = field(default_factory=list)
    _files: int = 0
    _bytes: int = 0

    def found(self, real: Path) -> Iterator[tuple[str, Path]]:
        """The files below ``real``, the folder without links, by their names in the zip."""
        waiting: list[tuple[str, Path, tuple[Path, ...]]] = [("", real, (real,))]
        while waiting:
            prefix, folder, above = waiting.pop()
            for name in sorted(_listed(folder)):
                path, told = folder / name, f"{prefix}{name}"
                if _LITTER.search(name):
                    continue
                target = _inside(self.fence, path, self.folder / told)
                way = target.relative_to(real) if target.is_relative_to(real) else self.fence.below(target)
                if _begins_with_a_dot((name, *way.parts)):  # also where a link leads to what does
                    self.left_out.append(told)
                elif not target.is_dir():
                    yield told, path
                elif target in above:
                    raise BundleError(f"{self.folder / told}: a link that leads back to a folder it stands in")
                else:
                    waiting.append((f"{told}/", target, (*above, target)))

    def read(self, path: Path) -> bytes:
        """A file of the function. Raises ``BundleError`` for what is not read, and when all together are too much."""
        try:
            content = self.fence.read(path, MOST_BYTES)
        except OSError as error:
            raise BundleError(f"{path} cannot be read: {error.strerror}", remedy=_remedy(path)) from error
        self._files += 1
        self._bytes += len(content)
        if self._bytes > MOST_BYTES or self._files > _MOST_FILES:
            raise BundleError(
                f"{self.folder}: more than {MOST_BYTES:,} bytes, or than {_MOST_FILES:,} files",
                remedy="Lambda takes no more. Is `source` the folder of the function alone?",
            )
        return content


def _listed(folder: Path) -> list[str]:
    try:
        names = os.listdir(folder)
        for name in names:
            name.encode()
        return names
    except UnicodeEncodeError as error:
        raise BundleError(f"{folder}: a file's name is not UTF-8", details=[repr(error.object)]) from error
    except OSError as error:
        raise BundleError(f"{folder} cannot be listed: {error.strerror}") from error


def _begins_with_a_dot(parts: Iterable[str]) -> bool:
    return any(part.startswith(".") for part in parts)


def _inside(fence: Fence, path: Path, told: Path) -> Path:
    try:
        return fence.inside(path)
    except OSError as error:
        raise BundleError(f"{told} is not packed: {error.strerror}", remedy=_remedy(path)) from error


def _remedy(path: Path) -> str:
    return (
        _PUBLIC if holds_keys(path) else "Name what lies elsewhere, and is meant, in `allow_outside` of the function."
    )


def _borrowed(folder: Path, manifest: bytes) -> Iterator[tuple[str, Path]]:
    """The files that ``bundle.toml`` names, by their name in the zip."""
    path = folder / _MANIFEST
    for name, where in _manifest(path, manifest).items():
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or str(inside) != name or "\\" in name:
            raise BundleError(f"{path}: {name} would lie outside the zip, or is not how a file in it is called")
        yield name, folder / where


def _manifest(path: Path, content: bytes) -> dict[str, str]:
    """The table ``[files]``."""
    try:
        if len(content) > _MOST_OF_A_LIST:
            raise ValueError(f"more than {_MOST_OF_A_LIST:,} bytes")
        table = toml.parse(content.decode())
    except ValueError as error:
        raise BundleError(f"{path}: not understood", details=[str(error)]) from error
    files = table.pop("files", {})
    if not isinstance(files, dict) or not all(isinstance(where, str) for where in files.values()):
        raise BundleError(f"{path}: not understood", details=['[files] has lines "name in the zip" = "where it is"'])
    if table:
        raise BundleError(f"{path}: no table is called {min(table)}", remedy="It has one table, [files].")
    return files
