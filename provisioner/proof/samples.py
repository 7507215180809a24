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
MOST_BYTES = 16_000_000
"""Of one file; the lines of a busy hour fit."""
_EXPECTED = {"match": 1, "nomatch": 0}


def sampled(config: Config, target: Target) -> list[Evidence]:
    """The evidence that the user keeps for ``target``. Raises ``ProvisionerError`` for a file of an unknown name, and
    for one that is not read.
    """
    known = {f"{target.signal}.{word}.log": expected for word, expected in _EXPECTED.items()}
    others = {f"{signal}.{word}.log" for signal in config.metrics_of(target.owner) for word in _EXPECTED}
    names = sorted(path.name for path in folder(config, target.owner).glob("*.log"))
    if stray := [name for name in names if name not in others]:
        raise ProvisionerError(
            f"{config.root / FOLDER / target.owner / stray[0]}: its name does not say whether its lines must match",
            remedy=f"Call it one of {', '.join(sorted(others))}.",
        )
    return [
        Evidence(f"{FOLDER}/{target.owner}/{name}", f"line {number}", (line,), expected)
        for name, expected in known.items()
        if name in names
        for number, line in enumerate(split(read_sample(config, config.root / FOLDER / target.owner / name)), start=1)
        if line
    ]


def folder(config: Config, *below: str) -> Path:
    """The folder of samples, or of those of one function or service, without links. Raises ``ProvisionerError``."""
    path = config.root.joinpath(FOLDER, *below)
    try:
        return config.fence().inside(path)
    except OSError as error:
        raise ProvisionerError(f"{path} is not read: {error.strerror}") from error


def read_sample(config: Config, path: Path) -> bytes:
    """A file below the folder of samples. Raises ``FileNotFoundError``, and ``ProvisionerError`` for any other reason
    why it is not read.
    """
    try:
        return config.fence().read(path, MOST_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ProvisionerError(f"{path} cannot be read: {error.strerror}") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a log that the user names; bytes that are not UTF-8 are replaced. Raises ``ProvisionerError``."""
    try:
        return split(path.read_bytes())
    except OSError as error:
        raise ProvisionerError(f"{path} cannot be read: {error.strerror}") from error


def split(content: bytes) -> list[str]:
    """``content`` in lines. Only a line feed ends one: a traceback in Lambda's text format has carriage returns."""
    lines = content.decode(errors="replace").split("\n")
    return [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]
