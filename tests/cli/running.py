"""The command line, run here or as a process of its own, and what it did to AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner.render.visible import visible
from tests.cli.here import LIMIT_SECONDS, at_terminal, in_pipes

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REGION = "us-east-1"
READS = ("Get", "List", "Describe", "Filter")
QUIET_SECONDS = 0.3


@dataclass(frozen=True)
class Run:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    def json(self) -> Any:
        return json.loads(self.out)


class Control:
    """The emulator's own requests: what was called, and what is to go wrong."""

    def __init__(self, url: str) -> None:
        self.url = url

    def request(self, method: str, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if body else None
        asked = urllib.request.Request(
            f"{self.url}/_emulator/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)

    def calls(self) -> list[str]:
        """Every call since the last ``clear``, as ``service:Operation``."""
        return [f"{call['service']}:{call['operation']}" for call in self.request("GET", "calls")]

    def writes(self) -> list[str]:
        return [call for call in self.calls() if not call.split(":")[1].startswith(READS)]

    def clear(self) -> None:
        self.request("DELETE", "calls")

    def fault(self, service: str, operation: str, **what: Any) -> None:
        self.request("POST", "faults", service=service, operation=operation, **what)

    def heal(self) -> None:
        self.request("DELETE", "faults")

    def wait_until_quiet(self) -> None:
        """What a process had asked for when it was killed still takes effect, unless a fault delays it by longer."""
        seen, since = len(self.calls()), time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            time.sleep(0.02)
            if (now := len(self.calls())) != seen:
                seen, since = now, time.monotonic()

    def wait_for(self, met: Callable[[list[str]], bool], what: str) -> None:
        """Look at the writing calls until they are as hoped."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not met(self.writes()):
            assert time.monotonic() < deadline, f"waited in vain for {what}: {self.writes()}"
            time.sleep(0.01)


@dataclass
class Sample:
    """A copy of the sample configuration, to be edited; ``None`` in :class:`Cli` is the sample itself."""

    path: Path

    @classmethod
    def copy(cls, folder: Path) -> Sample:
        """Beside it what its relative paths lead to, and the wheels that are there, for fetching takes long."""
        wheels = ROOT / ".build" / "wheels"
        wheels.mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / "lambdas", folder / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(wheels, folder / ".build" / "wheels")
        shutil.copy(ROOT / "platform.toml", folder)
        return cls(folder / "platform.toml")

    def edit(self, old: str, new: str) -> None:
        """Replace the first match of the regular expression ``old``, which must be there."""
        text, count = re.subn(old, lambda _: new, self.path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
        assert count, f"the sample has no {old}"
        self.path.write_text(text, encoding="utf-8")

    def add(self, text: str) -> None:
        self.path.write_text(f"{self.path.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")

    def remove_service(self, name: str) -> None:
        self.edit(rf"^\[services\.{name}\]\n(?:(?!\[).*\n)*", "")


@dataclass
class Cli:
    """Runs commands against one AWS, with one place for state and, once ``config`` is set, that configuration.

    Called, it runs a command in this process (see ``here.py``); ``process`` and ``start`` make one.
    """

    control: Control
    home: Path
    state: str
    config: Path | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, **environ: str) -> Run:
        """Run a command in this process, with nobody at a terminal."""
        run = Run(*in_pipes(self._words(*arguments), self.environment(**environ), ROOT))
        assert "Traceback" not in run.said, run.said
        assert "a defect of this program" not in run.said, run.said
        assert [visible(line) for line in run.said.split("\n")] == run.said.split("\n")
        return run

    def at_terminal(self, question: str, answer: str, *arguments: str) -> tuple[int, str]:
        """Run a command in this process, at a terminal whose user answers; exit code, and what was shown."""
        environ = self.environment(TERM="xterm", COLUMNS="200")
        return at_terminal(self._words(*arguments), environ, ROOT, {question: answer})

    def process(self, *arguments: str, given: bytes = b"", **environ: str) -> Run:
        """Run a command as a process of its own, ``given`` on its standard input."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment(**environ),
            input=given,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    def command(self, *arguments: str) -> list[str]:
        """What starts such a process."""
        return [sys.executable, "-m", "provisioner", *self._words(*arguments)]

    def _words(self, *arguments: str) -> list[str]:
        config = ["--config", str(self.config)] if self.config else []
        return [*arguments, "--state", self.state, *config]

    def environment(self, **changed: str) -> dict[str, str]:
        """Nothing of the caller's AWS; an empty value takes a variable away."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PROVISIONER_"))}
        own = {
            "AWS_ENDPOINT_URL": self.control.url,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PROVISIONER_RATE_FACTOR": "100",
            "NO_COLOR": "1",
            "HOME": str(self.home),
        }
        return {name: value for name, value in {**inherited, **own, **self.environ, **changed}.items() if value}

    def ok(self, *arguments: str, **environ: str) -> Run:
        run = self(*arguments, **environ)
        assert run.code == 0, run.said
        return run

    def apply(self, *arguments: str) -> list[str]:
        """Apply; the writing calls that it took."""
        self.control.clear()
        self.ok("apply", "--yes", *arguments)
        return self.control.writes()

    def plan(self, *arguments: str) -> dict[str, Any]:
        document = self.ok("plan", "--json", *arguments).json()
        assert isinstance(document, dict)
        return document

    def pending(self, *arguments: str) -> dict[str, str]:
        """What a plan would do: address -> action."""
        return {change["address"]: change["action"] for change in self.plan(*arguments)["changes"]}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command that a test will disturb. Ctrl-C reaches it even where the tests themselves ignore it."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        finally:
            signal.signal(signal.SIGINT, before)

    def state_file(self, environment: str = "dev") -> Path:
        return Path(self.state) / ACCOUNT / REGION / f"payment-platform-{environment}.json"
