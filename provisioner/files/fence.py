"""The folders that a configuration may read: its own, and those outside that it names.

Links may lead anywhere inside the fence. A path is resolved first, and then opened from the fence's root one folder at
a time without following any link: what was swapped for a link meanwhile is refused, not followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from provisioner.files.ordinary import READING, NotRead, drained
from provisioner.files.sensitive import holds_keys


@dataclass(frozen=True)
class Fence:
    """``roots`` are folders, or single files, without links in their paths."""

    roots: tuple[Path, ...]

    @classmethod
    def around(cls, folder: Path, outside: Iterable[str] = ()) -> Fence:
        """A fence around ``folder`` and what ``outside`` names, seen from there. Raises ``OSError``."""
        return cls(tuple(dict.fromkeys(_real(folder / where) for where in ("", *outside))))

    def inside(self, path: Path) -> Path:
        """``path`` without links. Raises ``OSError`` where that is outside, or is a name under which keys are kept."""
        return self._placed(path)[1]

    def read(self, path: Path, most: int) -> bytes:
        """The ordinary file at ``path``. Raises as :meth:`inside` and :func:`content`."""
        root, real = self._placed(path)
        return drained(_opened(root, real.relative_to(root).parts), path, most)

    def below(self, real: Path) -> Path:
        """What :meth:`inside` gave, seen from the root in which it lies."""
        return next(real.relative_to(root) for root in self.roots if real.is_relative_to(root))

    def _placed(self, path: Path) -> tuple[Path, Path]:
        """In which root ``path`` lies, and ``path`` without links."""
        real = _real(path)
        root = next((root for root in self.roots if real.is_relative_to(root)), None)
        if root is None:
            spelled = Path(os.path.normpath(path.absolute()))
            inside = any(spelled.is_relative_to(root) for root in self.roots)
            raise NotRead(f"{'a link leads' if inside else 'it lies'} outside the configuration's folder", path)
        for name in (path.absolute(), real):  # from the configuration's folder, for what stands above it is no matter
            if holds_keys(Path(os.path.relpath(name, self.roots[0])), folder=real.is_dir()):
                raise NotRead("keys and passwords are kept under such names", path)
        return root, real


def _opened(root: Path, parts: tuple[str, ...]) -> int:
    """A handle of the file at ``parts`` below ``root``, where no part is a link."""
    at = os.open(root, READING)
    for part in parts:
        try:
            below = os.open(part, READING | os.O_NOFOLLOW, dir_fd=at)
        finally:
            os.close(at)
        at = below
    return at


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (RuntimeError, ValueError) as error:  # links in a circle, as Python 3.11 and 3.12 say it; a NUL in a name
        raise NotRead("no file can be found by this path", path) from error
