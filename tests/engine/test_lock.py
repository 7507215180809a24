"""One writer at a time, and a lock lapses when its writer is gone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from provisioner.engine.errors import LockedError, StateError
from provisioner.engine.keeping.lock import (
    BEAT_SECONDS,
    FRESH_SECONDS,
    LAPSE_SECONDS,
    Holder,
    Lock,
    hold,
    read_holder,
    unlock,
)
from provisioner.engine.keeping.store import Blob
from tests.engine.stores import LONG, DeafStore, MemoryStore

NOW = 1_700_000_000.0
HERE = Holder.here("apply", NOW)
ELSEWHERE = Holder("elsewhere", "ada", 1, "apply", NOW - 3600, NOW, "t")
QUICK = 0.002


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def take(store: MemoryStore, command: str = "plan", now: float = NOW) -> None:
    with hold(store, "lock", command, now=lambda: now):
        pass


def wait_until_lost(lock: Lock) -> None:
    """Fails after a long while."""
    begun = time.monotonic()
    while not lost(lock):
        assert time.monotonic() < begun + LONG
        time.sleep(QUICK)


def lost(lock: Lock) -> bool:
    try:
        lock.check()
    except LockedError:
        return True
    return False


def dead_process() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_lock_names_its_holder_and_goes_with_the_block(store: MemoryStore) -> None:
    with hold(store, "lock", "apply --yes", now=lambda: NOW):
        holder = read_holder(store, "lock")
        assert holder is not None
        assert (holder.command, holder.process, holder.since, holder.beat) == ("apply --yes", os.getpid(), NOW, NOW)
        assert re.search(r"^\w.*@.+, process \d+, since 2023-11-14 22:13:20 UTC: apply --yes$", str(holder))
    assert read_holder(store, "lock") is None
    assert "lock" not in store.blobs


def test_a_lock_goes_with_the_block_that_fails(store: MemoryStore) -> None:
    with pytest.raises(ZeroDivisionError), hold(store, "lock", "apply"):
        raise ZeroDivisionError
    assert "lock" not in store.blobs


def test_a_held_lock_is_refused_to_others(store: MemoryStore) -> None:
    with hold(store, "lock", "apply --yes", now=lambda: NOW):
        with pytest.raises(LockedError, match=r"process .* apply --yes") as caught:
            take(store)
        assert read_holder(store, "lock") is not None
    lapse = "It lapses at 2023-11-14 22:15:20 UTC, unless that run is heard of before."
    assert caught.value.details == ("Lock: memory:lock", lapse)
    assert "state unlock" in caught.value.remedy


def test_of_two_who_try_at_once_only_one_gets_the_lock() -> None:
    class Beaten(MemoryStore):
        def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
            self.set(name, ELSEWHERE.to_bytes())  # the other was quicker
            return super().put(name, data, over)

    store = Beaten()
    with pytest.raises(LockedError, match="ada@elsewhere"):
        take(store)
    assert store.blobs["lock"] == ELSEWHERE.to_bytes()


def test_the_lock_of_a_dead_process_of_this_machine_lapses_at_once(store: MemoryStore) -> None:
    store.set("lock", replace(HERE, process=dead_process()).to_bytes())
    take(store)


def test_the_number_of_a_dead_process_may_be_another_processes(store: MemoryStore) -> None:
    store.set("lock", replace(HERE, started="7").to_bytes())
    take(store)


@pytest.mark.parametrize("of", ["boot", "namespace", "started"])
@pytest.mark.parametrize("other", ["", "another"])
def test_a_process_that_cannot_be_seen_from_here_lapses_with_time_alone(
    store: MemoryStore, of: str, other: str
) -> None:
    """Whatever the host is called: machines and containers of one name are many."""
    if (of, other) == ("started", "another"):
        pytest.skip("that is another process")
    store.set("lock", json.dumps({**asdict(HERE), "process": dead_process(), of: other}).encode())
    with pytest.raises(LockedError):
        take(store)
    take(store, now=NOW + LAPSE_SECONDS + 1)


def test_a_process_that_has_ended_and_was_not_buried_is_dead() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    try:
        assert replace(HERE, process=child).lapsed(NOW)
    finally:
        os.waitpid(child, 0)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
def test_a_process_of_another_user_is_alive() -> None:
    assert as_stranger(lambda: not HERE.lapsed(NOW))


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
def test_a_user_without_a_name_is_shown_by_number() -> None:
    assert as_stranger(lambda: Holder.here("", 0).user == "54321")


def as_stranger(claim: Callable[[], bool]) -> bool:
    """Whether ``claim`` holds in a process of a user whom the machine does not know by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the child needs none of the test runner's threads
        child = os.fork()
    if child == 0:
        try:
            os.setuid(54321)
            for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
                os.environ.pop(name, None)
            os._exit(0 if claim() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_lock_without_a_recent_heartbeat_lapses(store: MemoryStore) -> None:
    assert not ELSEWHERE.lapsed(NOW + LAPSE_SECONDS)
    assert ELSEWHERE.lapsed(NOW + LAPSE_SECONDS + 1)
    store.set("lock", ELSEWHERE.to_bytes())
    with pytest.raises(LockedError, match="ada@elsewhere"):
        take(store)
    with hold(store, "lock", "again", now=lambda: NOW + LAPSE_SECONDS + 1):
        assert "again" in str(read_holder(store, "lock"))


def test_a_lock_of_a_later_version_is_a_lock(store: MemoryStore) -> None:
    store.set("lock", json.dumps({**asdict(ELSEWHERE), "mood": "good"}).encode())
    with pytest.raises(LockedError, match="ada@elsewhere"):
        take(store)


TORN = [b"", b"{", b"[]", b"3", b'{"host": "h"}', b"[" * 100_000]
ODD: list[dict[str, object]] = [
    {"beat": 1e300},
    {"beat": "now"},
    {"since": float("nan")},
    {"process": 0},
    {"process": -1},
    {"process": 2**40},
    {"process": True},
    {"user": ["ada"]},
]


@pytest.mark.parametrize("torn", [*TORN, *(json.dumps(asdict(ELSEWHERE) | odd).encode() for odd in ODD)])
def test_an_unreadable_lock_is_held_by_nobody(store: MemoryStore, torn: bytes) -> None:
    store.set("lock", torn)
    assert read_holder(store, "lock") is None
    take(store)


def test_the_heartbeat_is_renewed(store: MemoryStore) -> None:
    times = iter(range(100_000))
    with hold(store, "lock", "apply", now=lambda: float(next(times)), pause=QUICK) as lock:
        since = json.loads(store.blobs["lock"])["since"]
        store.wait_for(lambda: json.loads(store.blobs["lock"])["beat"] > since + 3)
        assert json.loads(store.blobs["lock"])["since"] == since
        lock.check()
    assert "lock" not in store.blobs


def test_a_holder_that_lost_the_lock_is_stopped_and_leaves_it_to_the_other(store: MemoryStore) -> None:
    with hold(store, "lock", "apply", pause=QUICK) as lock:
        assert unlock(store, "lock") is not None
        store.set("lock", ELSEWHERE.to_bytes())
        wait_until_lost(lock)
        with pytest.raises(LockedError, match="memory:lock was taken away") as caught:
            lock.check()
        assert "state unlock" in caught.value.remedy
    assert store.blobs["lock"] == ELSEWHERE.to_bytes()


def test_a_holder_whose_lock_was_removed_is_stopped(store: MemoryStore) -> None:
    with hold(store, "lock", "apply", pause=QUICK) as lock:
        unlock(store, "lock")
        wait_until_lost(lock)
    assert "lock" not in store.blobs


def test_a_store_that_fails_for_a_while_does_not_lose_the_lock(store: MemoryStore) -> None:
    times = iter(range(100_000))
    with hold(store, "lock", "apply", now=lambda: float(next(times)), pause=QUICK) as lock:
        store.failing = {"put"}
        store.wait_for(lambda: store.refused > 1)
        store.failing = {"read"}
        store.wait_for(lambda: store.refused > 3)
        store.failing = set()
        last = json.loads(store.blobs["lock"])["beat"]
        store.wait_for(lambda: json.loads(store.blobs["lock"])["beat"] > last)
        lock.check()


def test_a_lost_answer_to_a_heartbeat_does_not_lose_the_lock() -> None:
    deaf = DeafStore()
    times = iter(range(100_000))
    with hold(deaf, "lock", "apply", now=lambda: float(next(times)), pause=QUICK) as lock:
        deaf.wait_for(lambda: json.loads(deaf.blobs["lock"])["beat"] > 5)
        lock.check()
    assert "lock" not in deaf.blobs


class Overtaken(MemoryStore):
    """A beat takes its time, and who reads meanwhile sees what was before it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.ended = threading.Event(), threading.Event()

    def read(self, name: str) -> Blob | None:
        there = super().read(name)
        if self.begun.is_set() and threading.current_thread() is threading.main_thread():
            assert self.ended.wait(LONG)
        return there

    def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
        if threading.current_thread() is threading.main_thread():
            return super().put(name, data, over)
        self.begun.set()
        time.sleep(0.02)
        done = super().put(name, data, over)
        self.ended.set()
        return done


def test_a_heartbeat_under_way_does_not_leave_the_lock_behind() -> None:
    slow = Overtaken()
    with hold(slow, "lock", "apply", pause=QUICK):
        assert slow.begun.wait(LONG)
    assert "lock" not in slow.blobs


def test_the_heartbeat_does_not_keep_the_process_alive(store: MemoryStore) -> None:
    with hold(store, "lock", "apply"):
        beating = [thread for thread in threading.enumerate() if thread.name == "state-lock"]
        assert [thread.daemon for thread in beating] == [True]


class Clock:
    """Time passes while one sleeps."""

    def __init__(self, wake: Callable[[float], object] = lambda _: None) -> None:
        self.time, self.wake = NOW, wake

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.wake(self.time)


def test_a_lock_is_waited_for_until_it_is_given_back(store: MemoryStore) -> None:
    store.set("lock", ELSEWHERE.to_bytes())
    clock = Clock(lambda time: store.drop("lock") if time > NOW + 5 else None)
    with hold(store, "lock", "apply", patience=60, now=clock.now, sleep=clock.sleep):
        assert NOW + 5 < clock.time < NOW + 10


def test_a_lock_is_waited_for_until_it_lapses(store: MemoryStore) -> None:
    store.set("lock", ELSEWHERE.to_bytes())
    clock = Clock()
    with hold(store, "lock", "apply", patience=1000, now=clock.now, sleep=clock.sleep):
        assert LAPSE_SECONDS < clock.time - NOW < LAPSE_SECONDS + 5


def test_no_longer_than_one_is_willing_to(store: MemoryStore) -> None:
    store.set("lock", ELSEWHERE.to_bytes())
    clock = Clock()
    waiting = hold(store, "lock", "apply", patience=7.5, advice="; or wait", now=clock.now, sleep=clock.sleep)
    with pytest.raises(LockedError) as caught, waiting:
        pass
    assert clock.time == NOW + 7.5
    assert caught.value.remedy.startswith("Wait for it to end; or wait. If")


def test_who_was_paused_looks_at_the_lock_before_anything_else(store: MemoryStore) -> None:
    clock = Clock()
    with hold(store, "lock", "apply", now=clock.now, pause=3600) as lock:
        store.set("lock", ELSEWHERE.to_bytes())
        lock.check()  # a moment ago it was ours
        clock.time += FRESH_SECONDS
        with pytest.raises(LockedError, match="memory:lock was taken away"):
            lock.check()
    assert store.blobs["lock"] == ELSEWHERE.to_bytes()


def test_a_clock_that_was_set_back_proves_nothing(store: MemoryStore) -> None:
    clock = Clock()
    with hold(store, "lock", "apply", now=clock.now, pause=3600) as lock:
        store.set("lock", ELSEWHERE.to_bytes())
        clock.time -= 3600
        with pytest.raises(LockedError):
            lock.check()


def test_who_cannot_look_goes_on_until_the_lock_may_have_lapsed(store: MemoryStore) -> None:
    clock = Clock()
    with hold(store, "lock", "apply", now=clock.now, pause=3600) as lock:
        store.failing = {"read"}
        clock.time += LAPSE_SECONDS - BEAT_SECONDS - 1
        lock.check()
        clock.time += 1
        with pytest.raises(StateError):
            lock.check()
        store.failing = set()
        lock.check()


def test_unlock_returns_the_former_holder(store: MemoryStore) -> None:
    store.set("lock", ELSEWHERE.to_bytes())
    assert unlock(store, "lock") == ELSEWHERE
    assert "lock" not in store.blobs
    assert unlock(store, "lock") is None
