"""What becomes of each member of AWS's answers, so that nothing that is set there goes unseen.

A kind declares, beside its ``read``, which members it uses and which are of no matter. Whatever else an answer holds is
shown to a person as AWS spells it: a setting that AWS gets after this was written is then not compared, but told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Members:
    """The members of ``shape``, a structure or a map of attributes in botocore's model of ``service``.

    ``read`` names those that become an attribute, an output, a fact or a note; ``idle`` those of no matter: ids, times,
    counters, states, and what follows from others. Names stand between spaces. One within another has a dot,
    ``VpcConfig.SubnetIds``; a name alone stands for all that is within. ``usual`` has the values that AWS fills in
    where nobody asked for anything.
    """

    service: str
    shape: str
    read: str
    idle: str = ""
    usual: Mapping[str, object] = field(default_factory=dict)

    def unread(self, answer: Mapping[str, object]) -> dict[str, object]:
        """What ``answer`` says that nobody looks at: its members that are neither declared, nor empty, nor usual."""
        return dict(self._unread(answer, ""))

    @cached_property
    def declared(self) -> frozenset[str]:
        """Every member that is named."""
        return frozenset((*self.read.split(), *self.idle.split()))

    @cached_property
    def _named_in_part(self) -> frozenset[str]:
        paths = [name.split(".") for name in self.declared]
        return frozenset(".".join(path[:depth]) for path in paths for depth in range(1, len(path)))

    def _unread(self, answer: Mapping[str, object], within: str) -> Iterator[tuple[str, object]]:
        for member, value in answer.items():
            name = f"{within}{member}"
            if name in self.declared or name == _OF_THE_SDK or self._is_nothing(name, value):
                continue
            if name in self._named_in_part:
                for item in value if isinstance(value, list) else [value]:
                    yield from self._unread(item, f"{name}.") if isinstance(item, Mapping) else ()
            else:
                yield name, value

    def _is_nothing(self, name: str, value: object) -> bool:
        """Whether it is as if nobody had asked for anything. Where something is usual, nothing else is nothing."""
        return value in (None, self.usual[name]) if name in self.usual else not _says_something(value)


_OF_THE_SDK = "ResponseMetadata"
"""What boto3 itself adds to each answer."""


def _says_something(value: object) -> bool:
    """Whether ``value`` is neither empty, nor off, nor made of such."""
    if isinstance(value, Mapping):
        return any(map(_says_something, value.values()))
    return value not in (None, "", False, 0, [])
