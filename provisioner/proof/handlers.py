"""The lines that a function really writes: its own zip, run under the real runtime client.

``samples/<function>/events.json`` says which events it is sent. It is a list of ::

    {"name": "good", "event": {"payment_id": "p-1", "amount": 12.5}, "errors": 0, "latency": 1}
    {"name": "crash", "event": {}, "environment": {"SIMULATED_FAILURE_RATE": "1"}, "errors": 1, "latency": 1}

where ``errors`` and ``latency`` are how many log events of this invocation the filter of that name must match (0 and 1
unless the entry says otherwise), and ``environment`` is added to the function's own. Two crashes that no handler can
prevent are always tried as well: an exception that nobody caught, and a module that cannot be imported.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from provisioner import runtime
from provisioner.blueprint.file.schema import Config, Function
from provisioner.blueprint.parts.names import Names
from provisioner.bundle import Bundle
from provisioner.engine.errors import ProvisionerError
from provisioner.proof.offline import Evidence
from provisioner.proof.samples import FOLDER, read_sample
from provisioner.runtime import FunctionRun, platform_lines

EVENTS = "events.json"

Count = Annotated[int, Field(ge=0)]
Start = Callable[..., FunctionRun]
"""``runtime.run``, told by the caller how far it is confined."""
Written = dict[str, list[Evidence]]
"""Signal -> evidence."""

_TOLD_CHARACTERS = 2000
_UNANSWERED = ("Sandbox.Timedout", "Sandbox.TooMuchOutput", "Runtime.ExitError", "Function.ResponseSizeTooLarge")

_CRASHES = {
    "an exception that nobody caught": "def handler(event, context):\n    raise RuntimeError('tried by verify')\n",
    "a module that cannot be imported": "import a_module_that_verify_knows_not_to_exist\n",
}


class Case(BaseModel):
    """One entry of ``events.json``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    event: Any
    environment: dict[str, str] = {}
    errors: Count = 0
    latency: Count = 1


@dataclass
class Ran:
    """What each function wrote, by declared name; and why handlers were not confined, ``""`` where all were."""

    written: dict[str, Written] = field(default_factory=dict)
    exposed: str = ""


def run(config: Config, bundles: Mapping[str, Bundle], *, confined: bool) -> Ran:
    """Run the handler of each function in ``bundles`` (by declared name), side by side.

    Raises ``ProvisionerError`` for an ``events.json`` that cannot be read and for a handler that does not answer.
    """
    ran = Ran()
    start = partial(_run, ran, confined, config.root)
    with ThreadPoolExecutor(max_workers=4) as pool, _stopped_on_error(pool):
        functions = {owner: config.functions[owner] for owner in bundles}
        own = {
            owner: pool.submit(_served, start, config, owner, bundles[owner], _cases(config, owner))
            for owner, function in functions.items()
        }
        formats = sorted(_formats(functions.values()))
        crashed = {log_format: pool.submit(_crashed, start, log_format) for log_format in formats}
        for owner, function in functions.items():
            ran.written[owner] = _joined(own[owner].result(), crashed[function.log_format].result())
    return ran


def _run(ran: Ran, confined: bool, root: Path, folder: Path, events: list[Any], **how: Any) -> FunctionRun:
    """One run, which sees nothing of ``root``; ``how`` is as in ``runtime.run``."""
    outcome = runtime.run(folder, events, confined=confined, hidden=[root], **how)
    ran.exposed = ran.exposed or outcome.exposed
    return outcome


@contextmanager
def _stopped_on_error(pool: ThreadPoolExecutor) -> Iterator[None]:
    """After an interruption or an error nobody waits for handlers that sleep."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        runtime.stop()
        raise


def _formats(functions: Iterable[Function]) -> set[str]:
    return {function.log_format for function in functions}


def _joined(first: Written, second: Written) -> Written:
    return {signal: [*first[signal], *second[signal]] for signal in first}


def _cases(config: Config, owner: str) -> list[Case]:
    path = config.root / FOLDER / owner / EVENTS
    try:
        return TypeAdapter(list[Case]).validate_json(read_sample(config, path))
    except FileNotFoundError:
        return []
    except ValidationError as error:
        details = [
            f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}"
            for item in error.errors(include_url=False)
        ]
        raise ProvisionerError(f"{path} is not a list of events", details=details) from error


def _served(start: Start, config: Config, owner: str, bundle: Bundle, cases: list[Case]) -> Written:
    """The handler's lines for each case. Those of one environment share a process, as warm invocations do."""
    function = config.functions[owner]
    evidence: Written = {"errors": [], "latency": []}
    environments = list(dict.fromkeys(tuple(sorted(case.environment.items())) for case in cases))
    with tempfile.TemporaryDirectory() as room:
        with zipfile.ZipFile(io.BytesIO(bundle.content())) as archive:
            archive.extractall(room)
        for environment in environments:
            group = [case for case in cases if tuple(sorted(case.environment.items())) == environment]
            outcome = start(
                Path(room),
                [case.event for case in group],
                handler=function.handler,
                log_format=_runtime_format(function.log_format),
                name=Names(config).function(owner),
                environment=_environment(config, function) | dict(environment),
                timeout=function.timeout_seconds,
                memory_mb=function.memory_mb,
            )
            _check_answered(owner, outcome, group)
            for number, case in enumerate(group):
                lines = tuple(platform_lines.around(outcome, f"request-{number}", function.log_format))
                for signal in evidence:
                    item = f"event {case.name!r}"
                    evidence[signal].append(Evidence(_origin(), item, lines, getattr(case, signal)))
    return evidence


def _check_answered(owner: str, outcome: FunctionRun, cases: list[Case]) -> None:
    """Raises ``ProvisionerError`` where the handler could not be loaded, or left an event without an answer."""
    if outcome.init_errors:
        raise ProvisionerError(
            f"functions.{owner}: its module cannot be loaded under the runtime client",
            details=[_told(outcome.init_errors[0]), *_last_words(outcome)],
            remedy="Is a package missing in requirements.txt? A call to AWS fails here: there are no credentials.",
        )
    for number, case in enumerate(cases):
        request = f"request-{number}"
        crash = outcome.crashes.get(request)
        if (request not in outcome.milliseconds) or (crash and crash["errorType"] in _UNANSWERED):
            why = crash or {"errorType": "Runtime.ExitError", "errorMessage": "The handler had ended before."}
            raise ProvisionerError(
                f"functions.{owner}: the event {case.name!r} was not answered",
                details=[_told(why), *_last_words(outcome)],
                remedy="Lambda logs no line with a level then. Mend the handler, or take the event out of events.json.",
            )


def _told(report: Mapping[str, Any]) -> str:
    return f"{report['errorType']}: {report['errorMessage']}"[:_TOLD_CHARACTERS]


def _last_words(outcome: FunctionRun) -> list[str]:
    return [line[:_TOLD_CHARACTERS] for line in outcome.output.splitlines()[-3:]]


def _origin() -> str:
    return f"the handler under awslambdaric {runtime.version()}"


def _environment(config: Config, function: Function) -> dict[str, str]:
    """What the handler finds. A secret that the file only refers to is not fetched for it: it runs anybody's code."""
    level = {"AWS_LAMBDA_LOG_LEVEL": function.log_level} if function.log_format == "json" else {}
    own = {name: value if isinstance(value, str) else "(secret)" for name, value in function.environment.items()}
    return {"ENVIRONMENT": config.environment, "LOG_LEVEL": function.log_level, **level, **own}


def _runtime_format(log_format: str) -> runtime.LogFormat:
    return "JSON" if log_format == "json" else "Text"


def _crashed(start: Start, log_format: str) -> Written:
    evidence: Written = {"errors": [], "latency": []}
    for what, source in _CRASHES.items():
        with tempfile.TemporaryDirectory() as room:
            (Path(room) / "index.py").write_text(source, encoding="utf-8")
            outcome = start(Path(room), [{}], log_format=_runtime_format(log_format))
        lines = tuple(platform_lines.around(outcome, "request-0" if outcome.crashes else "", log_format))
        evidence["errors"].append(Evidence(_origin(), what, lines, 1))
        # Only the platform's report of plain text tells how long a crashed invocation took.
        reported = int(log_format == "text" and bool(outcome.crashes))
        evidence["latency"].append(Evidence(_origin(), what, lines, reported))
    return evidence
