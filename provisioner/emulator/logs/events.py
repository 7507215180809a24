"""PutLogEvents, and what becomes of an event: it is kept, searched, and counted by the metric filters of its group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from moto.logs.models import LogEvent, LogGroup, LogStream

from provisioner.emulator.cloudwatch.metrics import Datum, Metrics
from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.logs.metric_filters import read_pattern
from provisioner.emulator.logs.model import BAD_TOKEN, FilterFacts, Groups, invalid
from provisioner.evaluation import MetricId, Samples
from provisioner.patterns import Transformation

if TYPE_CHECKING:
    from types_boto3_logs import type_defs as aws

api = Api()

# CloudWatch Logs API reference, PutLogEvents.
_EVENTS, _BYTES, _EVENT_BYTES = 10_000, 1_048_576, 26
_DAY = 86_400_000
_OLDEST, _NEWEST = 14 * _DAY, 2 * 3_600_000
_PAGE = 10_000
_SCANNED = 10_000
"""How many events a page of FilterLogEvents looks at (believed: AWS says only that a page may be empty)."""


@api.operation("PutLogEvents")
def put_log_events(call: ApiCall[aws.PutLogEventsRequestTypeDef]) -> Answer:
    groups, params = call.store(Groups), call.params
    group = groups.group(params["logGroupName"])
    stream = group.streams.get(params["logStreamName"])
    if stream is None:
        raise ApiRefusal("ResourceNotFoundException", "The specified log stream does not exist.")
    events = params["logEvents"]
    _check_batch(events)
    now = int(call.world.now() * 1000)
    kept_for = (group.retention_in_days or 36_500) * _DAY
    rejected = {
        "tooOldLogEventEndIndex": sum(event["timestamp"] < now - _OLDEST for event in events) or None,
        "expiredLogEventEndIndex": sum(event["timestamp"] < now - kept_for for event in events) or None,
    }
    too_new = sum(event["timestamp"] > now + _NEWEST for event in events)
    if too_new:
        rejected["tooNewLogEventStartIndex"] = len(events) - too_new
    first = max(rejected["tooOldLogEventEndIndex"] or 0, rejected["expiredLogEventEndIndex"] or 0)
    accepted = events[first : len(events) - too_new]
    token = stream.put_log_events([dict(event) for event in accepted])
    publish(call.world, call.place, group.name, accepted)
    return {"nextSequenceToken": token, "rejectedLogEventsInfo": rejected if any(rejected.values()) else None}


def _check_batch(events: Sequence[aws.InputLogEventTypeDef]) -> None:
    if len(events) > _EVENTS or sum(len(event["message"].encode()) + _EVENT_BYTES for event in events) > _BYTES:
        raise invalid("Upload too large: more than 10,000 events or 1,048,576 bytes")
    if any(before["timestamp"] > after["timestamp"] for before, after in pairwise(events)):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if events and events[-1]["timestamp"] - events[0]["timestamp"] > _DAY:
        raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")


def publish(world: EmulatedWorld, place: Place, group: str, events: Iterable[aws.InputLogEventTypeDef]) -> None:
    """What the filters of ``group`` publish for ``events``, which have just been ingested.

    A default is published once for a minute in which events were ingested and none matched ("the value reported to the
    metric filter during a period when logs are ingested but no matching logs are found", PutMetricFilter).
    """
    minutes: dict[int, list[aws.InputLogEventTypeDef]] = {}
    for event in events:
        minutes.setdefault(event["timestamp"] // 60_000, []).append(event)
    for made in world.store(Groups, place).filters.get(group, {}).values():
        for minute, batch in minutes.items():
            _publish(world.store(Metrics, place), made, minute * 60, batch)


def _publish(metrics: Metrics, made: FilterFacts, minute: int, events: Sequence[aws.InputLogEventTypeDef]) -> None:
    target, pattern = made.target, read_pattern(made.given["filterPattern"])
    unit = target.get("unit", "None")
    transformation = Transformation(pattern, target["metricValue"], target.get("dimensions", {}))
    plain = MetricId(target["metricNamespace"], target["metricName"])
    found = [(event, sample) for event in events if (sample := transformation.sample(event["message"]))]
    for event, sample in found:
        metric = MetricId.of(plain.namespace, plain.name, sample.dimensions.items())
        metrics.publish(metric, Datum(event["timestamp"] / 1000, unit, Samples.of([sample.value])))
    default = target.get("defaultValue")
    if default is not None and not found and not metrics.data(plain, minute, minute + 60):
        metrics.publish(plain, Datum(minute, unit, Samples.of([default])))


@dataclass(frozen=True)
class _Search:
    """The parameters of FilterLogEvents that say which events are asked for."""

    start: int
    end: int
    streams: list[LogStream]

    def events(self) -> list[tuple[LogEvent, str]]:
        """All events of the time asked for, with the name of their stream, oldest first."""
        found = [
            (event, stream.log_stream_name)
            for stream in self.streams
            for event in stream.events
            if self.start <= event.timestamp <= self.end
        ]
        return sorted(found, key=lambda item: (item[0].timestamp, item[0].event_id))


@api.operation("FilterLogEvents")
def filter_log_events(call: ApiCall[aws.FilterLogEventsRequestTypeDef]) -> Answer:
    params = call.params
    group = call.store(Groups).group(_searched_group(call))
    pattern = read_pattern(params.get("filterPattern", ""))
    search = _Search(params.get("startTime", 0), params.get("endTime", 2**63), list(_streams(group, params)))
    events, after = search.events(), _position(params.get("nextToken"))
    found: list[dict[str, object]] = []
    scanned = after
    for event, stream in events[after : after + _SCANNED]:
        scanned += 1
        if pattern.match(event.message):
            found.append({**event.to_filter_dict(), "logStreamName": stream})
            if len(found) == params.get("limit", _PAGE):
                break
    more = str(scanned) if scanned < len(events) else None
    # Documented: AWS no longer says which streams were searched, so searchedLogStreams is empty.
    return {"events": found, "searchedLogStreams": [], "nextToken": more}


def _searched_group(call: ApiCall[aws.FilterLogEventsRequestTypeDef]) -> str:
    name, identifier = call.params.get("logGroupName"), call.params.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise invalid("Specify either logGroupName or logGroupIdentifier.")
    return name or str(identifier).removeprefix(call.place.arn("logs", "log-group:"))


def _streams(group: LogGroup, params: aws.FilterLogEventsRequestTypeDef) -> Iterator[LogStream]:
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid("logStreamNames and logStreamNamePrefix are mutually exclusive.")
    if missing := [name for name in names or () if name not in group.streams]:
        raise ApiRefusal("ResourceNotFoundException", f"The specified log stream does not exist: {missing[0]}")
    for name, stream in group.streams.items():
        if (not names or name in names) and name.startswith(prefix or ""):
            yield stream


def _position(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise BAD_TOKEN
    return int(token)
