"""Each kind reads whatever comes back: it is understood, or one error says that it is no answer of AWS."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioner.aws.connection import Connection
from provisioner.aws.door import sign_in
from provisioner.engine.compare import compare, recordable
from provisioner.engine.errors import AwsError, ProvisionerError
from provisioner.engine.observer import Observer
from provisioner.engine.reconciler import Sought
from provisioner.engine.reporter import Reporter
from provisioner.resources import KINDS, reconcilers
from tests.answering import Interpreter, interpreter, mistaken
from tests.resources.driver import Platform
from tests.resources.examples import EXAMPLES, standing
from tests.resources.naming import ENVIRONMENT, PLATFORM, REGION

MOST = int(os.environ.get("EXAMPLES", "25"))


@dataclass
class Strange:
    """A platform of all kinds, and an AWS in front of it whose answers may be mistaken."""

    between: Interpreter
    observer: Observer
    sought: dict[str, Sought[Any]]
    calls: dict[str, list[str]]
    """Kind -> the operations that its read asks."""


@pytest.fixture
def strange(platform: Platform, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Strange]:
    bases = [example.base for example in EXAMPLES.values()]
    platform.converge(standing(*bases))
    records = platform.state.records
    sought = {base.kind: Sought(base.address, base, records[base.address]) for base in bases}
    with interpreter(platform.url) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        through = Connection(region=REGION)
        world = sign_in(through, PLATFORM, ENVIRONMENT, {kind.service for kind in KINDS}).world
        observer = Observer(world, reconcilers(world), Reporter())
        calls = {}
        for kind, item in sought.items():
            between.heard.clear()
            observer.observe([item], orphans=True)
            calls[kind] = sorted(set(between.heard))
        yield Strange(between, observer, sought, calls)


IN_JSON: list[tuple[str, str, dict[str, object], object]] = [
    ("logs", "DescribeLogGroups", {}, {"logGroups": "text"}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": {"a": {}}}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [None]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": ["/ecs/a"]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [{"logGroupName": 5}]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [{"retentionInDays": "7"}]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [{"retentionInDays": True}]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [{"retentionInDays": 1.5}]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [{"storedBytes": 1e999}]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [{"logGroupName": "half \ud83d"}]}),
    ("logs", "DescribeLogGroups", {}, {"logGroups": [], "nextToken": {"a": 1}}),
    ("logs", "DescribeLogGroups", {}, {"portal": "yes"}),
    ("logs", "DescribeLogGroups", {}, {"message": "Forbidden"}),
    ("logs", "DescribeLogGroups", {}, []),
    ("logs", "DescribeLogGroups", {}, None),
    ("logs", "DescribeLogGroups", {}, "text"),
    ("cloudwatch", "DescribeAlarms", {}, {"MetricAlarms": [{"Threshold": "NaN"}]}),
    ("cloudwatch", "DescribeAlarms", {}, {"MetricAlarms": [{"Threshold": float("nan")}]}),
    ("cloudwatch", "DescribeAlarms", {}, {"MetricAlarms": [{"ActionsEnabled": "yes"}]}),
    ("cloudwatch", "DescribeAlarms", {}, {"MetricAlarms": [{"StateUpdatedTimestamp": "soon"}]}),
    ("cloudwatch", "DescribeAlarms", {}, {"MetricAlarms": [{"StateUpdatedTimestamp": 1e300}]}),
    ("lambda", "GetFunction", {"FunctionName": "f"}, {"Configuration": {"Environment": {"Variables": ["A"]}}}),
    ("lambda", "GetFunction", {"FunctionName": "f"}, {"Configuration": {"Environment": {"Variables": {"A": None}}}}),
    ("lambda", "GetFunction", {"FunctionName": "f"}, {"Configuration": []}),
    ("kms", "DescribeKey", {"KeyId": "k"}, {"KeyMetadata": {"KeyId": ["a"]}}),
    ("sqs", "GetQueueAttributes", {"QueueUrl": "http://q/1/q"}, {"Attributes": {"DelaySeconds": 0}}),
    ("xray", "GetSamplingRules", {}, {"SamplingRuleRecords": [{"SamplingRule": {"FixedRate": "1"}}]}),
]

ROLE = "<GetRoleResponse><GetRoleResult>{}</GetRoleResult></GetRoleResponse>"
TOPIC = (
    "<GetTopicAttributesResponse><GetTopicAttributesResult>{}</GetTopicAttributesResult></GetTopicAttributesResponse>"
)
IN_XML: list[tuple[str, str, dict[str, object], str]] = [
    ("iam", "GetRole", {"RoleName": "r"}, "<DeleteRoleResponse/>"),
    ("iam", "GetRole", {"RoleName": "r"}, "<GetRoleResponse/>"),
    ("iam", "GetRole", {"RoleName": "r"}, ROLE.format("x")),
    ("iam", "GetRole", {"RoleName": "r"}, ROLE.format("<Role>x</Role>")),
    ("iam", "GetRole", {"RoleName": "r"}, ROLE.format("<Role><RoleName><b/></RoleName></Role>")),
    ("iam", "GetRole", {"RoleName": "r"}, ROLE.format("<Role/><Role/>")),
    ("iam", "GetRole", {"RoleName": "r"}, ROLE.format("<Role><MaxSessionDuration>x</MaxSessionDuration></Role>")),
    ("iam", "GetRole", {"RoleName": "r"}, ROLE.format("<Role><CreateDate>x</CreateDate></Role>")),
    ("iam", "GetRole", {"RoleName": "r"}, ROLE.format("<Role><Tags><x/></Tags></Role>")),
    ("iam", "DeleteRole", {"RoleName": "r"}, "<html><body/></html>"),
    ("iam", "DeleteRole", {"RoleName": "r"}, ""),
    ("sns", "GetTopicAttributes", {"TopicArn": "t"}, TOPIC.format("<Attributes><entry/></Attributes>")),
    ("sns", "GetTopicAttributes", {"TopicArn": "t"}, TOPIC.format("<Attributes><x/></Attributes>")),
    ("sns", "GetTopicAttributes", {"TopicArn": "t"}, TOPIC.format("<Attributes>x</Attributes>")),
    ("s3", "ListObjectsV2", {"Bucket": "bucket"}, "<html><body/></html>"),
    ("s3", "ListObjectsV2", {"Bucket": "bucket"}, ""),
    ("s3", "ListObjectsV2", {"Bucket": "bucket"}, "<ListBucketResult><KeyCount>x</KeyCount></ListBucketResult>"),
]


@pytest.mark.parametrize(
    ("service", "operation", "params", "body"),
    [*((*call[:3], json.dumps(call[3])) for call in IN_JSON), *IN_XML],
)
def test_what_is_of_another_form_is_no_answer(
    platform: Platform, service: str, operation: str, params: dict[str, object], body: str
) -> None:
    platform.control("POST", "faults", service=service, operation=operation, body=body)
    with pytest.raises(AwsError, match="this is no answer of AWS"):
        platform.world.ask(service, operation, **params)


def test_what_is_absent_or_new_is_no_matter(platform: Platform) -> None:
    for body in ("{}", '{"logGroups": null}', '{"logGroups": [], "newer": 5}', '{"logGroups": [{"newer": {"a": []}}]}'):
        platform.control("POST", "faults", service="logs", operation="DescribeLogGroups", body=body)
        assert platform.world.pages("logs", "DescribeLogGroups", "logGroups") in ([], [{}])


def test_what_is_asked_of_an_answer_and_is_not_there(platform: Platform) -> None:
    platform.control("POST", "faults", service="kms", operation="DescribeKey", body='{"KeyMetadata": {}}')
    answer = platform.world.ask("kms", "DescribeKey", KeyId="k")
    with pytest.raises(AwsError, match="kms DescribeKey failed: this is no answer of AWS: it lacks Arn"):
        answer["KeyMetadata"]["Arn"]


def test_pages_that_go_in_a_circle(platform: Platform) -> None:
    for token in ("a", "b", "a"):
        body = json.dumps({"logGroups": [], "nextToken": token})
        platform.control("POST", "faults", service="logs", operation="DescribeLogGroups", body=body)
    with pytest.raises(AwsError, match="circle"):
        platform.world.pages("logs", "DescribeLogGroups", "logGroups")


def test_a_mistaken_answer_is_understood_or_refused(strange: Strange) -> None:
    @settings(max_examples=MOST, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(kind=st.sampled_from(sorted(EXAMPLES)), number=st.integers(0, 99), seed=st.integers(0, 2**32))
    def read(kind: str, number: int, seed: int) -> None:
        names = strange.calls[kind]
        name = names[number % len(names)]
        strange.between.change = lambda heard, body: mistaken(body, random.Random(seed)) if heard == name else body
        item = strange.sought[kind]
        try:
            observed = strange.observer.observe([item], orphans=True)
        except ProvisionerError as error:
            said.append(str(error))
            return
        for live in observed.lives.values():
            json.dumps(recordable(live.resource), ensure_ascii=False).encode()
            json.dumps(live.outputs, ensure_ascii=False).encode()
            if live.resource.kind == kind:
                compare(EXAMPLES[kind].base, live.resource)

    said: list[str] = []
    read()
    assert said
    assert all(len(words) < 3000 for words in said)
