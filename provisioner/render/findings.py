"""Findings -> rows: a group for each set of environments that share them, four lines a finding, and a summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provisioner.blueprint import Finding
from provisioner.render.rows import Row

_SYMBOLS = {"error": "-", "warning": "~"}


def finding_rows(file: str, environments: Sequence[str], findings: Sequence[Finding]) -> Iterator[Row]:
    """``findings`` about ``file``, which declares ``environments``; what several of them share is shown once."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    shared = _shared(findings)
    for owners, finding in shared:
        groups.setdefault(owners, []).append(finding)
    for owners, group in groups.items():
        yield Row(0, "", f"{', '.join(filter(None, owners)) or file}:")
        for finding in group:
            yield from _rows(finding)
        yield Row(0, "", "")
    yield Row(0, "", _summary(file, environments, [finding for _, finding in shared], findings))


def _shared(findings: Sequence[Finding]) -> list[tuple[tuple[str, ...], Finding]]:
    """Each finding once, with the environments that have it."""
    same: dict[tuple[object, ...], list[Finding]] = {}
    for item in findings:
        key = (item.severity, item.file, item.line, item.path, item.what, item.why, item.fix)
        same.setdefault(key, []).append(item)
    return [(tuple(item.environment for item in items), items[0]) for items in same.values()]


def _rows(finding: Finding) -> Iterator[Row]:
    symbol = _SYMBOLS[finding.severity]
    yield Row(0, symbol, f"{finding.severity}  {finding.file}:{finding.line}  {finding.path}")
    yield Row(1, "", finding.what)
    for label, text in (("why", finding.why), ("fix", finding.fix)):
        if text:
            yield Row(1, "", f"{label}: {text}")


def _summary(file: str, environments: Sequence[str], once: Sequence[Finding], findings: Sequence[Finding]) -> str:
    errors, warnings = (sum(item.severity == severity for item in once) for severity in ("error", "warning"))
    if not errors:
        remark = f", with {_count(warnings, 'warning')}" if warnings else ""
        return f"{file} is valid for {', '.join(environments)}{remark}."
    refused = dict.fromkeys(item.environment for item in findings if item.severity == "error" and item.environment)
    remark = f" and {_count(warnings, 'warning')}" if warnings else ""
    return f"{file} has {_count(errors, 'error')}{remark}; plan and apply refuse {', '.join(refused) or 'it'}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
