"""A metric filter. It has no tags and belongs to its log group, which is part of its identity.

AWS lists the filters of all log groups at once, sorted by name, 50 a page. Writes to one log group run one at a time,
for AWS refuses two at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from provisioner.aws.members import Members
from provisioner.engine.model import Address, Naming, Parent, Resource, Value, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Steps

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import MetricFilterTypeDef, MetricTransformationOutputTypeDef

FILTERS_PER_GROUP = 100
"""Metric filters of one log group; fixed."""

_NO_METRIC: MetricTransformationOutputTypeDef = {"metricNamespace": "", "metricName": "", "metricValue": ""}


def _number(value: float | str) -> float | str:
    return "" if value == "" else float(value)  # no default is not the same as 0


@dataclass(frozen=True, kw_only=True)
class MetricFilter(Resource):
    """A filter on ``log_group`` (a name) that publishes ``namespace``/``metric``."""

    kind: ClassVar[str] = "metric_filter"
    parent = Parent("log_group", "log_group", "group", goes_along=True)
    stands_on = ("log_group",)
    naming = Naming("filter", r"[^:*]+", "no : and no *", 512)
    log_group: Value[str] = attr(immutable=True)
    pattern: str = attr(normal=str.strip)
    namespace: str = attr()
    metric: str = attr()
    value: str = attr("1")
    default: float | str = attr("", normal=_number)
    unit: str = attr("None")
    dimensions: dict[str, str] = attr({})
    on_transformed_logs: bool = attr(False)
    selection: str = attr("")
    system_dimensions: list[str] = attr([], normal=sorted)


_MEMBERS = Members(
    "logs",
    "MetricFilter",
    read="filterName logGroupName filterPattern applyOnTransformedLogs fieldSelectionCriteria "
    "emitSystemFieldDimensions metricTransformations.metricName metricTransformations.metricNamespace "
    "metricTransformations.metricValue metricTransformations.defaultValue metricTransformations.dimensions "
    "metricTransformations.unit",
    idle="creationTime",
)


class MetricFilterReconciler(Reconciler[MetricFilter]):
    resource = MetricFilter
    service = "logs"
    answers = (_MEMBERS,)

    def read(self, sought: Sequence[Sought[MetricFilter]], memo: Memo) -> dict[Address, Live[MetricFilter]]:
        filters = {(item.get("logGroupName", ""), item.get("filterName", "")): item for item in self._all(memo)}
        found, known = {}, set()
        for item in sought:
            places = [item.last("log_group", None), item.want.log_group if item.want else None]
            for key in [(place, item.address.name) for place in places if isinstance(place, str)]:
                known.add(key)
                if key in filters and item.address not in found:
                    found[item.address] = self._live(key, filters[key])
        ours = {group.address.name for group in memo.sought("log_group")}
        for group, name in sorted(set(filters) - known):
            if group in ours:
                memo.foreign("metric filter", Address("log_group", group), name)
        return found

    def _all(self, memo: Memo) -> list[MetricFilterTypeDef]:
        return memo.once("metric filters", lambda: self.world.pages("logs", "DescribeMetricFilters", "metricFilters"))

    def _live(self, place: tuple[str, str], item: MetricFilterTypeDef) -> Live[MetricFilter]:
        group, name = place
        transformation = (item.get("metricTransformations") or [_NO_METRIC])[0]
        resource = MetricFilter(
            name=name,
            log_group=group,
            pattern=item.get("filterPattern", ""),
            namespace=transformation["metricNamespace"],
            metric=transformation["metricName"],
            value=transformation["metricValue"],
            default=transformation.get("defaultValue", ""),
            unit=transformation.get("unit") or "None",
            dimensions=transformation.get("dimensions") or {},
            on_transformed_logs=bool(item.get("applyOnTransformedLogs", False)),
            selection=item.get("fieldSelectionCriteria", ""),
            system_dimensions=item.get("emitSystemFieldDimensions") or [],
        )
        return Live(resource, unread=_MEMBERS.unread(item))

    def create(self, want: MetricFilter) -> Steps:
        transformation: dict[str, object] = {
            "metricNamespace": want.namespace,
            "metricName": want.metric,
            "metricValue": want.value,
            "unit": want.unit,
        }
        if want.default != "":
            transformation["defaultValue"] = want.default
        if want.dimensions:
            transformation["dimensions"] = want.dimensions
        yield self.call(
            "PutMetricFilter",
            logGroupName=want.log_group,
            filterName=want.name,
            filterPattern=want.pattern,
            metricTransformations=[transformation],
            applyOnTransformedLogs=want.on_transformed_logs or None,
            fieldSelectionCriteria=want.selection or None,
            emitSystemFieldDimensions=want.system_dimensions or None,
        )

    def delete(self, live: Live[MetricFilter]) -> Steps:
        yield self.call("DeleteMetricFilter", logGroupName=live.resource.log_group, filterName=live.resource.name)

    def serial(self, want: MetricFilter) -> str | None:
        return f"log group {want.log_group}"

    def refusals(self, creating: Sequence[MetricFilter], memo: Memo) -> list[str]:
        counts: dict[str, int] = {}
        groups = [*(item.get("logGroupName") for item in self._all(memo)), *(want.log_group for want in creating)]
        for group in groups:
            counts[str(group)] = counts.get(str(group), 0) + 1
        return [
            f"log group {group} would have {count} metric filters; AWS allows {FILTERS_PER_GROUP}. Remove some"
            for group, count in counts.items()
            if count > FILTERS_PER_GROUP and any(want.log_group == group for want in creating)
        ]
