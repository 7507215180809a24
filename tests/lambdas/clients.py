"""The functions of this project, and the runtime clients that run them."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from provisioner import runtime

PROJECT = Path(__file__).resolve().parents[2]
LAMBDAS = PROJECT / "lambdas"

run = partial(runtime.run, modules=[PROJECT])
"""With the newest client; the folders of the sources find ``lambdas.shared`` in the project."""

OLDER = sorted(Path(sys.prefix).glob("awslambdaric-*"))
"""Folders with older clients, which scripts/venv puts there: AWS deploys several at a time."""

CLIENTS: dict[str, list[Path]] = {
    "newest": [PROJECT],
    **{folder.name.removeprefix("awslambdaric-"): [folder, PROJECT] for folder in OLDER},
}
"""Version -> where to import from."""
