"""The plan as a person and as a program see it, held against files that a review can read.

``GOLDEN=write python -m pytest tests/unit/test_render.py`` writes the files anew.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioner.engine.compare import compare
from provisioner.engine.model import Resource
from provisioner.engine.plan import Action, Change, Estimate, Loss, Origin, Plan, Refusal, Why
from provisioner.engine.reconciler import Live, Scope
from provisioner.engine.steps import Call
from provisioner.render.document import digest_of, plan_document
from provisioner.render.rows import Row, plan_rows, summary_row
from provisioner.render.screen import Screen
from provisioner.render.terminal import print_rows
from provisioner.resources.iam_role import IamRole
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.log_group import LogGroup
from provisioner.resources.sns_subscription import SnsSubscription, subscription_name

GOLDEN = Path(__file__).parents[1] / "golden"
SCOPE = Scope("shop", "dev", "123456789012", "us-east-1")
HOOK = "https://hooks.example.com/T0/B0/token"


def changed(want: Resource, live: Resource, action: Action, origin: Origin, *calls: Call) -> Change:
    fields = tuple(compare(want, live))
    there = Live(live, unread={"bearerTokenAuthenticationEnabled": True, "words": "of a\x1b[2J stranger " * 9})
    return Change(want.address, action, Why.HELD, "for the picture", origin, fields, calls, want, there)


@pytest.fixture
def plan() -> Plan:
    key = KmsKey(name="logs-dev", alias="alias/logs-dev", description="d", policy={}, rotation_days=365)
    group = LogGroup(name="/ecs/shop-dev", kms_key=key.arn, retention_days=30, tags={"Team": "a"})
    hook = SnsSubscription(
        name=subscription_name(SCOPE, "alarms-dev", "https", HOOK), topic="arn:t", protocol="https", endpoint=HOOK
    )
    return Plan(
        SCOPE,
        (
            Change(key.address, Action.CREATE, Why.NEW, fields=tuple(compare(key, None)), want=key),
            changed(
                group,
                LogGroup(name="/ecs/shop-dev", kms_key="arn:old", retention_days=7, tags={"Team": "b", "X": ""}),
                Action.UPDATE,
                Origin.DRIFT,
                Call("logs", "PutRetentionPolicy", {"logGroupName": "/ecs/shop-dev", "retentionInDays": 30}),
            ),
            Change(
                hook.address,
                Action.CREATE,
                Why.NEW,
                fields=tuple(compare(hook, None)),
                calls=(Call("sns", "Subscribe", {"Protocol": "https", "Endpoint": HOOK}),),
                want=hook,
            ),
            Change(LogGroup(name="/ecs/old-dev").address, Action.DELETE, Why.UNDECLARED),
            Change(LogGroup(name="/ecs/kept-dev").address, Action.KEEP, Why.DECLARED),
        ),
        notes=("a thing worth knowing",),
        refusals=(Refusal("log_group./ecs/x exists and is not ours"),),
        estimate=Estimate(4.0, "cloudwatch:PutMetricAlarm"),
    )


def held(name: str, text: str) -> None:
    """``text`` is what the file says."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("verbose", [False, True])
def test_the_plan_on_a_terminal(plan: Plan, verbose: bool) -> None:
    written = io.StringIO()
    screen = Screen(file=written, no_color=True)
    print_rows(screen, plan_rows(plan, verbose=verbose))
    print_rows(screen, [Row(0, "", summary_row(plan))])
    text = written.getvalue()
    held(f"plan{'-verbose' if verbose else ''}.txt", text)
    assert "token" not in text


def test_what_is_left_as_it_is_is_not_called_as_declared(plan: Plan) -> None:
    kept = plan.changes[-1]
    spared = replace(kept, why=Why.SPARED)
    said = {summary_row(replace(plan, changes=changes)) for changes in ((kept, kept, spared), (spared, spared))}
    assert said == {
        "Nothing to do: 2 resources are as declared, 1 resource is left as told.",
        "Nothing to do: 2 resources are left as told.",
    }
    assert summary_row(replace(plan, changes=())) == "Nothing to do: there is nothing of ours."


def test_the_plan_for_a_program(plan: Plan) -> None:
    text = json.dumps(plan_document(plan), indent=1) + "\n"
    held("plan.json", text)
    assert "token" not in text


def digest(plan: Plan, **more: Any) -> str:
    """As the document has it, which is that of the document."""
    document = plan_document(plan, **more)
    assert document["digest"] == digest_of(json.loads(json.dumps(document)))
    return str(document["digest"])


def test_the_same_plan_has_the_same_digest_with_all_that_is_kept_or_without(plan: Plan) -> None:
    again = replace(plan, changes=tuple(replace(change) for change in plan.changes))
    assert digest(plan) == digest(again) == digest(plan, everything=True)
    assert digest(plan).startswith("sha256:")


def other_call(plan: Plan) -> Plan:
    """The same operations, of which one has another parameter."""
    group = plan.changes[1]
    call = replace(group.calls[0], params={**group.calls[0].params, "retentionInDays": 1})
    return replace(plan, changes=(plan.changes[0], replace(group, calls=(call,)), *plan.changes[2:]))


OTHERS: dict[str, Callable[[Plan], Plan]] = {
    "fewer changes": lambda plan: replace(plan, changes=plan.changes[1:]),
    "more that is kept": lambda plan: replace(plan, changes=(*plan.changes, plan.changes[-1])),
    "another action": lambda plan: replace(
        plan, changes=(replace(plan.changes[0], action=Action.ADOPT), *plan.changes[1:])
    ),
    "another call": other_call,
    "another note": lambda plan: replace(plan, notes=("nothing worth knowing",)),
    "no refusal": lambda plan: replace(plan, refusals=()),
    "another loss": lambda plan: replace(plan, losses=(Loss(plan.changes[1].address, "7 messages"),)),
    "another estimate": lambda plan: replace(plan, estimate=Estimate(1.0)),
    "another account": lambda plan: replace(plan, scope=replace(SCOPE, account="1")),
    "another Region": lambda plan: replace(plan, scope=replace(SCOPE, region="eu-west-1")),
    "another environment": lambda plan: replace(plan, scope=replace(SCOPE, environment="prod")),
    "another platform": lambda plan: replace(plan, scope=replace(SCOPE, platform="shop2")),
}


@pytest.mark.parametrize("other", OTHERS)
def test_whatever_else_is_shown_has_another_digest(plan: Plan, other: str) -> None:
    assert digest(OTHERS[other](plan)) != digest(plan)


def test_so_has_whatever_else_was_agreed_to(plan: Plan) -> None:
    assert len({digest(plan), digest(plan, consent={"adopt": []}), digest(plan, consent={"adopt": "all"})}) == 3


def test_two_secrets_have_one_digest(plan: Plan) -> None:
    """Else a short one could be found out by it."""
    other = SnsSubscription(
        name=subscription_name(SCOPE, "alarms-dev", "https", HOOK), topic="arn:t", protocol="https", endpoint=f"{HOOK}2"
    )
    calls = (Call("sns", "Subscribe", {"Protocol": "https", "Endpoint": f"{HOOK}2"}),)
    change = Change(other.address, Action.CREATE, Why.NEW, fields=tuple(compare(other, None)), calls=calls, want=other)
    swapped = tuple(change if item.address == other.address else item for item in plan.changes)
    assert digest(replace(plan, changes=swapped)) == digest(plan)


def test_what_grants_something_is_in_any_plan_and_in_full() -> None:
    many = [f"arn:aws:iam::123456789012:policy/{'long-name-' * 5}{number}" for number in range(5)]
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [{**statement, "Sid": "a" * 200}, statement]}
    inline = {"own": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}
    role = IamRole(name="r", trust=trust, attached=many, inline=inline, boundary=many[0], description="quiet")
    created = Change(role.address, Action.CREATE, Why.NEW, fields=tuple(compare(role, None)), want=role)
    shown = [row.text for row in plan_rows(Plan(SCOPE, (created,)))]
    assert [arn for arn in many if arn in shown] == many
    assert f"boundary: (none) -> {many[0]}" in shown
    assert sum("sts:AssumeRole" in text for text in shown) == 2
    assert any("a" * 200 in text for text in shown)
    assert any(text.startswith("own: ") and "s3:*" in text for text in shown)
    assert not [text for text in shown if "quiet" in text or "…" in text]

    before = replace(role, attached=[*many, "arn:aws:iam::aws:policy/AdministratorAccess"], inline={})
    shown = [row.text for row in plan_rows(Plan(SCOPE, (changed(role, before, Action.UPDATE, Origin.DRIFT),)))]
    assert any("AdministratorAccess" in text and all(arn in text for arn in many) for text in shown)
    assert any("s3:*" in text for text in shown)
    assert not [text for text in shown if "…" in text]
