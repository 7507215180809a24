"""Functions: their secrets, their role, and the order of their updates."""

from __future__ import annotations

import json
from dataclasses import replace

from provisioner.render.document import plan_document
from provisioner.resources.lambda_function import LambdaFunction
from tests.resources.compute import FUNCTION, GROUP, ROLE, SECOND, remake_role
from tests.resources.driver import Platform, fields, only, pending
from tests.resources.examples import EXAMPLES, standing

WANTED = standing(FUNCTION)


def with_(**changes: object) -> list[LambdaFunction]:
    return [*standing(FUNCTION)[:-1], replace(FUNCTION, **changes)]  # type: ignore[list-item, arg-type]  # any attribute


def test_the_environment_is_concealed(platform: Platform) -> None:
    plan = platform.converge(WANTED)
    changed = platform.plan(with_(environment={"LOG_LEVEL": "DEBUG", "API_TOKEN": "other-fish"}))
    (field,) = only(changed).fields
    assert field.secret
    assert field.after == {"LOG_LEVEL": "DEBUG", "API_TOKEN": "(secret)"}
    text = (
        json.dumps([plan_document(plan, everything=True), plan_document(changed, everything=True)])
        + platform.state_text()
    )
    assert "fish" not in text


def test_a_secret_that_somebody_took_away_is_drift(platform: Platform) -> None:
    """What was applied is on record as a digest, and what is left is no secret."""
    platform.converge(WANTED)
    platform.client("lambda").update_function_configuration(
        FunctionName=FUNCTION.name, Environment={"Variables": {"LOG_LEVEL": "INFO"}}
    )
    (change,) = platform.drift()
    (field,) = change.fields
    assert (field.field, field.before, field.after) == ("environment", {"LOG_LEVEL": "INFO"}, "(secret)")
    assert field.secret


def test_a_plan_tells_nothing_of_a_secret(platform: Platform) -> None:
    """Nor does its digest, by which a PIN could be found out: of two secrets it is the same."""
    platform.converge(WANTED)
    plans = [plan_document(platform.plan(with_(environment={"API_TOKEN": value}))) for value in ("one", "two")]
    assert plans[0] == plans[1]
    assert plans[0]["changes"][0]["requests"][0]["parameters"]["Environment"] == {
        "Variables": {"API_TOKEN": "(secret)"}
    }


def test_a_role_made_anew_is_another_role(platform: Platform) -> None:
    """Under the same name and ARN: the function's grants still name the old one."""
    platform.converge(WANTED)
    remake_role(platform.client)
    change = only(platform.plan(WANTED))
    assert (change.address, fields(change), change.origin.value) == (FUNCTION.address, ["role_id"], "config")
    (call,) = change.calls
    assert call.operation == "UpdateFunctionConfiguration"
    assert {"Role", "Environment"} <= set(call.params)
    platform.converge(WANTED)
    assert pending(platform.plan(WANTED)) == {}


def test_a_lost_role_is_made_and_its_function_told(platform: Platform) -> None:
    platform.converge(WANTED)
    iam = platform.client("iam")
    for policy in ROLE.attached:
        iam.detach_role_policy(RoleName=ROLE.name, PolicyArn=policy)
    for name in ROLE.inline:
        iam.delete_role_policy(RoleName=ROLE.name, PolicyName=name)
    iam.delete_role(RoleName=ROLE.name)
    plan = platform.converge(WANTED)
    assert pending(plan) == {str(ROLE.address): "create", str(FUNCTION.address): "update"}
    assert pending(platform.plan(WANTED)) == {}


def test_configuration_and_code_wait_for_each_other(platform: Platform) -> None:
    """While one update is in progress AWS refuses the next."""
    platform.control("POST", "settings", lambda_create_delay=0.2, lambda_update_delay=0.2)
    platform.converge(WANTED)
    other = EXAMPLES["lambda_function"].others["code_sha256"].value
    wanted = with_(code_sha256=other, timeout_seconds=60, **SECOND)
    plan = platform.converge(wanted)
    assert [call.operation for call in only(plan).calls] == ["UpdateFunctionConfiguration", "UpdateFunctionCode"]
    assert pending(platform.plan(wanted)) == {}


def test_what_is_set_is_cleared_again(platform: Platform) -> None:
    """An update leaves alone what it does not mention, so what is to go is sent empty."""
    other = EXAMPLES["lambda_function"].others
    names = ("description", "layers", "environment", "snap_start", "vpc", "file_systems", "tracing")
    full = with_(**{name: other[name].value for name in names})
    bare = with_(environment={})
    platform.converge(full)
    platform.converge(bare)
    assert pending(platform.plan(bare)) == {}


def test_the_group_exists_before_the_function_that_writes_to_it(platform: Platform) -> None:
    platform.converge(WANTED)
    order = [address for address, _ in platform.diary.calls]
    assert order.index(GROUP.address) < order.index(FUNCTION.address)
    platform.apply(platform.teardown(WANTED))
    order = [address for address, _ in platform.diary.calls]
    assert order.index(FUNCTION.address) < order.index(GROUP.address)
