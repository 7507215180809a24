"""export: what is ours, in files from which another tool imports it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from provisioner.cli.options import Common
from provisioner.cli.session import Session
from provisioner.engine.errors import ProvisionerError, UsageError
from provisioner.engine.reconciler import Scope
from provisioner.export.cloudformation import cloudformation as in_cloudformation
from provisioner.export.pieces import Export, Ours
from provisioner.export.terraform import terraform as in_terraform

_AFTER = "Then let go of them here, so that one tool alone has them: release --all --hand-over"


def terraform(common: Common, folder: Path) -> None:
    """Write Terraform's files into ``folder``, and say what comes next."""
    _export(common, folder, in_terraform, "Look at what it plans: terraform init && terraform plan")


def cloudformation(common: Common, folder: Path) -> None:
    """Write a template and the list of resources to import into ``folder``, and say what comes next."""
    _export(
        common,
        folder,
        in_cloudformation,
        "Import: aws cloudformation create-change-set --change-set-type IMPORT --resources-to-import file://...",
    )


def _export(common: Common, folder: Path, write: Callable[[Scope, Ours], Export], next_step: str) -> None:
    _require_empty(folder)
    session = Session(common)
    lives, stands_on = session.planner.ours(session.declared.resources, session.load_state())
    if not lives:
        raise ProvisionerError("there is nothing of ours to export", remedy="Nothing was written. plan shows why.")
    export = write(session.scope, Ours(lives, stands_on))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in export.files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from error
    for note in export.notes:
        common.err.print(f"note: {note}", markup=False, soft_wrap=True)
    common.err.print(f"{len(lives)} resources are in {folder}: {', '.join(export.files)}", markup=False, soft_wrap=True)
    for line in (next_step, _AFTER):
        common.err.print(line, markup=False, soft_wrap=True)


def _require_empty(folder: Path) -> None:
    """``UsageError`` where something is there: it may be somebody's, or what Terraform has learned since."""
    try:
        occupied = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror}") from error
    if occupied:
        raise UsageError(f"{folder} is not empty", remedy="Nothing was written. Name a folder that is new, or empty.")
