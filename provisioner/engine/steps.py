"""What a kind asks for: a closed set of three steps, yielded and never performed by the kind itself.

    Call(service, operation, params)    one mutating API call; the answer is sent back into the generator
    Wait(service, waiter, params)       one of botocore's waiters
    Remember(values)                    ids that no name leads to; recorded on disk before the next step

:func:`preview` lists the steps of a generator without performing any; :func:`drive` performs them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from provisioner.engine.model import Address, Ref


@dataclass(frozen=True)
class Call:
    """One mutating API call in AWS's own words: ``Call("logs", "PutRetentionPolicy", {...})``."""

    service: str
    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False
    """A second call would make a second thing: where no answer came, what the first has made is looked for."""
    effect: Callable[[], Any] | None = field(default=None, compare=False, repr=False)
    """Looks whether an earlier try took effect: AWS's answer if so, else ``None``."""

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class Wait:
    """Wait until botocore's waiter ``waiter`` is satisfied."""

    service: str
    waiter: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Remember:
    """Outputs that are known only now. They are on disk before the next step."""

    values: Mapping[str, Any]


Step: TypeAlias = Call | Wait | Remember
Steps: TypeAlias = Generator[Step, Any, None]


@dataclass
class Tries:
    """How often a step has been tried before, and what came of it."""

    count: int = 0
    since: dict[float, float] = field(default_factory=dict)
    """For how many seconds such a failure is worth trying again -> when the first of them came (``time.monotonic``)."""
    unheard: bool = False
    """One of them may have had its effect, for all that its answer says."""


@dataclass(frozen=True)
class Again:
    """In place of an answer: the step is worth another try, ``seconds`` from now."""

    seconds: float
    why: str


Performer: TypeAlias = Callable[[Step, Tries], object]
"""Tries once to make a step real. Returns AWS's answer, or :class:`Again`; never sleeps for long."""


class Pace(Protocol):
    """How fast steps may be made. Those of one line take turns; lines are independent of each other.

    ``now`` is in seconds of any clock that only goes forward, always the same one.
    """

    def line(self, step: Step) -> str:
        """The line in which ``step`` waits."""

    def turn(self, line: str, now: float) -> float:
        """Take the next turn in ``line``, and say how many seconds from ``now`` it comes."""

    def interval(self, line: str) -> float:
        """Seconds between two turns in ``line``, when many wait."""


def preview(steps: Steps, address: Address) -> list[Call]:
    """The calls that ``steps`` would make, with references in place of what only AWS's answers would give."""
    calls: list[Call] = []

    def note(step: Step) -> object:
        if isinstance(step, Call):
            calls.append(step)
            return Ref(address, step.operation)
        return None

    drive(steps, note)
    return calls


def drive(steps: Steps, perform: Callable[[Step], object]) -> None:
    """Perform ``steps`` one after another, each answer sent back to the generator that asked."""
    try:
        step = next(steps)
    except StopIteration:
        return
    while True:
        answer = perform(step)
        try:
            step = steps.send(answer)
        except StopIteration:
            return
