"""The plan is a value: what would be done, why, field by field and call by call."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.engine.adoption import handed_over, released
from provisioner.engine.compare import FieldChange, Plain, compare, plain, recordable, secrets_of, without
from provisioner.engine.model import Address, Outputs, Resource
from provisioner.engine.reconciler import Live, Reconciler, Record, Scope
from provisioner.engine.steps import Call, Steps

SCHEMA = 1
"""Of ``plan --json`` and of saved plans. Fields may be added under one number; none is renamed or removed."""


class Action(enum.Enum):
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    ADOPT = "adopt"
    RELEASE = "release"
    REVIVE = "revive"
    DELETE = "delete"
    KEEP = "keep"


class Why(enum.Enum):
    """Why a change has its action. The value is the words for it; ``{}`` stands for the detail."""

    DECLARED = "as declared"
    NEW = "new"
    LOST = "recorded, and gone from AWS"
    GONE = "gone from AWS"
    LEAVING = "on its way out in AWS"
    EDITED = "{} declared otherwise"
    DRIFTED = "{} changed in AWS"
    FOLLOWS = "{}: follows what is made anew"
    FIXED = "{} cannot be changed in place"
    IMPLICIT = "made implicitly, by its first user"
    STRANGER = "exists, and is not ours"
    CLAIMED = "exists, and is not ours: {}"
    BELONGS = "it would belong to {}, which is not ours"
    NOT_OURS = "not ours: left alone"
    HELD = "{}"
    RETAINED = "retained"
    MARKED = "no longer declared, and kept, for it was declared as one to retain"
    RELEASED = "stays, and is not ours any more"
    ADDED = "added by us, and goes"
    HANDED_OVER = "stays with all that was added to it, and is not ours any more"
    SPARED = "left as it is: {}"
    OBSTRUCTED = "stays: {}"
    NEEDED = "stays, for what stands on it stays"
    UNDECLARED = "no longer declared"
    ORPHAN = "bears our tag, and is neither declared nor on record: {}"
    TEARDOWN = "teardown"


UNSAID = frozenset({Why.DECLARED, Why.RETAINED})
"""Why a thing is kept without a word about it: somebody asked for just that."""


class Origin(enum.Enum):
    """Why there is a difference: you changed the configuration, or somebody changed AWS."""

    CONFIG = "config"
    DRIFT = "drift"


class Way(enum.Enum):
    """What a person can do about a refusal. How that is said depends on where: the engine knows no command line."""

    ADOPT = enum.auto()
    """Agree to take over what is somebody else's."""
    OTHER_STACK = enum.auto()
    """Choose another name here, or have the other stack let go of it."""
    LOSE = enum.auto()
    """Agree to the loss of what it holds."""
    REMOVE = enum.auto()
    """Agree to remove so much at once."""
    UNPROTECT = enum.auto()
    """Take the protection of the environment out of the file."""
    BY_HAND = enum.auto()
    """Only the words of the refusal tell."""


@dataclass(frozen=True)
class Loss:
    """What nobody can bring back after a change; of one ``field``, or of the whole thing where that is empty."""

    address: Address
    text: str
    field: str = ""
    agreed: bool = False


@dataclass(frozen=True)
class Change:
    """What happens to one resource.

    ``want`` may hold unresolved references; ``calls`` are the steps as previewed with what is known by now.
    """

    address: Address
    action: Action
    why: Why
    detail: str = ""
    """What fills the words of ``why``, for people: nothing is decided by it."""
    origin: Origin = Origin.CONFIG
    fields: tuple[FieldChange, ...] = ()
    calls: tuple[Call, ...] = ()
    want: Resource | None = None
    live: Live[Resource] | None = None
    recorded: Record | None = None
    held: Mapping[str, str] = field(default_factory=dict)
    """Attributes that stay as they are, because changing them would destroy data; and which data that is."""
    spoils: Mapping[str, str] = field(default_factory=dict)
    """Attributes whose change destroys data, which somebody has agreed to; and what is lost."""
    adopted: Mapping[str, str] | None = None
    """The tags that it bore when it was, or is, taken over by consent; ``None`` for what we made."""
    refused: Way | None = None
    """It is somebody else's, or would belong to somebody else's thing; what would have to happen first."""

    def target(self, want: Resource) -> Resource:
        """``want``, but what is held back is as AWS has it: what this change makes of the thing."""
        there = self.live.resource.values() if self.live else {}
        return replace(want, **{name: there[name] for name in self.held}) if self.held else want

    def record(self, want: Resource, outputs: Mapping[str, object]) -> Record:
        """What is to be recorded of it: what is held back stays on record as it was last applied."""
        before = self.recorded.applied if self.recorded else {}
        applied = recordable(self.target(want), before)
        applied |= {name: before[name] for name in self.held if name in before}
        needs = tuple(sorted(self.want.needs())) if self.want else ()
        return Record(self.address, outputs, applied, needs, adopted=self.adopted)

    @property
    def reason(self) -> str:
        """``why`` in words."""
        return self.why.value.format(self.detail)

    def to_json(self) -> dict[str, Plain]:
        """The change in the words of ``plan --json``."""
        return {
            "address": str(self.address),
            "kind": self.address.kind,
            "name": self.address.name,
            "action": self.action.value,
            "origin": self.origin.value,
            "reason": self.reason,
            "fields": [
                {
                    "field": change.field,
                    "before": plain(change.before),
                    "after": plain(change.after),
                    "known": change.known,
                    "secret": change.secret,
                }
                for change in self.fields
            ],
            "calls": [str(call) for call in self.calls],
            "requests": [{"call": call, "parameters": parameters} for call, parameters in self.requests()],
        }

    def requests(self) -> list[tuple[str, Plain]]:
        """Each call with its parameters, as far as they are known, as a person may see them."""
        sides = [self.want, self.live.resource if self.live else None]
        hidden = frozenset(text for side in sides if side for text in secrets_of(side))
        return [(str(call), without(plain(call.params), hidden)) for call in self.calls]


@dataclass(frozen=True)
class Estimate:
    """The least time AWS's published rates allow, and the operation that sets it."""

    seconds: float = 0.0
    limited_by: str | None = None


@dataclass(frozen=True)
class Refusal:
    """One reason not to apply a plan, and the way out of it."""

    text: str
    way: Way = Way.BY_HAND
    address: Address | None = None


@dataclass(frozen=True)
class Plan:
    """Every resource with its change, kept ones included, in the order in which they would be carried out."""

    scope: Scope
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    stale: tuple[Address, ...] = ()
    """Recorded, no longer declared and gone from AWS: only the record is left to drop."""
    losses: tuple[Loss, ...] = ()
    """The data that would be destroyed, and what is held back so that it is not."""
    refusals: tuple[Refusal, ...] = ()
    """Why this plan must not be applied as it stands."""
    stands_on: Mapping[Address, set[Address]] = field(default_factory=dict)
    """What each thing that is there stands on, and is therefore removed before."""
    estimate: Estimate = field(default_factory=Estimate)
    outputs: Outputs = field(default_factory=dict)
    """The outputs known now: of what is there, and of what follows from names."""

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that would do something."""
        return tuple(change for change in self.changes if change.action is not Action.KEEP)

    def only(self, changes: Sequence[Change]) -> Plan:
        """The plan that does no more than ``changes``."""
        return replace(self, changes=tuple(changes), stale=(), stands_on={})

    @property
    def lives(self) -> tuple[Live[Resource], ...]:
        """All that is there, as AWS has it."""
        return tuple(change.live for change in self.changes if change.live)

    @property
    def held(self) -> tuple[Change, ...]:
        """What is kept as it is although it is not as declared, or not ours."""
        return tuple(change for change in self.changes if change.action is Action.KEEP and change.why not in UNSAID)

    @property
    def summary(self) -> dict[str, int]:
        """How many resources see each action."""
        counts = Counter(change.action for change in self.changes)
        return {action.value: counts[action] for action in Action}


def steps_of(reconciler: Reconciler[Any], change: Change, want: Resource | None) -> Steps:
    """The steps of ``change``, for a preview with what is known by now, or for real when all is known.

    What has changed is compared anew, for a value that was unknown in the plan may turn out to be what is there.
    """
    live = change.live
    if change.action is Action.DELETE and live is not None:
        yield from reconciler.delete(live)
    if change.action is Action.RELEASE and live is not None:
        yield from _release(reconciler, change, live)
    if want is None or change.action is Action.KEEP:
        return
    if live is None:
        yield from reconciler.create(want)
    elif change.action is Action.REPLACE:
        yield from reconciler.delete(live)
        yield from reconciler.create(want)
    else:
        want = change.target(want)
        changed = frozenset(field.field for field in compare(want, live.resource))
        if change.action is Action.REVIVE:
            yield from reconciler.revive(want, live, changed)
        elif changed:
            yield from reconciler.update(want, live, changed)


def _release(reconciler: Reconciler[Any], change: Change, live: Live[Resource]) -> Steps:
    whole = change.why is Why.HANDED_OVER
    free = handed_over(live) if whole else released(live, change.recorded)
    if free != live.resource:
        yield from reconciler.update(free, live, frozenset({"tags"}))
