"""What a plan says of quotas and of what no apply would change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioner.engine.model import Address
from provisioner.engine.reconciler import Sought
from provisioner.resources.log_group import LogGroupReconciler
from tests.resources.compute import GROUP
from tests.resources.driver import Platform, only, pending
from tests.resources.keys import KEY
from tests.resources.messaging import DEAD, QUEUE, TOPIC
from tests.resources.naming import arn, tags
from tests.resources.watching import DASHBOARD, RULE

RULES = 25


def rules(count: int) -> list[Any]:
    names = [f"rule-{number}" for number in range(count)]
    return [replace(RULE, name=name, tags=tags("sampling_rule", name)) for name in names]


def test_as_many_sampling_rules_as_a_region_takes(platform: Platform) -> None:
    assert not platform.plan(rules(RULES)).refusals


def test_one_sampling_rule_too_many_is_refused_with_the_numbers(platform: Platform) -> None:
    platform.converge(rules(3))
    (refusal,) = platform.plan(rules(RULES + 1)).refusals
    assert f"allows {RULES}" in refusal.text
    assert "3 exist and 23 more" in refusal.text
    assert "L-8C0C998A" in refusal.text


def test_the_default_rule_is_nobodys(platform: Platform) -> None:
    platform.converge(rules(1))
    platform.apply(platform.teardown(rules(1)))
    left = platform.client("xray").get_sampling_rules()["SamplingRuleRecords"]
    assert [record["SamplingRule"]["RuleName"] for record in left] == ["Default"]


def test_a_missing_dashboard_is_made(platform: Platform) -> None:
    """CloudWatch says so with a code that another error has too."""
    platform.converge([DASHBOARD])
    platform.client("cloudwatch").delete_dashboards(DashboardNames=[DASHBOARD.name])
    change = only(platform.plan([DASHBOARD]))
    assert (change.action.value, change.origin.value) == ("create", "drift")


class Governed:
    """A world with one log group whose retention a policy of the account sets."""

    scope = None

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        return [{"logGroupName": name, "arn": arn("logs", f"log-group:{name}:*"), "retentionInDays": 30,
                 "retentionPolicyName": "central"} for name in params["logGroupIdentifiers"]]  # fmt: skip

    def each(self, function: Any, items: Any) -> list[Any]:
        return [function(item) for item in items]

    def tags(self, resource: str, item: Any, native: Any, birth: Any) -> dict[str, str]:
        return {}


def test_a_retention_set_by_the_account_is_noted() -> None:
    world: Any = Governed()
    address = Address("log_group", GROUP.name)
    live = LogGroupReconciler(world).read([Sought(address, GROUP)], world)[address]
    (note,) = live.notes
    assert "central" in note
    assert "retention" in note


@pytest.mark.parametrize("resource", [QUEUE, TOPIC, KEY])
def test_a_policy_made_anew_in_another_order_is_no_difference(platform: Platform, resource: Any) -> None:
    """SQS gives a list of one back as text, and KMS its principals in any order."""
    statements: list[dict[str, Any]] = [
        {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": actions,
         "Resource": arn(*place) if (place := PLACES.get(resource.kind)) else "*"}
        for sid, actions in (("A", ACTIONS[resource.kind][:1]), ("B", ACTIONS[resource.kind]))
    ]  # fmt: skip
    wanted = [replace(resource, policy={"Version": "2012-10-17", "Statement": statements})]
    platform.converge(wanted)
    turned = [{**item, "Action": item["Action"][::-1]} for item in reversed(statements)]
    again = [replace(resource, policy={"Version": "2012-10-17", "Statement": turned})]
    assert pending(platform.plan(again)) == {}


PLACES = {"sqs_queue": ("sqs", QUEUE.name), "sns_topic": ("sns", TOPIC.name)}
ACTIONS = {
    "sqs_queue": ["sqs:SendMessage", "sqs:ReceiveMessage"],
    "sns_topic": ["sns:Publish", "sns:Subscribe"],
    "kms_key": ["kms:*", "kms:Decrypt"],
}


def test_a_redrive_count_is_a_number_however_it_is_kept(platform: Platform) -> None:
    document = {"deadLetterTargetArn": arn("sqs", DEAD.name), "maxReceiveCount": 5}
    wanted = [DEAD, replace(QUEUE, redrive=document, depends_on=(DEAD.address,))]
    platform.converge(wanted)
    sqs = platform.client("sqs")
    url = sqs.get_queue_url(QueueName=QUEUE.name)["QueueUrl"]
    text = f'{{"maxReceiveCount": "5", "deadLetterTargetArn": "{arn("sqs", DEAD.name)}"}}'
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": text})
    assert pending(platform.plan(wanted)) == {}
    permissive = {"RedriveAllowPolicy": '{"redrivePermission": "allowAll"}'}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=permissive)
    assert pending(platform.plan(wanted)) == {}, "which is what no policy means"
