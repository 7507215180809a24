"""An error says what happened, what AWS said of it, and what to do next."""

from __future__ import annotations

import errno

import pytest

from provisioner.engine.errors import (
    AwsError,
    ConfigError,
    DefectError,
    Interrupted,
    LockedError,
    ProvisionerError,
    UsageError,
    told,
)


def test_an_error_is_read_from_top_to_bottom() -> None:
    error = ProvisionerError(message="what", details=["one", "two"], remedy="next")
    assert str(error) == "what\n  one\n  two\n  next"
    assert (error.message, error.details, error.remedy) == ("what", ("one", "two"), "next")
    assert error.args == ("what",)


def test_an_error_may_have_nothing_to_add() -> None:
    assert str(ProvisionerError("what")) == "what"


def test_an_aws_error_quotes_the_words_of_aws() -> None:
    error = AwsError("kms", "CreateAlias", "AlreadyExistsException", "it exists", remedy="next")
    assert str(error) == "kms CreateAlias failed: AlreadyExistsException: it exists\n  next"
    assert (error.service, error.operation, error.code, error.said) == (
        "kms",
        "CreateAlias",
        "AlreadyExistsException",
        "it exists",
    )


def test_an_aws_error_without_an_answer_has_no_code() -> None:
    assert str(AwsError("kms", "CreateAlias", "", "connection refused")) == "kms CreateAlias failed: connection refused"


@pytest.mark.parametrize(("error", "code"), [(ConfigError, 1), (LockedError, 1), (UsageError, 64), (Interrupted, 130)])
def test_each_has_its_exit_code(error: type[ProvisionerError], code: int) -> None:
    assert error("what").exit_code == code


def test_whatever_happens_is_told_in_words() -> None:
    error = UsageError("what")
    assert told(error) is error
    assert isinstance(told(KeyboardInterrupt()), Interrupted)
    full = told(OSError(errno.ENOSPC, "No space left on device", "state/x"))
    assert str(full) == "state/x: No space left on device\n  Make room there, then run the command again."
    assert told(PermissionError(errno.EACCES, "Permission denied")).remedy.startswith("Give it to this user")
    assert told(TimeoutError()).message == "TimeoutError"
    assert isinstance(told(ValueError("hunter2")), DefectError)
    assert "hunter2" not in str(told(ValueError("hunter2")))
