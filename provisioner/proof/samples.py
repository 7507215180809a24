"""The lines that a user keeps beside ``platform.toml``, one log event a line.

``samples/<service>/<signal>.match.log`` must match the filter of that signal (``errors``, for functions also
``latency``), ``samples/<service>/<signal>.nomatch.log`` must not.
"""

from __future__ import annotations

from pathlib import Path

from provisioner.blueprint.file.schema import Config
from provisioner.engine.errors import ProvisionerError
from provisioner.proof.offline import Evidence
from provisioner.proof.target import Target

FOLDER = "samples"
_EXPECTED = {"match": 1, "nomatch": 0}


def sampled(config: Config, target: Target) -> list[Evidence]:
    """The evidence that the user keeps for ``target``. Raises ``ProvisionerError`` for a file of an unknown name."""
    folder = config.root / FOLDER / target.owner
    known = {f"{signal}.{word}.log" for signal in config.metrics_of(target.owner) for word in _EXPECTED}
    if stray := sorted(path.name for path in folder.glob("*.log") if path.name not in known):
        raise ProvisionerError(
            f"{folder / stray[0]}: its name does not say whether its lines must match",
            remedy=f"Call it one of {', '.join(sorted(known))}.",
        )
    return [
        Evidence(f"{FOLDER}/{target.owner}/{path.name}", f"line {number}", (line,), expected)
        for word, expected in _EXPECTED.items()
        for path in [folder / f"{target.signal}.{word}.log"]
        if path.exists()
        for number, line in enumerate(read_lines(path), start=1)
        if line
    ]


def read_lines(path: Path) -> list[str]:
    """The lines of a log file; bytes that are not UTF-8 are replaced. Raises ``ProvisionerError``."""
    try:
        return split(path.read_bytes())
    except OSError as error:
        raise ProvisionerError(f"{path} cannot be read: {error.strerror}") from error


def split(content: bytes) -> list[str]:
    """``content`` in lines. Only a line feed ends one: a traceback in Lambda's text format has carriage returns."""
    lines = content.decode(errors="replace").split("\n")
    return [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]
