"""Which checks there are for each kind: the one place that asks of what kind a thing is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from provisioner.engine.model import R, Resource
from provisioner.engine.reconciler import Live
from provisioner.health import links, receivers, signals
from provisioner.health.problem import Problem
from provisioner.health.standing import Standing, is_of
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.iam_role import IamRole
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.metric_filter import MetricFilter
from provisioner.resources.sns_subscription import SnsSubscription
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

_Check: TypeAlias = Callable[[Standing, Live[Resource], Resource], Iterator[Problem]]


def _of(kind: type[R], problems: Callable[[Standing, Live[R], R], Iterator[Problem]]) -> _Check:
    def check(standing: Standing, live: Live[Resource], want: Resource) -> Iterator[Problem]:
        if is_of(live, kind) and isinstance(want, kind):
            yield from problems(standing, live, want)

    return check


_CHECKS: tuple[_Check, ...] = (
    _of(KmsKey, links.key_problems),
    _of(SnsTopic, links.topic_problems),
    _of(SqsQueue, links.queue_problems),
    _of(SnsSubscription, receivers.subscription_problems),
    _of(SnsSubscription, receivers.endpoint_problems),
    _of(MetricFilter, signals.filter_problems),
    _of(LambdaFunction, signals.function_problems),
    _of(IamRole, signals.role_problems),
    _of(EcsCluster, signals.cluster_problems),
    _of(MetricAlarm, signals.metric_alarm_problems),
    _of(CompositeAlarm, signals.composite_alarm_problems),
)


def problems(standing: Standing, live: Live[Resource], want: Resource) -> Iterator[Problem]:
    """The broken links at one thing that is there."""
    for check in _CHECKS:
        yield from check(standing, live, want)
