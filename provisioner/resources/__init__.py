"""One module a kind, and the order in which kinds are made; removal runs the other way."""

from __future__ import annotations

from typing import Any

from provisioner.engine.reconciler import Reconciler, Reconcilers, World
from provisioner.resources.composite_alarm import CompositeAlarmReconciler
from provisioner.resources.dashboard import DashboardReconciler
from provisioner.resources.ecs_cluster import EcsClusterReconciler
from provisioner.resources.iam_role import IamRoleReconciler
from provisioner.resources.kms_key import KmsKeyReconciler
from provisioner.resources.lambda_function import LambdaFunctionReconciler
from provisioner.resources.log_group import LogGroupReconciler
from provisioner.resources.metric_alarm import MetricAlarmReconciler
from provisioner.resources.metric_filter import MetricFilterReconciler
from provisioner.resources.sampling_rule import SamplingRuleReconciler
from provisioner.resources.sns_subscription import SnsSubscriptionReconciler
from provisioner.resources.sns_topic import SnsTopicReconciler
from provisioner.resources.sqs_queue import SqsQueueReconciler

KINDS: tuple[type[Reconciler[Any]], ...] = (
    KmsKeyReconciler,
    SqsQueueReconciler,
    SnsTopicReconciler,
    SnsSubscriptionReconciler,
    LogGroupReconciler,
    EcsClusterReconciler,
    IamRoleReconciler,
    LambdaFunctionReconciler,
    SamplingRuleReconciler,
    MetricFilterReconciler,
    MetricAlarmReconciler,
    CompositeAlarmReconciler,
    DashboardReconciler,
)


def reconcilers(world: World) -> Reconcilers:
    """Kind -> its reconciler in ``world``, in the order of :data:`KINDS`."""
    return Reconcilers({kind.resource.kind: kind(world) for kind in KINDS})
