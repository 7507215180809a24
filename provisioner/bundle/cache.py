"""The folder in which zips and wheels are kept: this user's alone, and no link leads out of it."""

from __future__ import annotations

from pathlib import Path

from provisioner.files import Fence


def private(cache: Path, *below: str) -> Path:
    """The folder ``below`` the ``cache``, made where it is missing. Raises ``OSError``."""
    folder = Fence.around(cache).inside(cache.joinpath(*below))
    for made in [*reversed(folder.relative_to(cache.resolve()).parents), Path(*below)]:
        room = cache / made
        room.mkdir(parents=True, exist_ok=True, mode=0o700)
        if room.stat().st_mode & 0o077:
            room.chmod(0o700)
    return folder
