"""Filter patterns that CloudWatch Logs would refuse, or that can be read in two ways."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.filters import log_metric
from provisioner.patterns import PatternError, parse, validate

_MEMBERS = {
    "filterPattern": "pattern",
    "metricValue": "value",
    "defaultValue": "default",
    "dimensions": "dimensions",
}
"""What PutMetricFilter calls the keys of ``errors`` and ``latency``."""
_FILTER_FIXES = {
    "pattern": "Change the pattern; `verify --pattern` shows what it makes of your lines.",
    "value": "Write a number, $.field of a JSON line, or $name of a space-delimited one.",
    "default": "Take the default out, or the dimensions.",
    "dimensions": "Take out those that are too many or too long, or all of them.",
}


def patterns(subject: Subject) -> Iterator[Flaw]:
    """Patterns, values, defaults and dimensions of every metric filter."""
    config = subject.config
    for owner in config.workloads:
        for signal in config.metrics_of(owner):
            made = log_metric(config, owner, signal)
            path = (config.section_of(owner), owner, signal)
            refused = validate(made.pattern, made.value, dimensions=made.dimensions, default=made.default)
            for finding in refused:
                message = f"{finding.message}{f'; {finding.hint}' if finding.hint else ''}"
                member = _MEMBERS[finding.member]
                why = "AWS refuses the filter, and without it the metric has no data and its alarm stays OK."
                fix = f"{finding.hint[:1].upper()}{finding.hint[1:]}." if finding.hint else _FILTER_FIXES[member]
                yield Flaw((*path, member), message, why, fix)
            if not refused:
                why = "Where AWS's guides disagree, nobody can say which lines are counted."
                fix = "Write it so that there is one reading; `verify --pattern` shows what it makes of your lines."
                doubts = _doubts(made.pattern)
                yield from (Flaw((*path, "pattern"), f"ambiguous: {doubt}", why, fix) for doubt in doubts)


def _doubts(pattern: str) -> tuple[str, ...]:
    try:
        return parse(pattern).ambiguities
    except PatternError:
        return ()
