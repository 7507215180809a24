"""An error says what happened, what AWS said of it, and what to do next."""

from __future__ import annotations

import pytest

from provisioner.engine.errors import AwsError, ConfigError, Interrupted, LockedError, ProvisionerError, UsageError


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
