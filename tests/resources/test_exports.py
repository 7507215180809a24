"""What is ours in the words of Terraform and CloudFormation, for every kind and every value of it.

The oracles are CloudFormation's own schemas, which cfn-lint brings along, and Terraform itself where it is installed
with its provider for AWS: ``TF_PLUGINS`` names the folder that the provider is in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from provisioner.engine.model import Address, Resource
from provisioner.export import cloudformation_words, terraform_words
from provisioner.export.cloudformation import cloudformation
from provisioner.export.pieces import Export, Ours
from provisioner.export.terraform import terraform
from provisioner.resources import KINDS
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.metric_filter import MetricFilter
from tests.resources.compute import GROUP
from tests.resources.driver import Platform
from tests.resources.examples import EXAMPLES, PLATFORM, everything
from tests.resources.messaging import HOOK, HOOK_URL
from tests.resources.naming import REGION
from tests.resources.watching import ALARM, COMPOSITE, METRIC_ALARM

FAULTS_OF_THE_EXAMPLES = {
    "W2530",  # a function with SnapStart has no version: we publish none
    "E1150",  # the example's security groups have short ids
}

PLUGINS = os.environ.get("TF_PLUGINS", "")
needs_terraform = pytest.mark.skipif(
    not (PLUGINS and shutil.which("terraform")),
    reason="Terraform is not here, or TF_PLUGINS does not name its provider",
)


def with_other_values() -> list[Resource]:
    """Each kind with all the other values that go together, and what they stand on."""
    chosen: dict[Address, Resource] = {}
    for kind in EXAMPLES:
        chosen |= {item.address: item for item in everything(kind, immutable=False)[1]}
    for kind in EXAMPLES:
        item, _ = everything(kind, immutable=False)
        # With a key that is not enabled nothing else could be made.
        chosen[item.address] = replace(item, enabled=True) if isinstance(item, KmsKey) else item
    return list(chosen.values())


def ours(platform: Platform, *wanted: Resource) -> Ours:
    platform.converge(wanted)
    return platform.ours(wanted)


def parsed(export: Export, name: str) -> Any:
    return json.loads(export.files[name])


@cache
def schemas() -> Any:
    """CloudFormation's resource types in this Region -> the file of the schema."""
    return json.loads((files("cfnlint") / "data/schemas/providers" / f"{REGION}.json").read_text())


def schema(resource_type: str) -> Any:
    return json.loads((files("cfnlint") / "data/schemas/resources" / f"{schemas()[resource_type]}.json").read_text())


def findings(*templates: Path) -> dict[str, str]:
    """Rule -> what cfn-lint says about the templates."""
    command = [str(Path(sys.executable).parent / "cfn-lint"), "--format", "json", "--regions", REGION, "--"]
    done = subprocess.run([*command, *map(str, templates)], capture_output=True, text=True, timeout=120, check=False)
    return {item["Rule"]["Id"]: item["Message"] for item in json.loads(done.stdout)}


@pytest.mark.parametrize("words", [terraform_words.WORDS, cloudformation_words.WORDS], ids=["terraform", "cfn"])
def test_every_kind_has_its_words(words: dict[str, object]) -> None:
    assert list(words) == [kind.resource.kind for kind in KINDS]


def test_cloudformation_knows_every_type_property_and_identifier(platform: Platform, tmp_path: Path) -> None:
    templates: list[Path] = []
    for wanted in (PLATFORM, with_other_values()):
        platform.reset()
        export = cloudformation(platform.scope, ours(platform, *wanted))
        resources = parsed(export, "template.json")["Resources"]
        imported = parsed(export, "resources-to-import.json")
        assert sorted(resources) == sorted(item["LogicalResourceId"] for item in imported)
        assert all(item["DeletionPolicy"] == item["UpdateReplacePolicy"] == "Retain" for item in resources.values())
        for item in imported:
            known = schema(item["ResourceType"])
            assert "read" in known["handlers"], f"{item['ResourceType']} cannot be imported"
            identifier = [path.removeprefix("/properties/") for path in known["primaryIdentifier"]]
            assert list(item["ResourceIdentifier"]) == identifier
            assert all(item["ResourceIdentifier"].values())
        templates.append(tmp_path / f"template-{len(templates)}.json")
        templates[-1].write_text(export.files["template.json"])
    assert set(findings(*templates)) <= FAULTS_OF_THE_EXAMPLES


def test_each_thing_is_imported_once_by_the_id_that_aws_has(platform: Platform) -> None:
    found = ours(platform, *PLATFORM)
    blocks = parsed(terraform(platform.scope, found), "import.tf.json")["import"]
    ids = {block["to"].partition(".")[0]: block["id"] for block in blocks}
    (queue,) = platform.client("sqs").list_queues()["QueueUrls"]
    (subscription,) = platform.client("sns").list_subscriptions()["Subscriptions"]
    (one,) = platform.client("logs").describe_metric_filters()["metricFilters"]
    (key,) = platform.client("kms").list_keys()["Keys"]
    assert ids["aws_kms_key"] == key["KeyId"]
    assert ids["aws_sqs_queue"] == queue
    assert ids["aws_sns_topic_subscription"] == subscription["SubscriptionArn"]
    assert ids["aws_cloudwatch_log_metric_filter"] == f"{one['logGroupName']}:{one['filterName']}"
    targets = [block["to"] for block in blocks]
    assert len(set(targets)) == len(targets) >= len(found.lives)
    resources = parsed(terraform(platform.scope, found), "main.tf.json")["resource"]
    assert sorted(targets) == sorted(f"{kind}.{name}" for kind, named in resources.items() for name in named)


def test_secrets_are_variables(platform: Platform) -> None:
    function = EXAMPLES[LambdaFunction.kind].base
    assert isinstance(function, LambdaFunction)
    telling = replace(function, environment={"TOKEN": "very-secret", "LOG_LEVEL": "DEBUG"})
    platform.converge([*(item for item in PLATFORM if item.address != telling.address), telling, HOOK])
    pending = platform.ours([*PLATFORM, telling, HOOK])
    assert any("confirm" in note for note in terraform(platform.scope, pending).notes)
    platform.confirm(HOOK_URL)
    found = platform.ours([*PLATFORM, telling, HOOK])
    for export in (terraform(platform.scope, found), cloudformation(platform.scope, found)):
        text = "".join(export.files.values())
        assert "very-secret" not in text
        assert "secret-token" not in text
        assert "DEBUG" in text
    variables = parsed(terraform(platform.scope, found), "variables.tf.json")["variable"]
    assert len(variables) == 2
    assert all(variable["sensitive"] for variable in variables.values())
    parameters = parsed(cloudformation(platform.scope, found), "template.json")["Parameters"]
    assert sum(1 for parameter in parameters.values() if parameter.get("NoEcho")) == 2


def test_what_terraform_would_read_as_its_own_syntax_is_escaped(platform: Platform) -> None:
    base = next(item for item in PLATFORM if isinstance(item, MetricFilter))
    tricky = replace(base, pattern='"${var.x} %{if}"')
    found = ours(platform, *(item for item in PLATFORM if item.address != tricky.address), tricky)
    assert "$${var.x} %%{if}" in terraform(platform.scope, found).files["main.tf.json"]


def test_a_stack_that_would_import_too_much_is_several(platform: Platform) -> None:
    export = cloudformation(platform.scope, ours(platform, *PLATFORM), most=10)
    templates = [parsed(export, name)["Resources"] for name in export.files if name.startswith("template-")]
    assert [len(template) for template in templates[:-1]] == [10] * (len(templates) - 1)
    assert len(templates) >= 2
    for template in templates:
        assert all(set(resource.get("DependsOn", [])) <= set(template) for resource in template.values())


def test_an_alarm_of_the_other_type_is_left_out_and_what_nobody_compares_is_told(platform: Platform) -> None:
    platform.converge(PLATFORM)
    other_type = METRIC_ALARM.others["type"].drift
    assert other_type
    platform.client("cloudwatch").delete_alarms(AlarmNames=[COMPOSITE.name])
    other_type(platform.client)
    platform.client("logs").put_bearer_token_authentication(
        logGroupIdentifier=GROUP.name, bearerTokenAuthenticationEnabled=True
    )
    found = platform.ours(PLATFORM)
    for export in (terraform(platform.scope, found), cloudformation(platform.scope, found)):
        assert f"{ALARM.address} is left out: it is a CompositeAlarm, and not what is declared" in export.notes
        assert any("bearerTokenAuthenticationEnabled" in note for note in export.notes)


@needs_terraform
def test_terraform_plans_nothing_before_and_after_we_let_go(platform: Platform, tmp_path: Path) -> None:
    wanted = with_other_values()
    export = terraform(platform.scope, ours(platform, *wanted))
    for name, text in export.files.items():
        (tmp_path / name).write_text(text)

    def run(*words: str) -> str:
        own = {"AWS_ENDPOINT_URL": platform.url, "AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1"}
        given = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        done = subprocess.run(
            ["terraform", *words, "-no-color"],
            cwd=tmp_path,
            env={**os.environ, **given, **own},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("init", f"-plugin-dir={PLUGINS}")
    assert "to import, 0 to add, 0 to change, 0 to destroy" in run("plan", "-input=false")
    platform.apply(platform.hand_over(wanted))
    assert "to import, 0 to add, 0 to change, 0 to destroy" in run("plan", "-input=false")
