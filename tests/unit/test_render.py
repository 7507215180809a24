"""The plan as a person and as a program see it, held against files that a review can read.

``GOLDEN=write python -m pytest tests/unit/test_render.py`` writes the files anew.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from provisioner.engine.compare import compare
from provisioner.engine.model import Resource
from provisioner.engine.plan import Action, Change, Estimate, Origin, Plan, Refusal, Why
from provisioner.engine.reconciler import Live, Scope
from provisioner.engine.steps import Call
from provisioner.render.document import plan_document
from provisioner.render.rows import Row, plan_rows, summary_row
from provisioner.render.screen import Screen
from provisioner.render.terminal import print_rows
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.log_group import LogGroup
from provisioner.resources.sns_subscription import SnsSubscription, subscription_name

GOLDEN = Path(__file__).parents[1] / "golden"
SCOPE = Scope("shop", "dev", "123456789012", "us-east-1")
HOOK = "https://hooks.example.com/T0/B0/token"


def changed(want: Resource, live: Resource, action: Action, origin: Origin, *calls: Call) -> Change:
    fields = tuple(compare(want, live))
    return Change(want.address, action, Why.HELD, "for the picture", origin, fields, calls, want, Live(live))


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


def test_the_plan_for_a_program(plan: Plan) -> None:
    text = json.dumps(plan_document(plan), indent=1) + "\n"
    held("plan.json", text)
    assert "token" not in text


def test_two_secrets_make_two_digests(plan: Plan) -> None:
    other = SnsSubscription(
        name=subscription_name(SCOPE, "alarms-dev", "https", HOOK), topic="arn:t", protocol="https", endpoint=f"{HOOK}2"
    )
    change = Change(other.address, Action.CREATE, Why.NEW, fields=tuple(compare(other, None)), want=other)
    swapped = tuple(change if item.address == other.address else item for item in plan.changes)
    assert Plan(plan.scope, swapped).digest != Plan(plan.scope, plan.changes).digest
