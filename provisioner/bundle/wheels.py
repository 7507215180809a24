"""The wheels of a function's requirements: fetched once by pip for the function's own Python, then found on disk."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, TimeoutExpired, run

from provisioner.bundle.archive import Member, members_of
from provisioner.bundle.source import Requirement
from provisioner.engine.errors import BundleError

_PATIENCE = 180  # seconds for one run of pip

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
# python3.11 and older run on Amazon Linux 2 with glibc 2.26, newer ones on Amazon Linux 2023 with glibc 2.34. A wheel
# built for a newer glibc installs anywhere and fails at the first import in Lambda.
_AMAZON_LINUX_2 = ("manylinux2014", "manylinux_2_17")
_AMAZON_LINUX_2023 = (*_AMAZON_LINUX_2, "manylinux_2_28", "manylinux_2_34")

# Type stubs and C sources are never read at run time; of a package's metadata only the licences have to travel along.
_UNNEEDED = re.compile(r"\.(pyi|c|h)$|-stubs/|(^|/)py\.typed$|\.dist-info/(?!licenses/|LICEN[CS]E|NOTICE|COPYING)")
_RELOCATED = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
_NOT_IMPORTED = re.compile(r"^[^/]+\.data/")


class Wheels:
    """The wheels for one Python and architecture, in ``folder``."""

    def __init__(self, cache: Path, *, runtime: str, architecture: str) -> None:
        version = re.fullmatch(r"python3\.(\d+)", runtime)
        if version is None or architecture not in _MACHINES:
            raise BundleError(
                f"{runtime} on {architecture}: no such runtime can be built for",
                remedy=f"Use a python3.x runtime on {' or '.join(_MACHINES)}.",
            )
        # A folder for each target: whatever pip put there fits, and no file name has to be interpreted to know it.
        self.folder = cache / "wheels" / f"{runtime}-{architecture}"
        self._python = f"3.{version[1]}"
        bases = _AMAZON_LINUX_2 if int(version[1]) <= 11 else _AMAZON_LINUX_2023
        self._platforms = [f"{base}_{_MACHINES[architecture]}" for base in bases]

    def members(self, requirements: Sequence[Requirement], listed_in: Path) -> dict[str, Member]:
        """Every file that the requirements bring, by its name in the zip.

        ``listed_in`` is the ``requirements.txt`` that they were read from: pip reads it itself.
        Raises ``BundleError`` when a wheel is not here and pip cannot fetch it.
        """
        if not all(self._find(wanted) for wanted in requirements):
            self._fetch(listed_in)
        found: dict[str, Member] = {}
        for wanted in requirements:
            wheel = self._find(wanted)
            if wheel is None:
                raise self._error(f"pip brought no wheel for {wanted.name}=={wanted.version}", listed_in)
            found |= _importable(wheel)
        return found

    def _find(self, wanted: Requirement) -> Path | None:
        """The wheel on disk; ``None`` where there is none, or one that is damaged or not the one asked for."""
        for wheel in sorted(self.folder.glob("*.whl")):
            name, version, *_ = f"{wheel.name}--".split("-")
            if (_canonical(name), version) == (_canonical(wanted.name), wanted.version) and _intact(wheel, wanted):
                return wheel
        return None

    def _fetch(self, listed_in: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Moved into place one by one when complete: another build may be reading this folder.
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=".fetching-") as arriving:
            if complaint := _pip(self._download(Path(arriving), listed_in)):
                raise self._error("the packages could not be fetched", listed_in, complaint)
            for wheel in Path(arriving).glob("*.whl"):
                os.replace(wheel, self.folder / wheel.name)

    def _download(self, into: Path, listed_in: Path) -> list[str]:
        platforms = [word for platform in self._platforms for word in ("--platform", platform)]
        return [
            *("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", self._python),
            *(*platforms, "--dest", str(into), "--requirement", str(listed_in)),
        ]

    def _error(self, what: str, listed_in: Path, *details: str) -> BundleError:
        command = shlex.join(["python3", *self._download(self.folder, listed_in)])
        remedy = f"Run this wherever a pip can reach the packages, then try again: {command}"
        return BundleError(f"{listed_in}: {what}", details=details, remedy=remedy)


def _pip(arguments: Sequence[str]) -> str:
    """Run this Python's own pip, with the proxies and indexes that it is configured for. Its last line if it fails."""
    command = [sys.executable, *arguments]
    try:
        ended = run(command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True, errors="replace", timeout=_PATIENCE)
    except TimeoutExpired:
        return f"pip took over {_PATIENCE} s"
    said = [line.strip() for line in ended.stdout.splitlines() if line.strip()]
    return [f"pip ended with code {ended.returncode}", *said][-1] if ended.returncode else ""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _intact(wheel: Path, wanted: Requirement) -> bool:
    if wanted.hashes:
        return hashlib.sha256(wheel.read_bytes()).hexdigest() in wanted.hashes
    return zipfile.is_zipfile(wheel)


def _importable(wheel: Path) -> dict[str, Member]:
    """What of a wheel is needed in Lambda, under the name that it has once installed."""
    installed = {_RELOCATED.sub("", name): member for name, member in members_of(wheel).items()}
    return {
        name: member
        for name, member in installed.items()
        if not _UNNEEDED.search(name) and not _NOT_IMPORTED.match(name)
    }
