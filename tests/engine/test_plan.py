"""A plan as a value: its JSON, and the steps of its changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioner.engine.compare import FieldChange
from provisioner.engine.model import Address, Ref, Resource
from provisioner.engine.plan import Action, Change, Origin, Plan, Refusal, Way, Why, steps_of
from provisioner.engine.reconciler import Live, Scope
from provisioner.engine.steps import Call, Steps, preview
from tests.engine.toys import SCOPE, Box, BoxReconciler, Cloud, Note, NoteReconciler

HERE = Address("box", "a")
SIZE = FieldChange("size", 1, 2)
UPDATE = Change(HERE, Action.UPDATE, Why.EDITED, "size", fields=(SIZE,), calls=(Call("toy", "PutBox"),))
KEPT = Change(Address("box", "b"), Action.KEEP, Why.DECLARED)


def plan(*changes: Change, scope: Scope = SCOPE) -> Plan:
    return Plan(scope, changes)


def test_the_json_of_a_change() -> None:
    later = Ref(Address("box", "z"), "arn")
    change = replace(UPDATE, origin=Origin.DRIFT, fields=(SIZE, FieldChange("label", ("x",), later, False, True)))
    assert change.to_json() == {
        "address": "box.a",
        "kind": "box",
        "name": "a",
        "action": "update",
        "origin": "drift",
        "reason": "size declared otherwise",
        "fields": [
            {"field": "size", "before": 1, "after": 2, "known": True, "secret": False},
            {
                "field": "label",
                "before": ["x"],
                "after": "(known after apply: box.z arn)",
                "known": False,
                "secret": True,
            },
        ],
        "calls": ["toy:PutBox"],
        "requests": [{"call": "toy:PutBox", "parameters": {}}],
    }


def test_the_requests_of_a_change_show_no_secret_of_either_side() -> None:
    params = {"Pin": "1234", "Old": ["0000"], "Text": "12345", "Size": 1234}
    want, there = Note(name="n", pin="1234"), Live(Note(name="n", pin="0000"), {})
    change = replace(UPDATE, calls=(Call("toy", "UpdateNote", params),), want=want, live=there)
    hidden = {"Pin": "(secret)", "Old": ["(secret)"], "Text": "12345", "Size": 1234}
    assert change.requests() == [("toy:UpdateNote", hidden)]


def test_the_default_origin_of_a_change_is_the_configuration() -> None:
    assert (UPDATE.origin, UPDATE.refused) == (Origin.CONFIG, None)


def test_kept_resources_are_not_pending() -> None:
    assert plan(KEPT, UPDATE).pending == (UPDATE,)


@pytest.mark.parametrize("why", Why)
def test_a_resource_kept_for_any_but_the_usual_reasons_is_held(why: Why) -> None:
    kept = replace(KEPT, why=why)
    assert plan(kept).held == (() if why in (Why.DECLARED, Why.RETAINED) else (kept,))


def test_pending_changes_are_not_held() -> None:
    assert plan(UPDATE).held == ()


def test_a_summary_counts_each_action() -> None:
    assert plan(KEPT, UPDATE, UPDATE).summary == {
        "create": 0,
        "update": 2,
        "replace": 0,
        "adopt": 0,
        "release": 0,
        "revive": 0,
        "delete": 0,
        "keep": 1,
    }


def test_by_default_a_refusal_is_for_a_person_to_resolve() -> None:
    assert Refusal("no") == Refusal("no", Way.BY_HAND, None)


class Reviver(NoteReconciler):
    """Says what it was asked to do."""

    def revive(self, want: Note, live: Live[Note], changed: frozenset[str]) -> Steps:
        yield self.call("Revive", changed=sorted(changed))


BOX, NOTE = Box(name="a", size=2), Note(name="n", text="new", pin="1")
LIVE = Live(Note(name="n", text="old", pin="1"), {"id": "n-1"})


def calls(action: Action, want: Resource | None, live: Live[Any] | None) -> list[str]:
    """The steps of a change of that sort, in short."""
    kind: Any = BoxReconciler(Cloud()) if want is BOX else Reviver(Cloud())
    change = Change(HERE, action, Why.NEW, want=want, live=live)
    found = preview(steps_of(kind, change, want), HERE)
    return [f"{call.operation} {sorted(set(call.params) - {'id'})}" for call in found]


def test_a_missing_resource_is_created() -> None:
    assert calls(Action.CREATE, NOTE, None) == ["CreateNote ['pin', 'text', 'title']"]


@pytest.mark.parametrize("action", [Action.UPDATE, Action.ADOPT])
def test_only_changed_attributes_are_updated(action: Action) -> None:
    assert calls(action, NOTE, LIVE) == ["UpdateNote ['text']"]


@pytest.mark.parametrize("action", [Action.UPDATE, Action.ADOPT])
def test_an_update_without_a_difference_makes_no_call(action: Action) -> None:
    assert calls(action, LIVE.resource, LIVE) == []


def test_a_replacement_deletes_and_creates() -> None:
    there = Live(Box(name="a", material="tin"))
    assert [call.split()[0] for call in calls(Action.REPLACE, BOX, there)] == ["DeleteBox", "PutBox"]


def test_a_revival_is_told_which_attributes_differ() -> None:
    kind = Reviver(Cloud())
    for want, changed in ((NOTE, ["text"]), (LIVE.resource, [])):
        change = Change(HERE, Action.REVIVE, Why.LEAVING, want=want, live=LIVE)
        assert preview(steps_of(kind, change, want), HERE) == [Call("toy", "Revive", {"changed": changed})]


def test_a_removal_deletes() -> None:
    assert calls(Action.DELETE, None, LIVE) == ["DeleteNote []"]


@pytest.mark.parametrize("want", [None, NOTE])
def test_a_kept_resource_gets_no_call(want: Note | None) -> None:
    assert calls(Action.KEEP, want, LIVE) == []
    assert calls(Action.KEEP, want, None) == []
