"""One mutant, one forked process: the tests run in it as in any other, only that one module is not what it was.

pytest and the libraries are imported once, before the first fork; the product and its tests anew in each.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import CodeType, ModuleType

import filelock  # noqa: F401  (imported before the forks, so that none of them has to)
import pytest

from tests.mutation.mutants import Mutant

SURVIVED, CAUGHT, HUNG = "survived", "caught", "hung"


@dataclass(frozen=True)
class Suite:
    """The tests of one package: first those named after a module, for most of its mutants end there."""

    package: str
    folder: Path
    scratch: Path
    """Where tests may leave files; whoever made it removes it, for a process that hangs does not."""

    def stages(self, module: str) -> list[list[str]]:
        """The files named after ``module``, then the others: a file that is not reached need not even be read."""
        named = f"test_{module.rpartition('.')[2]}"
        paths = sorted(self.folder.glob("test_*.py"))
        first = [str(path) for path in paths if path.stem.startswith(named)]
        return [stage for stage in (first, [str(path) for path in paths if str(path) not in first]) if stage]


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another code."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name = name
        self._code = code

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def seconds_of(suite: Suite) -> float:
    """How long the tests take as things are; ``SystemExit`` where they fail already."""
    begun = time.monotonic()
    process = _start(suite, "", None)
    process.join()
    if process.exitcode:
        sys.exit(f"{suite.folder}: the tests fail before anything is mutated")
    return time.monotonic() - begun


def fates(suite: Suite, mutants: Sequence[Mutant], workers: int, limit: float) -> Iterator[tuple[Mutant, str]]:
    """What became of each mutant, as it is known; one that is not caught in ``limit`` seconds hangs, and is killed."""
    gc.freeze()
    waiting = list(reversed(mutants))
    running: dict[int, tuple[ForkProcess, Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            mutant = waiting.pop()
            process = _start(suite, mutant.module, mutant.compiled())
            running[process.sentinel] = process, mutant, time.monotonic() + limit
        soonest = min(deadline for _, _, deadline in running.values())
        wait(list(running), timeout=max(0.0, soonest - time.monotonic()))
        for sentinel, (process, mutant, deadline) in list(running.items()):
            hung = process.is_alive() and time.monotonic() >= deadline
            if hung:
                process.kill()
            if hung or not process.is_alive():
                process.join()
                del running[sentinel]
                yield mutant, HUNG if hung else CAUGHT if process.exitcode else SURVIVED


def _start(suite: Suite, module: str, code: CodeType | None) -> ForkProcess:
    process = multiprocessing.get_context("fork").Process(target=_run, args=(suite, module, code))
    process.start()
    return process


def _run(suite: Suite, module: str, code: CodeType | None) -> None:
    """The whole life of a forked process; it ends without waiting for threads that a mutant may have left."""
    if code is not None:
        sys.meta_path.insert(0, _Instead(f"{suite.package}.{module}", code))
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    quiet = [
        "-x",
        "-q",
        "--tb=no",
        "--no-header",
        "-p",
        "no:cacheprovider",
        f"--basetemp={suite.scratch}/{os.getpid()}",
    ]
    failed = 1
    try:
        failed = next((ended for stage in suite.stages(module) if (ended := pytest.main([*quiet, *stage]))), 0)
    finally:
        os._exit(failed)
