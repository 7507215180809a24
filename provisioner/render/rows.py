"""Plan -> rows. Every wording and every symbol of a plan lives here; terminal and files only lay the rows out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provisioner.engine.asides import Asides, in_passing
from provisioner.engine.compare import FieldChange, plain
from provisioner.engine.model import is_known
from provisioner.engine.plan import Action, Change, Origin, Plan, Refusal, Way, Why
from provisioner.engine.planning.taken import taken_away

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.ADOPT: ">",
    Action.REVIVE: "^",
    Action.RELEASE: "<",
    Action.DELETE: "-",
    Action.KEEP: "=",
}

STYLES = {"+": "green", "~": "yellow", "±": "magenta", ">": "cyan", "^": "cyan", "<": "cyan", "-": "red", "=": "dim"}

_VERBS = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "adopt": "to adopt",
    "release": "to release",
    "revive": "to revive",
    "delete": "to delete",
}

_WAYS = {
    Way.ADOPT: ": --adopt {} takes it over, as shown",
    Way.OTHER_STACK: ": choose another name here, or let go of it there with release {}",
    Way.LOSE: ": --allow-data-loss {} agrees to that",
    Way.REMOVE: ": --allow-removals agrees to that",
    Way.UNPROTECT: ": the environment has protected = true in the file, and no flag undoes that",
    Way.BY_HAND: "",
}
_INSIST = {"sns_subscription": "apply --resubscribe asks again"}

_WIDTH = 72


@dataclass(frozen=True)
class Row:
    """One line: how deep it stands, its symbol (a key of :data:`STYLES`, or ``""``), and its text."""

    depth: int
    symbol: str
    text: str


def plan_rows(plan: Plan, *, verbose: bool = False) -> Iterator[Row]:
    """The plan: one line for each resource, its changed fields beneath; with ``verbose`` the exact calls as well."""
    for change in plan.pending:
        yield from change_rows(change, verbose=verbose)
    yield from _taken_rows(plan)
    yield from _loss_rows(plan)
    for note in plan_notes(plan):
        yield Row(0, "", f"note: {note}")
    if verbose:
        yield from aside_rows(in_passing(plan.lives))
    for refusal in plan.refusals:
        yield Row(0, "-", f"refused: {refusal_text(refusal)}")


def _taken_rows(plan: Plan) -> Iterator[Row]:
    taken = list(taken_away(plan.changes))
    if taken:
        yield Row(0, "", "Taken away by this plan:")
    for item in taken:
        yield Row(1, "", f"{item.address} {item.field}:")
        yield from (Row(2, "", text) for text in item.items)


def _loss_rows(plan: Plan) -> Iterator[Row]:
    if plan.losses:
        yield Row(0, "", "Data at stake:")
    for loss in plan.losses:
        what = "would be lost" if not loss.field else "spared: it stays as it is"
        if loss.agreed:
            what = "is lost"
        yield Row(1, "-", f"{loss.address}{f' {loss.field}' if loss.field else ''} {what}: {loss.text}")


def aside_rows(asides: Asides) -> Iterator[Row]:
    """What AWS also says, in strangers' words: cut off where they are long."""
    for item in asides.said:
        yield Row(0, "", f"{item.subject}: AWS also says {item.member} = {_short(item.value, _WIDTH)}; not looked at")
    for operation, why in asides.unanswered:
        yield Row(0, "", f"{operation} was not answered: {why}")


def plan_notes(plan: Plan) -> list[str]:
    """What a person should know of the plan; how to insist where something is held back."""
    held = [f"{change.address}: {change.reason}{_how_to_insist(change)}" for change in plan.held]
    return [*plan.notes, *held]


def _how_to_insist(change: Change) -> str:
    if change.why is Why.MARKED:
        return f"; release {change.address} lets go of it"
    insist = _INSIST.get(change.address.kind) if change.why is Why.HELD else None
    return f"; {insist}" if insist else ""


def refusal_text(refusal: Refusal) -> str:
    """A refusal with its way out, in the words of the command line."""
    return f"{refusal.text}{_WAYS[refusal.way].format(refusal.address)}"


def change_rows(change: Change, *, verbose: bool = False) -> Iterator[Row]:
    """One change."""
    symbol = SYMBOLS[change.action]
    drift = "drift: " if change.origin is Origin.DRIFT else ""
    yield Row(0, symbol, f"{change.address}  ({drift}{change.reason})")
    for item in _shown_fields(change, verbose):
        yield from _field_rows(item)
    if verbose:
        for call, parameters in change.requests():
            yield Row(2, "", f"{call} {_short(parameters, 4 * _WIDTH)}")


def _shown_fields(change: Change, verbose: bool) -> list[FieldChange]:
    """Of a new resource every field is new: all are shown with ``verbose``, what grants something always, empty ones
    never.
    """
    if change.action is Action.CREATE:
        return [item for item in change.fields if (verbose or item.grants) and item.after not in ("", {}, [])]
    return [] if change.action is Action.DELETE else list(change.fields)


def summary_row(plan: Plan) -> str:
    """The last line: what would happen, and how long it takes at least."""
    counts = [f"{count} {_VERBS[name]}" for name, count in plan.summary.items() if count and name in _VERBS]
    if not counts:
        return f"Nothing to do: {_standing(plan)}."
    kept = f", {plan.summary['keep']} unchanged" if plan.summary["keep"] else ""
    limit = f", limited by {plan.estimate.limited_by}" if plan.estimate.limited_by else ""
    least = f" At AWS's rates at least {plan.estimate.seconds:.0f} s{limit}." if plan.estimate.seconds >= 1 else ""
    return f"Plan: {', '.join(counts)}{kept}.{least}"


def _standing(plan: Plan) -> str:
    left = len(plan.held)
    declared = plan.summary["keep"] - left
    said = [f"{_count(number)} {how}" for number, how in ((declared, "as declared"), (left, "left as told")) if number]
    return ", ".join(said) or "there is nothing of ours"


def _count(number: int) -> str:
    return f"{number} resource is" if number == 1 else f"{number} resources are"


def _field_rows(item: FieldChange) -> Iterator[Row]:
    show = _in_full if item.grants else _show
    if item.grants and item.before is None and isinstance(item.after, dict | list):
        yield Row(1, "", f"{item.field}:")
        yield from (Row(2, "", text) for text in _grants(item.after))
    elif isinstance(item.before, dict) and isinstance(item.after, dict) and not item.secret:
        yield Row(1, "", f"{item.field}:")
        for path, before, after in _differences(item.before, item.after):
            yield Row(2, "", f"{path}: {show(before)} -> {show(after)}")
    else:
        yield Row(1, "", f"{item.field}: {show(item.before)} -> {show(item.after)}")


def _grants(value: dict[str, Any] | list[Any]) -> Iterator[str]:
    """What a policy, several of them by name, or a list grants: a statement or an entry a line."""
    if isinstance(value, dict) and "Statement" not in value:
        yield from (f"{name}: {text}" for name, policy in value.items() for text in _grants(policy))
        return
    for item in value["Statement"] if isinstance(value, dict) else value:
        yield _in_full(item)


def _differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The leaves in which two documents differ, by their paths."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(set(before) | set(after)):
            if before.get(key) != after.get(key):
                yield from _differences(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                yield from _differences(old, new, f"{path}[{index}]")
    elif isinstance(before, list) and isinstance(after, list):
        yield from ((f"{path}[-]", item, None) for item in before if item not in after)
        yield from ((f"{path}[+]", None, item) for item in after if item not in before)
    else:
        yield path, before, after


def _in_full(value: Any) -> str:
    return _show(value, None)


def _show(value: Any, width: int | None = _WIDTH) -> str:
    if value is None:
        return "(none)"
    if not is_known(value) and not isinstance(value, dict | list):
        return "(known after apply)"
    return value if value and isinstance(value, str) else _short(value, width)


def _short(value: Any, width: int | None) -> str:
    text = json.dumps(plain(value), ensure_ascii=False)
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"
