"""What went wrong, in our words, and what to do about it."""

from __future__ import annotations

import os

import botocore.exceptions as sdk

from provisioner.aws.codes import DENIED
from provisioner.engine.errors import AwsError

UNREACHABLE = (sdk.EndpointConnectionError, sdk.ConnectTimeoutError, sdk.ProxyConnectionError)
"""Nobody heard the call."""

UNANSWERED = (sdk.ConnectionError, sdk.HTTPClientError)
"""Somebody may have heard it."""


def in_our_words(service: str, operation: str, error: Exception) -> AwsError:
    """The SDK's ``error`` about a call, with what to do next where that can be said in general."""
    if isinstance(error, sdk.ClientError):
        code, said = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        return AwsError(service, operation, code, said, remedy=_remedy(service, operation, code))
    return AwsError(service, operation, "", str(error), remedy=_advice(error))


def _advice(error: Exception) -> str:
    """What to do where no answer came."""
    where = os.environ.get("AWS_ENDPOINT_URL")
    if isinstance(error, UNREACHABLE) and where:
        return f"AWS_ENDPOINT_URL is {where}: is anything listening there?"
    if isinstance(error, UNREACHABLE):
        return "Check the network."
    return "Check the network, then run it again." if isinstance(error, UNANSWERED) else ""


_REMEDIES = {
    **dict.fromkeys(DENIED, "Give this identity permission for {service}:{operation}, then run the command again."),
    "LimitExceeded": "A quota of the account is reached. Raise it in Service Quotas, or remove what is not needed.",
    "LimitExceededException": "A quota of the account is reached. Raise it in Service Quotas.",
    "RuleLimitExceededException": "The Region's sampling rules are used up. Raise quota L-8C0C998A, or remove one.",
    "ExpiredToken": "The credentials have expired. Get new ones (aws sso login), then run the command again.",
    "ExpiredTokenException": "The credentials have expired. Get new ones (aws sso login), then run the command again.",
    "InvalidClientTokenId": "These credentials are not valid. Check AWS_ACCESS_KEY_ID or --profile.",
    "UnrecognizedClientException": "These credentials are not valid. Check AWS_ACCESS_KEY_ID or --profile.",
    "SignatureDoesNotMatch": "The secret key does not fit the access key. Check the credentials.",
    "MalformedPolicyDocumentException": "AWS does not accept the policy: a principal in it may not exist (any more).",
}


def _remedy(service: str, operation: str, code: str) -> str:
    return _REMEDIES.get(code, "").format(service=_IAM_NAMES.get(service, service), operation=operation)


_IAM_NAMES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
