"""validate: whether the file makes sense. AWS is asked, and its SDK loaded, only with ``--live``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from provisioner import blueprint
from provisioner.cli.options import Common
from provisioner.render.findings import finding_rows
from provisioner.render.terminal import print_rows


def validate(common: Common, *, as_json: bool, live: bool) -> int:
    """Show every finding about every environment, and with ``live`` what is broken in AWS; 1 if one is an error."""
    report = blueprint.lint(common.config, date.today())
    findings = list(report.findings)
    if live and not report.refused(common.environment):
        from provisioner.cli import inspecting

        findings += inspecting.broken(common)
    if as_json:
        document = {"schema": 1, "environments": report.environments, "findings": [asdict(item) for item in findings]}
        common.out.json(document)
    else:
        print_rows(common.out, finding_rows(str(common.config), report.environments, findings))
    return 1 if any(finding.severity == "error" for finding in findings) else 0
