"""The wheels of a function's requirements: fetched by pip for the function's own Python, and known by their hashes.

pip runs isolated, in a private folder, on a file written from what was understood of ``requirements.txt``: nothing of
the current folder is in its reach. The machine's own settings of pip hold: indexes, proxies, certificates.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
import struct
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, TimeoutExpired, run
from typing import NamedTuple

from provisioner.bundle.archive import Member, members_of
from provisioner.bundle.cache import private
from provisioner.bundle.requirements import Requirement, canonical
from provisioner.bundle.source import MOST_BYTES
from provisioner.engine.errors import BundleError
from provisioner.files import Fence, content

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


class Wheel(NamedTuple):
    """A wheel as it came: its file name, and its bytes."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Wheels:
    """The wheels for one Python and architecture; those with a hash are kept in ``folder``."""

    def __init__(self, cache: Path, *, runtime: str, architecture: str) -> None:
        version = re.fullmatch(r"python3\.(\d+)", runtime)
        if version is None or architecture not in _MACHINES:
            raise BundleError(
                f"{runtime} on {architecture}: no such runtime can be built for",
                remedy=f"Use a python3.x runtime on {' or '.join(_MACHINES)}.",
            )
        # A folder for each target: whatever pip put there fits, and no file name has to be interpreted to know it.
        self.folder = private(cache, "wheels", f"{runtime}-{architecture}")
        self._python = f"3.{version[1]}"
        bases = _AMAZON_LINUX_2 if int(version[1]) <= 11 else _AMAZON_LINUX_2023
        self._platforms = [f"{base}_{_MACHINES[architecture]}" for base in bases]

    def members(
        self, requirements: Sequence[Requirement], listed_in: Path, *, require_hashes: bool
    ) -> dict[str, Member]:
        """Every file that the requirements bring, by its name in the zip; ``listed_in`` is where they stand.

        Raises ``BundleError`` when a wheel is not here and pip cannot fetch it, and for a package without hashes where
        they are required: the words hold the lines to write instead.
        """
        bare = [wanted for wanted in requirements if not wanted.hashes]
        if bare and require_hashes:
            raise self._without_hashes(bare, listed_in)
        wheels = self._kept([wanted for wanted in requirements if wanted.hashes], listed_in)
        wheels |= self._fetched(bare, listed_in)  # nothing tells whether one that lies here is what it was
        found: dict[str, Member] = {}
        for wanted in requirements:
            found |= _importable(wanted, wheels[wanted].content)
        return found

    def _kept(self, wished: Sequence[Requirement], listed_in: Path) -> dict[Requirement, Wheel]:
        """The wheels that have the right hash, from the folder or fetched into it."""
        found = {wanted: wheel for wanted in wished if (wheel := self._here(wanted))}
        fetched = self._fetched([wanted for wanted in wished if wanted not in found], listed_in)
        for wanted, wheel in fetched.items():
            if wheel.digest not in wanted.hashes:
                raise self._error(f"pip brought another file than a hash of {wanted} says", [wanted], listed_in)
            self._keep(wheel)
        return found | fetched

    def _here(self, wanted: Requirement) -> Wheel | None:
        """The wheel in the folder, known by its hash; ``None`` where there is none, or one that is damaged."""
        fence = Fence.around(self.folder)
        for path in sorted(self.folder.glob("*.whl")):
            if _package(path) == wanted.key:
                with contextlib.suppress(OSError):  # what is no file is fetched
                    wheel = Wheel(path.name, fence.read(path, MOST_BYTES))
                    if wheel.digest in wanted.hashes:
                        return wheel
        return None

    def _keep(self, wheel: Wheel) -> None:
        """Moved into place when complete: another build may be reading this folder."""
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=".fetched-") as room:
            unfinished = Path(room) / wheel.name
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(wheel.content)
            os.replace(unfinished, self.folder / wheel.name)

    def _fetched(self, wished: Sequence[Requirement], listed_in: Path) -> dict[Requirement, Wheel]:
        """The wheel of each, as pip brings it now."""
        if not wished:
            return {}
        with tempfile.TemporaryDirectory(prefix="provisioner-") as room:
            listed, arriving = Path(room) / "requirements.txt", Path(room) / "wheels"
            arriving.mkdir()
            listed.write_text("".join(f"{wanted.line()}\n" for wanted in wished), encoding="ascii")
            if complaint := _pip([*self._download(arriving), "--requirement", str(listed)], Path(room)):
                raise self._error("the packages could not be fetched", wished, listed_in, complaint)
            brought = {_package(path): Wheel(path.name, content(path, MOST_BYTES)) for path in arriving.glob("*.whl")}
        if lacking := [wanted for wanted in wished if wanted.key not in brought]:
            raise self._error(f"pip brought no wheel for {lacking[0]}", wished, listed_in)
        return {wanted: brought[wanted.key] for wanted in wished}

    def _download(self, into: Path) -> list[str]:
        platforms = [word for platform in self._platforms for word in ("--platform", platform)]
        return [
            *("-I", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", self._python),
            *(*platforms, "--dest", str(into)),
        ]

    def _without_hashes(self, bare: Sequence[Requirement], listed_in: Path) -> BundleError:
        """The refusal, with the lines to paste where pip can reach the packages."""
        what = f"{listed_in}: {', '.join(map(str, bare))} {'has' if len(bare) == 1 else 'have'} no hash"
        waive = "Or write `require_hashes = false` into the function's table, and trust the index each time."
        try:
            fetched = self._fetched(bare, listed_in)
        except BundleError as error:
            write = "Write --hash=sha256:... behind each; with the packages in pip's reach the lines stand here."
            return BundleError(what, details=[error.message, *error.details], remedy=f"{write} {waive}")
        lines = [replace(wanted, hashes=frozenset({wheel.digest})).line() for wanted, wheel in fetched.items()]
        return BundleError(
            f"{what}: any file that the index gives under that name would be packed",
            details=lines,
            remedy=f"Write these lines instead, if it is these files that you know and mean. {waive}",
        )

    def _error(self, what: str, wished: Iterable[Requirement], listed_in: Path, *details: str) -> BundleError:
        # The names, not the file: whoever runs this is spared what pip would read in it.
        command = shlex.join(["python3", *self._download(self.folder), *map(str, wished)])
        remedy = f"Run this wherever a pip can reach the packages, then try again: {command}"
        return BundleError(f"{listed_in}: {what}", details=details, remedy=remedy)


def _pip(arguments: Sequence[str], room: Path) -> str:
    """Run this Python's own pip in ``room``, with the indexes and proxies that the machine has. Its last line if it
    fails.
    """
    command = [sys.executable, *arguments]
    try:
        ended = run(
            command, cwd=room, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True, errors="replace", timeout=_PATIENCE
        )
    except TimeoutExpired:
        return f"pip took over {_PATIENCE} s"
    said = [line.strip() for line in ended.stdout.splitlines() if line.strip()]
    return [f"pip ended with code {ended.returncode}", *said][-1] if ended.returncode else ""


def _package(wheel: Path) -> str:
    return canonical(wheel.name.split("-")[0])


def _importable(wanted: Requirement, wheel: bytes) -> dict[str, Member]:
    """What of a wheel is needed in Lambda, under the name that it has once installed."""
    try:
        installed = {_RELOCATED.sub("", name): member for name, member in members_of(wheel).items()}
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as error:
        raise BundleError(f"the wheel of {wanted} is not one that can be read", details=[str(error)]) from error
    found = {
        name: member
        for name, member in installed.items()
        if not _UNNEEDED.search(name) and not _NOT_IMPORTED.match(name)
    }
    if stray := [name for name in found if name.startswith("/") or "\\" in name or ".." in name.split("/")]:
        raise BundleError(f"the wheel of {wanted} has a file that would lie outside the zip: {stray[0]}")
    return found
