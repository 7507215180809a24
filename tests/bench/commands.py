"""Commands as whole processes, against an embedded AWS that keeps to AWS's rates."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from provisioner.aws.rates import Rates, published
from provisioner.emulator.door.control import RecordedCall
from provisioner.emulator.door.services import SERVICES

ROOT = Path(__file__).parent.parent.parent
MORE = """
[functions.more-{0:04}]
[composites.more-{0:04}]
rule = "more-{0:04}.errors AND more-{0:04}.latency"
"""
CHANGED = "\n[functions.more-0000.alarms.errors]\nthreshold = 7\n"


@dataclass(frozen=True)
class Measurement:
    """One command with ``services`` more than the sample has.

    ``bound`` is the least number of seconds that its calls take at AWS's published rates, ``promised`` what the plan
    said beforehand. ``processor`` and ``megabytes`` (its greatest extent) are those of the process and its children.
    """

    command: str
    services: int
    calls: int
    writes: int
    seconds: float
    bound: float
    promised: float | None
    processor: float
    megabytes: int
    written: float
    """Megabytes that reached a disk."""

    def __str__(self) -> str:
        promised = f", promised {self.promised:.0f}" if self.promised is not None else ""
        return (
            f"+{self.services:<5}{self.command:<22}{self.calls:>6} calls {self.writes:>6} write"
            f"{self.seconds:>9.2f} s (least {self.bound:.1f}{promised}){self.processor:>8.1f} s of processor"
            f"{self.megabytes:>6} MB{self.written:>8.1f} MB written"
        )


def measure(services: int, runs: int, *, latency: float, throttled: bool) -> Iterator[Measurement]:
    """What each command costs, from an empty account to an empty account; the plan is the median of ``runs``."""
    with TemporaryDirectory(prefix="bench-") as folder, embedded_aws(Path(folder), latency, throttled) as environ:
        bench = _Bench(Path(folder), environ, services)
        yield bench.measured("validate", "validate")
        yield bench.measured("create", "apply", "--yes")
        plans = [bench.measured("nothing to do", "plan") for _ in range(runs)]
        median = statistics.median(plan.seconds for plan in plans)
        processor = statistics.median(plan.processor for plan in plans)
        yield replace(plans[0], seconds=median, processor=processor)
        if services:
            bench.add(CHANGED)
            yield bench.measured("one changed threshold", "apply", "--yes")
        yield bench.measured("teardown", "teardown", "--yes")


class _Bench:
    def __init__(self, folder: Path, environ: Mapping[str, str], services: int) -> None:
        self._file = folder / "platform.toml"
        self._file.write_text((ROOT / "platform.toml").read_text() + "".join(map(MORE.format, range(services))))
        for beside in ("lambdas", "samples"):
            shutil.copytree(ROOT / beside, folder / beside, ignore=shutil.ignore_patterns("__pycache__"))
        if (ROOT / ".build").exists():
            shutil.copytree(ROOT / ".build", folder / ".build")
        self._environ = environ
        self._services = services

    def add(self, text: str) -> None:
        with self._file.open("a") as file:
            file.write(text)

    def measured(self, name: str, *command: str) -> Measurement:
        _control(self._environ, "DELETE", "calls")
        words = [sys.executable, "-m", "provisioner", *command, "--config", str(self._file)]
        begun = time.perf_counter()
        process = subprocess.Popen(
            words,
            env=self._environ,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        if status:
            sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}\n{said}")
        calls = _control(self._environ, "GET", "calls")
        promise = re.search(r"at least ([\d.]+) s", said)
        return Measurement(
            name,
            self._services,
            len(calls),
            sum(call["write"] for call in calls),
            round(seconds, 2),
            round(least_seconds(calls), 1),
            float(promise[1]) if promise else None,
            round(usage.ru_utime + usage.ru_stime, 2),
            usage.ru_maxrss // 1024,
            round(usage.ru_oublock * 512 / 1e6, 1),
        )


def least_seconds(calls: list[RecordedCall]) -> float:
    """How long ``calls`` take at AWS's published rates if nothing else holds them up."""
    rates = Rates(factor=1)
    counts = Counter(f"{call['service']}:{call['operation']}" for call in calls)
    return max((count * rates.interval(operation) for operation, count in counts.items()), default=0.0)


@contextmanager
def embedded_aws(folder: Path, latency: float, throttled: bool) -> Iterator[dict[str, str]]:
    """The environment in which the SDK finds an embedded AWS of its own."""
    log = (folder / "emulator").open("w")
    words = [sys.executable, "-m", "provisioner", "emulator", "--port", "0"]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        exports = {}
        while "AWS_DEFAULT_REGION" not in exports:
            if not (line := process.stdout.readline()):
                sys.exit((folder / "emulator").read_text())
            name, _, value = line.removeprefix("export ").strip().partition("=")
            exports[name] = value.strip("'\"")
        left = {name: value for name, value in os.environ.items() if name not in ("AWS_PROFILE", "AWS_SESSION_TOKEN")}
        environ = {**left, **exports}
        if throttled:
            _control(environ, "POST", "settings", rates={name: rate.tps for name, rate in published().items()})
        for service in SERVICES if latency else ():
            _control(environ, "POST", "faults", service=service, delay_seconds=latency, times=None)
        yield environ
    finally:
        process.terminate()
        process.wait()
        log.close()


def _control(environ: Mapping[str, str], method: str, path: str, **body: object) -> list[RecordedCall]:
    data = json.dumps(body).encode() if body else None
    headers = {"Content-Type": "application/json"}
    asked = Request(f"{environ['AWS_ENDPOINT_URL']}/_emulator/{path}", data, headers, method=method)
    with urlopen(asked) as answer:
        found: list[RecordedCall] = json.load(answer)
        return found
