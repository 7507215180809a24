"""Texts with ``*`` in them, as in ``{ $.eventName = "Delete*" }`` and ``[ip, request = *.html*, ...]``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from provisioner.patterns.numbers import Scalar


@dataclass(frozen=True)
class Wildcard:
    """A text in which every ``*`` stands for any characters, or none; without one, the text itself.

    "Use the asterisk as a wild card to match text" (AWS, Filter pattern syntax). See :attr:`inner` for the one place
    where AWS's editions disagree.
    """

    source: str

    @cached_property
    def _segments(self) -> tuple[str, ...]:
        return tuple(self.source.split("*"))

    @property
    def inner(self) -> bool:
        """Whether a ``*`` stands between other characters.

        Older editions say that such a ``*`` is literal ("Ev*ent will only match the actual string Ev*ent"); newer ones
        drop the sentence. TestMetricFilter was seen to treat it as a wildcard that takes the first place where the rest
        could continue and no other: ``111*111`` does not match ``111.111.111``, and by the same rule ``*111.111.111``
        does not match ``111.111.111.111``. :meth:`matches` is a complete wildcard, as the guide describes it.
        """
        return "*" in self.source.strip("*")

    def matches(self, text: str) -> bool:
        """Linear in ``text``: the first place for every segment will do, as ``*`` covers whatever lies between."""
        head, *middle = self._segments
        if not middle:
            return text == head
        tail = middle.pop()
        position, end = len(head), len(text) - len(tail)
        if position > end or not (text.startswith(head) and text.endswith(tail)):
            return False
        for segment in middle:
            position = text.find(segment, position, end)
            if position < 0:
                return False
            position += len(segment)
        return True

    def equals(self, scalar: Scalar) -> bool:
        return self.matches(scalar.text)
