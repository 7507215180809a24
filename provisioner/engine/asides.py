"""What AWS also says of things that are there: settings that no kind compares. They are told, and change no plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provisioner.engine.compare import Plain, plain
from provisioner.engine.model import Resource
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.reconciler import Live, Reconcilers


@dataclass(frozen=True)
class Asides:
    """Everything that was said on the side, and which operations found no answer, with AWS's code."""

    said: tuple[Aside, ...] = ()
    unanswered: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Plain]:
        """The two members that every document has which tells of them."""
        return {
            "aws_also_says": [
                {"subject": item.subject, "member": item.member, "value": plain(item.value)} for item in self.said
            ],
            "not_answered": dict(self.unanswered),
        }


def in_passing(lives: Iterable[Live[Resource]]) -> Asides:
    """What the answers hold by which ``lives`` were read."""
    return Asides(tuple(_unread(lives)))


def asked_for(questions: Questions, reconcilers: Reconcilers, lives: Iterable[Live[Resource]]) -> Asides:
    """The same, and what only calls of their own can tell, which no plan makes."""
    everything = sorted(lives, key=lambda live: live.resource.address)
    said = list(_unread(everything))
    for kind, reconciler in reconcilers.items():
        if of_the_kind := [live for live in everything if live.resource.kind == kind]:
            said.extend(reconciler.asides(of_the_kind, questions))
    return Asides(tuple(said), tuple(sorted(questions.unanswered.items())))


def _unread(lives: Iterable[Live[Resource]]) -> Iterator[Aside]:
    for live in lives:
        for member, value in live.unread.items():
            yield Aside(str(live.resource.address), member, value)
