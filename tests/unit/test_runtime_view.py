"""Which files a confined handler is shown, and where the way there leads through symbolic links."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from provisioner.runtime.view import view


def kinds(tmp_path: Path, *shown: Path, hidden: tuple[Path, ...] = ()) -> list[tuple[str, str]]:
    """Below ``tmp_path``, in the order in which they are put together."""
    seen = view(tmp_path, shown, hidden)
    return [
        (kind, os.path.relpath(path, tmp_path)) for kind, path in seen["places"] if Path(path).is_relative_to(tmp_path)
    ]


def test_a_folder_is_shown_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "task" / "inner").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    assert kinds(tmp_path, tmp_path / "task", tmp_path / "task" / "inner") == [("show", "task")]


def test_a_link_on_the_way_is_kept_and_what_it_leads_to_is_shown(tmp_path: Path) -> None:
    (tmp_path / "real" / "task").mkdir(parents=True)
    (tmp_path / "relative").symlink_to("real")
    (tmp_path / "absolute").symlink_to(tmp_path / "relative")
    way = tmp_path / "absolute" / "task"
    assert kinds(tmp_path, way) == [("show", "real/task")]
    links = view(tmp_path, [way], [])["links"]
    assert links[str(tmp_path / "absolute")] == str(tmp_path / "relative")
    assert links[str(tmp_path / "relative")] == "real"


def test_what_is_hidden_and_needed_is_hidden_around_what_is_needed(tmp_path: Path) -> None:
    needed = tmp_path / "lib" / "project" / ".venv"
    needed.mkdir(parents=True)
    assert kinds(tmp_path, tmp_path / "lib", needed, hidden=(tmp_path / "lib" / "project", tmp_path / "other")) == [
        ("show", "lib"),
        ("hide", "lib/project"),
        ("show", "lib/project/.venv"),
    ]


def test_neither_home_nor_root_nor_the_temporary_folder_are_shown(tmp_path: Path) -> None:
    seen = view(tmp_path, [], [])
    shown = {path for kind, path in seen["places"] if kind == "show"}
    assert not shown & {
        "/",
        "/etc",
        "/root",
        "/home",
        "/var",
        "/run",
        "/usr",
        "/opt",
        os.path.expanduser("~"),
        sys.prefix,
    }
    assert ("write", "/tmp") in seen["places"]
