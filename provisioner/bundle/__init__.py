"""Builds a function's deployment zip: the same bytes on every machine, and nothing that Lambda already has.

The zip holds the function's own files and the packages of its ``requirements.txt``. No dependency of these is followed:
what they need besides, botocore above all, is part of the managed runtime.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from provisioner.bundle.archive import assembled, stored
from provisioner.bundle.source import REQUIREMENTS, Source, read
from provisioner.bundle.wheels import Wheels
from provisioner.engine.errors import BundleError

__all__ = ["Bundle", "build"]

# Part of the key of every build. Raise it with each change that makes other bytes from the same sources.
_FORMAT = 1


@dataclass(frozen=True)
class Bundle:
    """A zip ready for Lambda: ``code_sha256`` as Lambda's ``CodeSha256`` (base64), ``size`` in bytes."""

    path: Path
    code_sha256: str
    size: int


def build(source: Path, *, runtime: str, architecture: str, cache: Path) -> Bundle:
    """The deployment zip of the function in ``source``, built in ``cache`` or found there when nothing changed.

    ``runtime`` and ``architecture`` in Lambda's words: ``python3.11``, ``x86_64`` or ``arm64``. Wheels are kept in
    ``cache/wheels``; pip runs only when one is missing. Several builds may share a cache at the same time.
    Raises ``BundleError`` for a folder that is not a function, and for packages that cannot be fetched.
    """
    try:
        path = _built(source, runtime, architecture, cache)
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{source}: cannot be packed into {cache}", details=[str(error)]) from error
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return Bundle(path, digest, len(content))


def _built(source: Path, runtime: str, architecture: str, cache: Path) -> Path:
    function = read(source)
    wheels = Wheels(cache, runtime=runtime, architecture=architecture)
    path = cache / f"{source.resolve().name}-{_key(function, runtime, architecture)}.zip"
    if not path.exists():
        packages = wheels.members(function.requirements, listed_in=source / REQUIREMENTS)
        own = {name: stored(content) for name, content in function.files.items()}
        if clash := sorted(own.keys() & packages.keys()):
            raise BundleError(f"{source}: {clash[0]} is also the name of a file in a package that it requires")
        _write(path, assembled(packages | own))
    return path


def _key(function: Source, runtime: str, architecture: str) -> str:
    """A name for everything that the zip's bytes depend on."""
    digest = hashlib.sha256()
    target = f"{_FORMAT} {runtime} {architecture}".encode()
    named = [item for name, content in sorted(function.files.items()) for item in (name.encode(), content)]
    for item in (target, function.requirements_text, *named):
        digest.update(len(item).to_bytes(8, "big") + item)
    return digest.hexdigest()[:20]


def _write(path: Path, content: bytes) -> None:
    """Write all or nothing: a crash, or another build of the same zip, never leaves half of one under this name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".building-") as room:
        unfinished = Path(room) / path.name
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
