"""The newest events of a log group, judged by AWS itself. Read-only.

FilterLogEvents answers a window of time oldest first, some pages of it empty, so the newest events are asked for in
windows that go back further and further. TestMetricFilter takes 50 messages, 5 times a second. A message that was
logged more than once is tested once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from provisioner.engine.errors import AwsError, ProvisionerError
from provisioner.engine.reconciler import World
from provisioner.patterns import PatternError, parse
from provisioner.proof.misses import Miss, miss, nearest
from provisioner.proof.target import Target

BATCH = 50
"""Messages of one TestMetricFilter (CloudWatch Logs API reference)."""
BATCH_BYTES = 1_048_576
"""The limit of one PutLogEvents; the reference names none for TestMetricFilter."""
_WINDOWS_HOURS = (0.0, 1 / 60, 1 / 6, 1.0)
_SHOWN = 3

Extracted = Mapping[str, str]
"""``extractedValues`` of a match: expression -> text."""


@dataclass
class LiveProof:
    """What was found about a filter in AWS: how many ``events`` were looked at, how many of them AWS ``matched``, and
    the ``values`` that our engine would publish.

    ``alike`` of the other events contain the word ``clue``; ``misses`` are the newest of those. About the ``disputed``
    events our engine and AWS disagree. ``problems`` say why the filter is wrong.
    """

    events: int = 0
    matched: int = 0
    values: list[float] = field(default_factory=list)
    clue: str = ""
    alike: int = 0
    misses: list[Miss] = field(default_factory=list)
    disputed: list[Miss] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def deployed(world: World) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Every metric filter of the account and Region, by log group and name, as DescribeMetricFilters shows it."""
    found = world.pages("logs", "DescribeMetricFilters", "metricFilters")
    return {(item["logGroupName"], item["filterName"]): item for item in found}


@contextmanager
def _about(what: str) -> Iterator[None]:
    """An error of AWS names its call; this adds what the call was about."""
    try:
        yield
    except AwsError as error:
        error.details = (f"while {what}",)
        raise


def newest(world: World, log_group: str, *, hours: float, most: int) -> list[str] | None:
    """The messages of the newest ``most`` events of the last ``hours``, oldest first; ``None``: there is no such group.

    AWS may store an event some seconds after its time, so the newest window is open to the future; an event that two
    windows show is one.
    """
    now = time.time()
    edges = [edge for edge in _WINDOWS_HOURS if edge < hours] + [hours]
    found: list[str] = []
    seen: set[str] = set()
    for near, far in pairwise(edges):
        end = {} if near == 0 else {"endTime": int((now - near * 3600) * 1000) - 1}
        window: deque[str] = deque(maxlen=most - len(found))
        start = int((now - far * 3600) * 1000)
        with _about(f"reading the newest events of {log_group}"):
            for page in _pages(world, logGroupName=log_group, startTime=start, **end):
                if page is None:
                    return None
                window.extend(str(event["message"]) for event in page if event["eventId"] not in seen)
                seen.update(event["eventId"] for event in page)
        found = [*window, *found]
        if len(found) >= most:
            break
    return found


def _pages(world: World, **params: Any) -> Iterator[list[dict[str, Any]] | None]:
    token: dict[str, str] = {}
    while True:
        answer = world.find("logs", "FilterLogEvents", **params, **token)
        if answer is None:
            yield None
            return
        yield answer.get("events", [])
        if answer.get("nextToken") in (None, "", token.get("nextToken")):
            return
        token = {"nextToken": answer["nextToken"]}


def prove(world: World, target: Target, live: Mapping[str, Any] | None, events: Sequence[str] | None) -> LiveProof:
    """``target`` as it is in AWS: ``live`` from :func:`deployed`, ``events`` from :func:`newest`."""
    proof = LiveProof(events=len(events or ()))
    if events is None:
        proof.problems.append(f"the log group {target.log_group} does not exist: run apply")
    elif live is None:
        proof.problems.append("the filter does not exist in AWS, nothing is counted: run apply")
    else:
        proof.problems += _differences(target, live)
        pattern = live.get("filterPattern", "")
        with _about(f"testing {target.address} on {len(events):,} events"):
            matching = _judged_by_aws(world, pattern, events)
        _compare_engines(pattern, target.value, events, matching, proof)
        _count(target, events, matching, proof)
    return proof


def _count(target: Target, events: Sequence[str], matching: Mapping[str, Extracted], proof: LiveProof) -> None:
    matched = [event for event in events if event in matching]
    proof.matched = len(matched)
    proof.values = [value for event in matched if (value := target.value_of(event)) is not None]
    if silent := len(matched) - len(proof.values):
        proof.problems.append(f"in {silent:,} of {len(matched):,} matching events {target.value} is no number")
    others = [event for event in events if event not in matching]
    proof.clue, proof.alike, proof.misses = nearest(target.parsed, others, most=_SHOWN)
    if proof.alike and not matched:
        alike = f"{proof.alike:,} contain {proof.clue} in some spelling"
        proof.problems.append(f"0 of {len(events):,} events matched, {alike}")


def _differences(target: Target, live: Mapping[str, Any]) -> Iterator[str]:
    transformation = (live.get("metricTransformations") or [{}])[0]
    for what, want, found in (
        ("pattern", target.pattern.strip(), live.get("filterPattern", "").strip()),
        ("value", target.value, transformation.get("metricValue", "")),
        ("metric", target.metric, transformation.get("metricName", "")),
        ("namespace", target.namespace, transformation.get("metricNamespace", "")),
        ("dimensions", target.made.dimensions, transformation.get("dimensions") or {}),
        ("selection", "", live.get("fieldSelectionCriteria", "")),
        ("emission of system fields", [], live.get("emitSystemFieldDimensions") or []),
        ("use of transformed logs", False, bool(live.get("applyOnTransformedLogs"))),
    ):
        if want != found:
            yield f"its {what} in AWS is {found or 'none'}, declared is {want or 'none'}: run apply"


def _judged_by_aws(world: World, pattern: str, events: Sequence[str]) -> dict[str, Extracted]:
    """Those of ``events`` that TestMetricFilter says match, each with what it extracts: its text alone decides."""

    def ask(batch: list[str]) -> dict[str, Extracted]:
        answer = world.ask("logs", "TestMetricFilter", filterPattern=pattern, logEventMessages=batch)
        matches = answer.get("matches", ())
        return {_asked_about(match, batch): match.get("extractedValues") or {} for match in matches}

    judged: dict[str, Extracted] = {}
    for found in world.each(ask, _batches(dict.fromkeys(event for event in events if event))):
        judged |= found
    return judged


def _asked_about(match: Mapping[str, Any], batch: Sequence[str]) -> str:
    """Which of ``batch`` an answer means. Its text and its number are optional; the reference does not say whether
    the first is number 0 or 1, nor whether the text keeps white space at its ends.
    """
    if "eventMessage" not in match:
        return batch[int(match["eventNumber"]) - 1]
    said = str(match["eventMessage"])
    return next((text for text in batch if text.strip() == said.strip()), said)


def _batches(events: Mapping[str, None]) -> list[list[str]]:
    batches: list[list[str]] = [[]]
    size = 0
    for event in events:
        size += len(event.encode())
        if len(batches[-1]) == BATCH or (batches[-1] and size > BATCH_BYTES):
            batches.append([])
            size = len(event.encode())
        batches[-1].append(event)
    return [batch for batch in batches if batch]


def _compare_engines(
    pattern: str, value: str, events: Sequence[str], matching: Mapping[str, Extracted], proof: LiveProof
) -> None:
    """Our engine proves offline what AWS does live. Where the two answer differently, its proofs do not count."""
    try:
        engine = parse(pattern)
    except PatternError as error:
        proof.problems.append(f"AWS has a pattern that cannot be judged offline: {error.message}")
        return

    def differs(event: str) -> bool:
        match, theirs = engine.match(event), matching.get(event)
        if match is None or theirs is None:
            return (match is None) != (theirs is None)
        return value in theirs and engine.extracted(match).get(value, theirs[value]) != theirs[value]

    differing = [event for event in dict.fromkeys(events) if event and differs(event)]
    if differing:
        proof.disputed = [miss(engine, event) for event in differing[:_SHOWN]]
        proof.problems.append(f"about {len(differing):,} events AWS and the engine of this tool disagree")


def check_hours(hours: float) -> None:
    """Raises ``ProvisionerError`` unless ``hours`` is a time for which live events can be asked."""
    if not 0 < hours <= 24 * 14:
        raise ProvisionerError(f"{hours:g} hours are not allowed; more than 0 and at most {24 * 14}")
