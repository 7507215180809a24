"""Every error that a person can cause, and what each one says.

    ProvisionerError            message, what AWS said, what to do next; exit code 1
    ├── Interrupted             Ctrl-C; exit code 130
    ├── UsageError              the command line asks for something impossible; exit code 64
    ├── ConfigError             platform.toml: one line for each finding
    ├── StateError              the state file, its journal or its lock
    │   └── LockedError         somebody else is at work on this environment
    ├── BundleError             a function's deployment package cannot be built
    ├── NoCredentialsError      there are no AWS credentials
    ├── AwsError                AWS answered with an error code (or did not answer)
    ├── UnreadableError         what AWS answered cannot be understood
    ├── RefusedError            the plan itself is refused: ownership, limits, staleness
    ├── ChangeError             one change failed: its address, what was being done, AWS's words
    ├── DefectError             a mistake of ours: where, and never what it held
    ├── ApplyError              an apply ended with failures: what is done, failed and left
    └── NotConvergedError       AWS accepted every call, and the closing read still differs

Anything else is told as one of these by :func:`told`.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Sequence


class ProvisionerError(Exception):
    """An error written for a person: ``message``, indented ``details``, and ``remedy``, what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, details: Sequence[str] = (), remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.remedy = remedy

    def __str__(self) -> str:
        return "\n  ".join([self.message, *self.details, *([self.remedy] if self.remedy else [])])


class UsageError(ProvisionerError):
    """The command line asks for something impossible (BSD's EX_USAGE, 64)."""

    exit_code = 64


class Interrupted(ProvisionerError):
    """A person stopped the run; ``message`` says how far it had come."""

    exit_code = 130


class ConfigError(ProvisionerError):
    """Nothing can be built from this ``platform.toml``; ``details`` has one line for each finding."""


class StateError(ProvisionerError):
    """The state cannot be read, trusted or written."""


class LockedError(StateError):
    """Another run holds the lock of this environment."""


class BundleError(ProvisionerError):
    """A function's deployment package cannot be built."""


class NoCredentialsError(ProvisionerError):
    """The SDK's chain leads to no credentials."""


class AwsError(ProvisionerError):
    """AWS refused a call.

    ``service`` and ``operation`` in AWS's words (``kms``, ``CreateAlias``), ``code`` as in
    ``Error.Code`` of the answer, ``said`` AWS's own message. ``code`` is ``""`` when no answer came.
    """

    def __init__(self, service: str, operation: str, code: str, said: str, *, remedy: str = "") -> None:
        words = f"{code}: {said}" if code else said
        super().__init__(f"{service} {operation} failed: {words}", remedy=remedy)
        self.service = service
        self.operation = operation
        self.code = code
        self.said = said


class UnreadableError(ProvisionerError):
    """A text in AWS's answer (a policy, a number) is not what AWS has there. The message repeats nothing of it."""


class RefusedError(ProvisionerError):
    """The plan is refused before the first mutating call."""


class ChangeError(ProvisionerError):
    """One change of an apply failed."""


class ApplyError(ProvisionerError):
    """An apply that ended with failures; ``details`` has some lines for each failed change."""


class NotConvergedError(ProvisionerError):
    """Every call succeeded and AWS still shows something else."""


class DefectError(ProvisionerError):
    """Something went wrong that nobody has thought of; ``details`` has the places, without what stood there."""


def told(error: BaseException) -> ProvisionerError:
    """``error`` in words for a person, whatever it is."""
    if isinstance(error, ProvisionerError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("interrupted", remedy="Run the command again to go on.")
    if isinstance(error, OSError):
        about = f"{error.filename}: " if error.filename else ""
        return ProvisionerError(f"{about}{error.strerror or type(error).__name__}", remedy=advice_on(error))
    places = [f"{place.filename}:{place.lineno} in {place.name}" for place in traceback.extract_tb(error.__traceback__)]
    return DefectError(
        f"a defect of this program: {type(error).__name__}",
        details=places,
        remedy="Please report it, with these lines. They hold no values, for those may be secret.",
    )


def advice_on(error: OSError) -> str:
    """What to do about what the system refuses, where that can be said in general."""
    if error.errno in _FULL:
        return "Make room there, then run the command again."
    return "Give it to this user, then run the command again." if error.errno in _DENIED else ""


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
