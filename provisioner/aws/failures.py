"""What went wrong, in our words, and what to do about it."""

from __future__ import annotations

import botocore.exceptions as sdk

from provisioner.aws import endpoint
from provisioner.aws.answers.checking import ELSEWHERE, UnreadableAnswer
from provisioner.aws.remedies import SIGN_IN, remedy
from provisioner.engine.errors import AwsError

UNREACHABLE = (sdk.EndpointConnectionError, sdk.ConnectTimeoutError, sdk.ProxyConnectionError)
"""Nobody heard the call."""

UNANSWERED = (sdk.ConnectionError, sdk.HTTPClientError)
"""Somebody may have heard it."""

_NO_SIGN_IN = (
    sdk.CredentialRetrievalError,
    sdk.PartialCredentialsError,
    sdk.SSOError,
    sdk.TokenRetrievalError,
)

_LONGEST = 2000
"""Characters of AWS's words that are worth showing."""


def in_our_words(service: str, operation: str, error: Exception) -> AwsError:
    """The ``error`` that the SDK raised for a call, with what to do next where that can be said in general.

    Another error than the SDK's own is its parser's, stumbling over an answer.
    """
    if isinstance(error, sdk.ClientError):
        found = error.response.get("Error", {})
        code, said = str(found.get("Code") or ""), str(found.get("Message") or "")[:_LONGEST]
        return AwsError(service, operation, code, said, remedy=remedy(service, operation, code, said))
    if isinstance(error, sdk.BotoCoreError):
        return AwsError(service, operation, "", str(error)[:_LONGEST], remedy=_advice(error))
    said = f"this is no answer of AWS: {type(error).__name__} while reading it"
    return AwsError(service, operation, "", said, remedy=ELSEWHERE)


def _advice(error: Exception) -> str:
    """What to do where no answer came, or none of AWS's."""
    where = endpoint.named()
    if isinstance(error, UNREACHABLE) and where:
        return f"AWS_ENDPOINT_URL is {where}: is anything listening there?"
    if isinstance(error, UNREACHABLE):
        return "Check the network."
    if isinstance(error, _NO_SIGN_IN):
        return SIGN_IN
    if isinstance(error, UnreadableAnswer):
        return ELSEWHERE
    return "Check the network, then run it again." if isinstance(error, UNANSWERED) else ""
