"""Everything the emulator remembers, its one clock, and the one lock around it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import SimpleNamespace
from typing import Self, TypeVar

from moto.core import utils as moto_utils
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from provisioner.emulator.core.place import Place

M = TypeVar("M", bound="Memory")
T = TypeVar("T")

_TEN_YEARS = 3653 * 86_400


class Memory:
    """What the emulator remembers of one kind of thing at one place."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def tags_by_arn(self) -> Mapping[str, Mapping[str, str]]:
        """The tags of what GetResources shows, by ARN: nothing, unless a kind says otherwise."""
        return {}


@dataclass
class EmulatedWorld:
    """The state of the emulated AWS.

    ``lock`` is held while a call takes effect: neither moto's models nor ours are made for concurrent changes.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    _settings: dict[type, object] = field(default_factory=dict)
    _memories: dict[tuple[type[Memory], Place], Memory] = field(default_factory=dict)
    _ahead: float = 0.0

    def __post_init__(self) -> None:
        _set_clock_of_moto(self.now)

    def now(self) -> float:
        """The one time of the emulated AWS, in epoch seconds: the machine's, and what it was advanced by."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass, by ten years at most. Raises ValueError for any other number, TypeError for no number."""
        if not 0 < seconds <= _TEN_YEARS:
            raise ValueError(f"time runs forwards, by ten years at most, and not by {seconds} seconds")
        self._ahead += seconds

    def settings(self, kind: type[T]) -> T:
        """The switches of a service or of the door, a dataclass of theirs: off until the control API sets them."""
        found = self._settings.setdefault(kind, kind())
        assert isinstance(found, kind)
        return found

    def store(self, kind: type[M], place: Place) -> M:
        """The one memory of this kind for a place, made on first use."""
        found = self._memories.get((kind, place))
        if found is None:
            found = self._memories[kind, place] = kind(place)
        assert isinstance(found, kind)
        return found

    def stores(self, kind: type[M]) -> list[M]:
        """The memories of this kind, of all places."""
        return [found for found in self._memories.values() if isinstance(found, kind)]

    def tags_at(self, place: Place) -> dict[str, Mapping[str, str]]:
        """The tags of everything at a place that bears some and that GetResources knows, by its ARN."""
        found = [memory.tags_by_arn() for (_, where), memory in self._memories.items() if where == place]
        return {arn: tags for memory in found for arn, tags in memory.items() if tags}

    def forget(self) -> None:
        """Return to the state of a fresh account, every switch off."""
        with self.lock:
            self._memories.clear()
            self._ahead = 0.0
            self._settings.clear()
            BackendDict.reset()
            reset_model_data()


def _set_clock_of_moto(now: Callable[[], float]) -> None:
    """Let moto tell our time, for what we leave to it: messages and when they are visible, log streams, roles, keys.

    moto's models ask one function for the time, ``moto.core.utils.utcnow``, which asks the ``datetime`` of its module.
    moto has no other way to be told the time; and to copy each of its stamps into a model of ours would not reach those
    that only moto reads, such as the end of a message's visibility timeout.
    """

    class MotoDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now(), tz)

    vars(moto_utils)["datetime"] = SimpleNamespace(datetime=MotoDatetime)
