"""Filter patterns that CloudWatch Logs would refuse, or that can be read in two ways."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.lint.subject import Subject
from provisioner.patterns import PatternError, Violation, parse, validate
from provisioner.resources.metric_filter import MetricFilter

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
    for item in subject.all(MetricFilter):
        made = item.resource
        default = None if made.default == "" else float(made.default)
        refused = validate(made.pattern, made.value, dimensions=made.dimensions, default=default)
        yield from (_refused(item.place, finding) for finding in refused)
        yield from () if refused else _ambiguous(item.place, made.pattern)


def _refused(place: KeyPath, finding: Violation) -> Flaw:
    member, hint = _MEMBERS[finding.member], finding.hint
    return Flaw(
        (*place, member),
        f"{finding.message}; {hint}" if hint else finding.message,
        "AWS refuses the filter, and without it the metric has no data and its alarm stays OK.",
        f"{hint[:1].upper()}{hint[1:]}." if hint else _FILTER_FIXES[member],
    )


def _ambiguous(place: KeyPath, pattern: str) -> Iterator[Flaw]:
    for doubt in _doubts(pattern):
        yield Flaw(
            (*place, "pattern"),
            f"ambiguous: {doubt}",
            "Where AWS's guides disagree, nobody can say which lines are counted.",
            "Write it so that there is one reading; `verify --pattern` shows what it makes of your lines.",
        )


def _doubts(pattern: str) -> tuple[str, ...]:
    try:
        return parse(pattern).ambiguities
    except PatternError:
        return ()
