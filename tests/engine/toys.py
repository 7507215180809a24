"""A cloud in dictionaries, and its three kinds.

A box has tags and a name of its own, and its material cannot be changed. A lid belongs to a box and has no tags; two at
most are removed at a time. A note has neither tags nor a name that only one can have: the cloud draws its id.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from provisioner.engine.errors import AwsError
from provisioner.engine.model import Address, Output, Parent, Resource, Value, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Reconcilers, Scope, Sought
from provisioner.engine.steps import Call, Remember, Step, Steps

T = TypeVar("T")
U = TypeVar("U")

SCOPE = Scope("shop", "dev", "123456789012", "us-east-1")


@dataclass
class Cloud:
    """The world that kinds read, and the calls that change it. Tests may put things into its dictionaries by hand."""

    scope: Scope = SCOPE
    boxes: dict[str, dict[str, Any]] = field(default_factory=dict)
    lids: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    index: dict[str, dict[str, str]] | None = None
    """What the listing by tags answers, if it is not up to date."""
    boxes_take_lids: bool = False
    """A box is removed with its lids, instead of not at all."""
    left_behind: set[str] = field(default_factory=set)
    """Names of lids that do not go with their box, although they should."""
    asked: list[str] = field(default_factory=list)
    performed: list[Step] = field(default_factory=list)
    _drawn: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, service: str, operation: str, **params: Any) -> Any:
        raise NotImplementedError

    def find(self, service: str, operation: str, **params: Any) -> Any | None:
        self.asked.append(operation)
        return dict(self.boxes[params["name"]]["tags"])

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        self.asked.append(operation)
        things: Mapping[Any, dict[str, Any]] = getattr(self, key)
        return [dict(thing) for thing in things.values()]

    def each(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        return [function(item) for item in items]

    def tagged(self) -> dict[str, dict[str, str]]:
        self.asked.append("GetResources")
        if self.index is not None:
            return self.index
        stack = self.scope.stack
        there = {arn_of(name): box["tags"] for name, box in self.boxes.items()}
        return {arn: dict(tags) for arn, tags in there.items() if tags.get("provisioner:stack") == stack}

    def eventually(self, find: Callable[[], T | None]) -> T | None:
        return find()

    def quota(self, service: str, code: str, default: float) -> float:
        return default

    def perform(self, step: Step) -> Any:
        """Carry out ``step`` and return the answer."""
        self.performed.append(step)
        return getattr(self, step.operation)(**step.params) if isinstance(step, Call) else None

    @property
    def made(self) -> list[Call]:
        """The changing calls in the order in which they were made."""
        return [step for step in self.performed if isinstance(step, Call)]

    @property
    def calls(self) -> list[str]:
        """Their names."""
        return [call.operation for call in self.made]

    def PutBox(self, name: str, **values: Any) -> None:
        before = self.boxes.get(name, {"made": self._draw()})
        self.boxes[name] = {"tags": {}, **before, "name": name, **values}

    def DeleteBox(self, name: str) -> None:
        if self.boxes_take_lids:
            self.DeleteLids([key for key in self.lids if key[0] == arn_of(name) and key[1] not in self.left_behind])
        elif any(box == arn_of(name) for box, _ in self.lids):
            raise AwsError("toy", "DeleteBox", "NotEmpty", f"{name} has a lid")
        self.boxes.pop(name, None)

    def PutLid(self, box: str, name: str, **values: Any) -> None:
        if box not in map(arn_of, self.boxes):
            raise AwsError("toy", "PutLid", "NoSuchBox", box)
        self.lids[box, name] = {"box": box, "name": name, **values}

    def DeleteLids(self, lids: Sequence[tuple[str, str]]) -> None:
        for key in lids:
            self.lids.pop(key, None)

    def CreateNote(self, title: str, **values: Any) -> dict[str, str]:
        note = f"n-{self._draw()}"
        self.notes[note] = {"id": note, "title": title, **values}
        return {"id": note}

    def UpdateNote(self, id: str, **values: Any) -> None:  # noqa: A002  (the cloud's own word)
        self.notes[id].update(values)

    def DeleteNote(self, id: str) -> None:  # noqa: A002  (as above)
        self.notes.pop(id, None)

    def _draw(self) -> int:
        return next(iter(self._drawn))


def arn_of(name: str) -> str:
    return f"arn:toy:box/{name}"


@dataclass(frozen=True, kw_only=True)
class Box(Resource):
    kind: ClassVar[str] = "box"
    identity: ClassVar[tuple[str, ...]] = ("made",)
    stands_on: ClassVar[tuple[str, ...]] = ("label",)
    arn = Output()
    size: int = attr(1)
    label: Value[str] = attr("")
    material: Value[str] = attr("wood", immutable=True)
    tags: dict[str, str] = attr({})


class BoxReconciler(Reconciler[Box]):
    resource = Box
    service = "toy"

    def read(self, sought: Sequence[Sought[Box]], memo: Memo) -> dict[Address, Live[Box]]:
        boxes = {box["name"]: box for box in self.world.pages("toy", "ListBoxes", "boxes")}
        there = [item for item in sought if item.address.name in boxes]
        return {item.address: self._live(boxes[item.address.name], item, memo) for item in there}

    def _live(self, box: dict[str, Any], item: Sought[Box], memo: Memo) -> Live[Box]:
        name, arn = box["name"], arn_of(box["name"])
        shown = {key: box[key] for key in ("size", "label", "material") if key in box}
        tags = memo.tags(arn, item, lambda: self.world.find("toy", "ListTags", name=name) or {})
        outputs = {"arn": arn, "made": box["made"]}
        return Live(
            Box(name=name, tags=tags, **shown), outputs, gone=box.get("going", False), notes=box.get("notes", ())
        )

    def create(self, want: Box) -> Steps:
        yield self.call("PutBox", name=want.name, **want.values())

    def delete(self, live: Live[Box]) -> Steps:
        yield self.call("DeleteBox", name=live.resource.name)

    def name_of(self, arn: str) -> str | None:
        return arn.removeprefix(arn_of("")) if arn.startswith(arn_of("")) else None

    def predict(self, want: Box) -> dict[str, Any]:
        return {"arn": arn_of(want.name)}


LID_OF_BOX = Parent("box", "box", "arn", lambda arn: arn.rpartition("/")[2])


@dataclass(frozen=True, kw_only=True)
class Lid(Resource):
    kind: ClassVar[str] = "lid"
    parent: ClassVar[Parent | None] = LID_OF_BOX
    box: Value[str] = attr(immutable=True)
    colour: str = attr("grey", normal=str.lower)


class LidReconciler(Reconciler[Lid]):
    resource = Lid
    service = "toy"
    delete_batch = 2

    def read(self, sought: Sequence[Sought[Lid]], memo: Memo) -> dict[Address, Live[Lid]]:
        found = {}
        for lid in self.world.pages("toy", "ListLids", "lids"):
            address = Address("lid", lid["name"])
            if address in [item.address for item in sought]:
                found[address] = Live(self.resource(**lid))
            else:
                memo.foreign(
                    "lid", Address("box", lid["box"].rpartition("/")[2]), lid["name"], hears=lid.get("hears", False)
                )
        return found

    def create(self, want: Lid) -> Steps:
        yield self.call("PutLid", box=want.box, name=want.name, colour=want.colour)

    def delete(self, live: Live[Lid]) -> Steps:
        return self.delete_many([live])

    def delete_many(self, lives: Sequence[Live[Lid]]) -> Steps:
        yield self.call("DeleteLids", lids=[(live.resource.box, live.resource.name) for live in lives])

    def serial(self, want: Lid) -> str | None:
        return f"box {want.box}"


@dataclass(frozen=True, kw_only=True)
class LooseLid(Lid):
    """A lid that goes with its box, where boxes take their lids along."""

    parent: ClassVar[Parent | None] = replace(LID_OF_BOX, goes_along=True)


class LooseLidReconciler(LidReconciler):
    resource = LooseLid


@dataclass(frozen=True, kw_only=True)
class Note(Resource):
    kind: ClassVar[str] = "note"
    identity: ClassVar[tuple[str, ...]] = ("id",)
    id = Output()
    text: Value[str] = attr("")
    pin: str = attr("", conceal=lambda pin: "****" if pin else pin)


class NoteReconciler(Reconciler[Note]):
    resource = Note
    service = "toy"
    once = frozenset({"CreateNote"})

    def read(self, sought: Sequence[Sought[Note]], memo: Memo) -> dict[Address, Live[Note]]:
        notes = {note["id"]: note for note in self.world.pages("toy", "ListNotes", "notes")}
        titled = {note["title"]: note for note in notes.values()}
        found = {}
        for item in sought:
            recorded = item.record.outputs.get("id") if item.record else None
            if note := notes.get(recorded) or titled.get(item.address.name):
                resource = Note(name=item.address.name, text=note["text"], pin=note["pin"])
                found[item.address] = Live(resource, {"id": note["id"]})
        return found

    def effect(self, call: Call) -> Callable[[], Any] | None:
        return partial(self._titled, call.params["title"]) if call.operation == "CreateNote" else None

    def _titled(self, title: str) -> dict[str, Any] | None:
        notes = self.world.pages("toy", "ListNotes", "notes")
        return next((note for note in notes if note["title"] == title), None)

    def create(self, want: Note) -> Steps:
        note = yield self.call("CreateNote", title=want.name, text=want.text, pin=want.pin)
        yield Remember({"id": note["id"]})

    def update(self, want: Note, live: Live[Note], changed: frozenset[str]) -> Steps:
        yield self.call("UpdateNote", id=live.outputs["id"], **{name: getattr(want, name) for name in sorted(changed)})

    def delete(self, live: Live[Note]) -> Steps:
        yield self.call("DeleteNote", id=live.outputs["id"])


KINDS: tuple[type[Reconciler[Any]], ...] = (BoxReconciler, LidReconciler, NoteReconciler)


def reconcilers(cloud: Cloud, kinds: Iterable[type[Reconciler[Any]]] = KINDS) -> Reconcilers:
    """Kind -> its reconciler; one of ``kinds`` may stand in for another of the same kind."""
    return Reconcilers({kind.resource.kind: kind(cloud) for kind in kinds})
