"""Death before or after a given event: a changing call, or a write to where the state is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from provisioner.engine.keeping.store import Blob, Store
from provisioner.engine.steps import Call, Step
from tests.resources.driver import Doing, Stopped

T = TypeVar("T")

BEFORE, AFTER, WITHIN = "before", "after", "within"
"""Within a line of the journal: half of it is on the disk."""


@dataclass
class Fate:
    """Of one process, which dies at event ``number`` (from 1), or of old age."""

    number: int = 0
    when: str = BEFORE
    events: list[str] = field(default_factory=list)
    """All that came until then."""
    dead: bool = False
    _flying: int = 0
    _guard: threading.Condition = field(default_factory=threading.Condition)

    def meet(self, event: str, doing: Callable[[], T], half: Callable[[], object] = lambda: None) -> T:
        """``doing``, unless the process is dead by then; who is dead hears no answer."""
        with self._guard:
            self.check()
            self.events.append(event)
            mine = len(self.events) == self.number
            if mine and self.when != AFTER:
                self.dead = True
                if self.when == WITHIN:
                    half()
                raise Stopped(event)
            self._flying += 1
        try:
            return doing()
        finally:
            with self._guard:
                self.dead |= mine
                self._flying -= 1
                self._guard.notify_all()
                self.check()

    def check(self) -> None:
        """The dead do nothing any more."""
        if self.dead:
            raise Stopped("dead")

    def wait_until_quiet(self) -> None:
        """What was on its way when the process died still takes effect."""
        with self._guard:
            assert self._guard.wait_for(lambda: not self._flying, timeout=30)

    def wrap(self, perform: Doing) -> Doing:
        """``perform``, each call of it an event."""

        def performed(step: Step) -> Any:
            return self.meet(str(step), lambda: perform(step)) if isinstance(step, Call) else perform(step)

        return performed


class MortalStore:
    """A store whose every write is an event of the process that has it."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store = store
        self._fate = fate
        self.appends = store.appends

    def where(self, name: str) -> str:
        return self._store.where(name)

    def concerns(self) -> Iterable[str]:
        return self._store.concerns()

    def read(self, name: str) -> Blob | None:
        self._fate.check()
        return self._store.read(name)

    def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
        return self._fate.meet(f"put {name}", lambda: self._store.put(name, data, over))

    def remove(self, name: str, what: Blob) -> bool:
        return self._fate.meet(f"remove {name}", lambda: self._store.remove(name, what))

    def append(self, name: str, line: bytes, beside: str, fence: Blob | None) -> bool:
        def add(data: bytes) -> bool:
            return self._store.append(name, data, beside, fence)

        return self._fate.meet(f"append {name}", lambda: add(line), lambda: add(line[: len(line) // 2]))
