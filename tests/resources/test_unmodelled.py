"""Nothing that AWS says goes unseen: it is compared, or of no matter by the kind's own word, or shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from provisioner.aws.members import Members
from provisioner.engine.reconciler import Live
from provisioner.resources import KINDS
from tests.resources.answers import KeptAnswers, Path, changed, model
from tests.resources.compute import FUNCTION, GROUP, PACKAGES
from tests.resources.driver import Platform, pending
from tests.resources.examples import EXAMPLES, standing
from tests.resources.keys import ALIAS, KEY
from tests.resources.messaging import subscription_arn, url
from tests.resources.naming import arn
from tests.resources.shapes import Client, Drift
from tests.resources.watching import RULE

ANSWERS: dict[str, tuple[Members, ...]] = {
    kind.resource.kind: kind.answers  # type: ignore[attr-defined]  # each kind declares it, their base does not
    for kind in KINDS
}

MAPS: dict[str, list[str]] = {
    "QueueAttributeMap": [name for name in model("sqs").shape_for("QueueAttributeName").enum if name != "All"],
    # SNS names the attributes of its maps in its documentation only.
    "TopicAttributesMap": ["FifoTopic", "ArchivePolicy", "FifoThroughputScope", "BeginningArchiveTime"],
    "SubscriptionAttributesMap": ["SubscriptionRoleArn", "ReplayPolicy", "ReplayStatus"],
}
"""The members of the maps that are attributes of something, beside those that a kind declares."""

DENY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
DOCUMENTS = (
    "Policy", "DeliveryPolicy", "RedrivePolicy", "RedriveAllowPolicy", "FilterPolicy", "AssumeRolePolicyDocument",
    "DashboardBody",
)  # fmt: skip
TELLING: dict[str, Any] = {
    "status": "INACTIVE",
    "State": "Failed",
    "LastUpdateStatus": "Failed",
    "PendingConfirmation": "true",
    "RawMessageDelivery": "true",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:another",
    **dict.fromkeys(DOCUMENTS, DENY),
}
"""Members of which not every value tells something."""

ONLY_WITH: dict[str, dict[str, Any]] = {
    "StateReason": {"State": "Failed"},
    "LastUpdateStatusReason": {"LastUpdateStatus": "Failed"},
    "ActionsSuppressorWaitPeriod": {"ActionsSuppressor": "slow-dev"},
    "ActionsSuppressorExtensionPeriod": {"ActionsSuppressor": "slow-dev"},
    "FilterPolicyScope": {"FilterPolicy": '{"a": ["b"]}'},
    "VpcConfig.Ipv6AllowedForDualStack": {"VpcConfig.SubnetIds": ["subnet-1"]},
    "WarmUpConfiguration.OnlyStartEvaluatingAfterWarmUpPeriodEnds": {
        "WarmUpConfiguration.WarmUpPeriodDurationInMinutes": 5
    },
}
"""Members that tell something only beside another."""

NOW = datetime(2026, 11, 27, tzinfo=UTC)
OTHER: dict[str, Any] = {"integer": 7, "long": 7, "double": 0.7, "float": 0.7, "timestamp": NOW, "blob": b"7"}


def another(shape: Any, now: Any = None) -> Any:
    """A value of ``shape`` that is not ``now``, with everything set that is in it."""
    if shape.type_name == "structure":
        return {name: another(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [another(shape.member, now[0] if now else None)]
    if shape.type_name == "map":
        return {"seven": another(shape.value)}
    if shape.type_name == "boolean":
        return not now
    if shape.type_name == "string":
        return next((value for value in getattr(shape, "enum", ()) if value != now), "7")
    return OTHER[shape.type_name]


def places(value: Any, shape: Any, wanted: str, path: Path = ()) -> Iterator[Path]:
    """Where in an answer something of the shape ``wanted`` stands."""
    if shape.name == wanted:
        yield path
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, shape.member, wanted, (*path, number))
    elif isinstance(value, dict) and shape.type_name == "structure":
        for name, item in value.items():
            if name in shape.members:
                yield from places(item, shape.members[name], wanted, (*path, name))


def leaves(members: Members) -> Iterator[tuple[str, Any]]:
    """Each member of the shape with its shape, down to where a kind speaks of it as a whole, or not at all."""
    shape = model(members.service).shape_for(members.shape)
    if shape.type_name == "map":
        names = sorted({*MAPS[members.shape], *members.declared})
        yield from ((name, shape.value) for name in names)
    else:
        yield from _leaves(members, shape, "")


def _leaves(members: Members, shape: Any, within: str) -> Iterator[tuple[str, Any]]:
    for name, member in shape.members.items():
        path = f"{within}{name}"
        inner = member.member if member.type_name == "list" else member
        if any(declared.startswith(f"{path}.") for declared in members.declared):
            yield from _leaves(members, inner, f"{path}.")
        else:
            yield path, member


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_kind_says_what_becomes_of_its_answers(kind: str) -> None:
    for members in ANSWERS[kind]:
        shape = model(members.service).shape_for(members.shape)
        known = {name for name, _ in leaves(members)}
        if shape.type_name != "map":
            assert members.declared - known == set(), "AWS has no such members"
        assert not set(members.read.split()) & set(members.idle.split())
        assert set(members.usual) & members.declared == set()


def cases(kind: str) -> list[tuple[Members, str, Any]]:
    return [(members, name, shape) for members in ANSWERS[kind] for name, shape in leaves(members)]


def told(live: Live[Any] | None) -> object:
    """Everything of ``live`` that is compared, used or noted."""
    return live and (live.resource, dict(live.outputs), dict(live.facts), live.notes, live.gone)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_whatever_aws_says_is_read_or_of_no_matter_or_shown(platform: Platform, kind: str) -> None:
    reading = KeptAnswers(platform, kind)
    before = told(reading.unchanged)
    assert reading.unchanged
    assert reading.unchanged.unread == {}, "of what we made ourselves there is nothing else to say"
    for members, name, shape in cases(kind):
        found = {"read": False, "shown": False}
        for call, path in standing_in(reading, members):
            live = reading.with_edit(call, partial(set_in, path=path, members=members, name=name, shape=shape))
            found["read"] |= told(live) != before
            found["shown"] |= live is not None and any(part.startswith(name) for part in live.unread)
        expected = {
            "read": name in members.read.split(),
            "shown": name not in members.declared,
        }
        assert found == expected, name


def standing_in(reading: KeptAnswers, members: Members) -> list[tuple[str, Path]]:
    """Where in the kept answers a structure or a map of ``members`` stands."""
    kept = reading.kept
    found = [
        (call, path)
        for call, answer in kept.answers.items()
        for path in places(answer, kept.shapes[call], members.shape)
    ]
    assert found, f"no answer has a {members.shape}"
    return found


def set_in(answer: Any, path: Path, members: Members, name: str, shape: Any) -> Any:
    """``answer`` with another value of the member ``name`` of what stands at ``path``."""
    whole, within = at(answer, path), model(members.service).shape_for(members.shape)
    for beside, value in ONLY_WITH.get(name, {}).items():
        whole = with_member(whole, within, beside.split("."), value)
    now = at(whole, name.split("."))
    new = TELLING.get(name, another(shape, now))
    return changed(answer, path, with_member(whole, within, name.split("."), new))


def with_member(value: Any, shape: Any, names: list[str], new: Any) -> Any:
    """``value`` with a member within it, and all that is missing on the way; in a list it is one of its first item."""
    if shape.type_name == "list":
        first, *rest = value or [{}]
        return [with_member(first, shape.member, names, new), *rest]
    name, *inner = names
    value = value or {}
    if inner:
        new = with_member(value.get(name), shape.members[name], inner, new)
    return {**value, name: new}


def at(value: Any, path: Iterable[str | int]) -> Any:
    """What stands at ``path``, if anything; names on their way through a list are those of its first item."""
    for part in path:
        if isinstance(value, list) and isinstance(part, str):
            value = value[0] if value else None
        if value is None:
            return None
        value = value.get(part) if isinstance(part, str) else value[part]
    return value


MASK = {
    "Name": "mask",
    "Version": "2021-06-01",
    "Statement": [
        {"DataIdentifier": ["EmailAddress"], "Operation": {"Audit": {"FindingsDestination": {}}}},
        {"DataIdentifier": ["EmailAddress"], "Operation": {"Deidentify": {"MaskConfig": {}}}},
    ],
}
ROLE_ARN = arn("iam", "role/delivery", "")
SOURCE_KEY = arn("kms", "key/11111111-2222-3333-4444-555555555555")
BOOST = {"MaxRate": 0.5, "CooldownWindowMinutes": 10}


def _code_under_a_key(aws: Client) -> object:
    return aws("lambda").update_function_code(
        FunctionName=FUNCTION.name, ZipFile=PACKAGES["first.zip"], SourceKMSKeyArn=SOURCE_KEY
    )


def _unencrypted(aws: Client) -> object:
    return aws("sqs").set_queue_attributes(QueueUrl=url(aws), Attributes={"SqsManagedSseEnabled": "false"})


def _role_of_a_subscription(aws: Client) -> object:
    return aws("sns").set_subscription_attributes(
        SubscriptionArn=subscription_arn(aws), AttributeName="SubscriptionRoleArn", AttributeValue=ROLE_ARN
    )


SET_BY_OTHERS: list[tuple[str, str, object, Drift]] = [
    (
        "log_group", "bearerTokenAuthenticationEnabled", True,
        lambda aws: aws("logs").put_bearer_token_authentication(
            logGroupIdentifier=GROUP.name, bearerTokenAuthenticationEnabled=True
        ),
    ),
    (
        "log_group", "dataProtectionStatus", "ACTIVATED",
        lambda aws: aws("logs").put_data_protection_policy(
            logGroupIdentifier=GROUP.name, policyDocument=json.dumps(MASK)
        ),
    ),
    ("sqs_queue", "SqsManagedSseEnabled", "false", _unencrypted),
    ("sns_subscription", "SubscriptionRoleArn", ROLE_ARN, _role_of_a_subscription),
    ("lambda_function", "Code.SourceKMSKeyArn", SOURCE_KEY, _code_under_a_key),
    (
        "sampling_rule", "SamplingRateBoost", BOOST,
        lambda aws: aws("xray").update_sampling_rule(
            SamplingRuleUpdate={"RuleName": RULE.name, "SamplingRateBoost": BOOST}
        ),
    ),
]  # fmt: skip
"""What anybody can set and no kind has an attribute for: kind, member, its value, and how."""


@pytest.mark.parametrize(("kind", "member", "value", "set_it"), SET_BY_OTHERS)
def test_what_others_set_is_shown_and_makes_no_difference(
    platform: Platform, kind: str, member: str, value: object, set_it: Drift
) -> None:
    base = EXAMPLES[kind].base
    wanted = standing(base)
    platform.converge(wanted)
    set_it(platform.client)
    plan = platform.plan(wanted)
    assert pending(plan) == {}
    assert platform.drift() == []
    assert {live.resource.address: live.unread for live in plan.lives if live.unread} == {base.address: {member: value}}


def test_a_key_of_another_form_is_shown(platform: Platform) -> None:
    kms = platform.client("kms")
    tags = [{"TagKey": name, "TagValue": value} for name, value in KEY.tags.items()]
    key = kms.create_key(Policy=json.dumps(KEY.policy), Description=KEY.description, Tags=tags, MultiRegion=True)
    kms.create_alias(AliasName=ALIAS, TargetKeyId=key["KeyMetadata"]["KeyId"])
    kms.enable_key_rotation(KeyId=key["KeyMetadata"]["KeyId"])
    plan = platform.plan([KEY])
    assert pending(plan) == {}
    (live,) = plan.lives
    assert live.unread["MultiRegion"] is True
