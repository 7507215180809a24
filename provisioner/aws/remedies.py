"""What to do about an error of AWS, where that can be said in general: by its code, and by what its words name."""

from __future__ import annotations

import re

from provisioner.aws.codes import DENIED

SIGN_IN = "Run aws sso login, or pass --profile. The embedded AWS prints its own."

_DENIED_ACTION = re.compile(r"not authorized to perform:? \(?([a-z0-9-]+:[A-Za-z]+)\)?(?: on resource:? (\S+))?")
_EXPLICIT = re.compile(r"explicit deny in an? ([a-z -]*(?:policy|boundary))")
_KMS = re.compile(r"\bkms\b|kms(?=[A-Z:])", re.IGNORECASE)

_INVALID = (
    "These credentials are not valid: check AWS_ACCESS_KEY_ID or --profile. AWS says the same where the Region is one "
    "that the account has not enabled."
)
_EXPIRED = "The credentials have expired. Get new ones (aws sso login), then run the command again."
_CLOCK = "Check this machine's clock: AWS refuses what is signed more than five minutes off."

_BY_CODE = {
    "LimitExceeded": "A quota of the account is reached. Raise it in Service Quotas, or remove what is not needed.",
    "LimitExceededException": "A quota of the account is reached. Raise it in Service Quotas.",
    "RuleLimitExceededException": "The Region's sampling rules are used up. Raise quota L-8C0C998A, or remove one.",
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"), _EXPIRED),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidToken", "AuthFailure"),
        _INVALID,
    ),
    **dict.fromkeys(("RequestTimeTooSkewed", "RequestExpired"), _CLOCK),
    **dict.fromkeys(
        ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"),
        f"The secret key does not fit the access key. Check the credentials. {_CLOCK}",
    ),
    **dict.fromkeys(
        ("OptInRequired", "SubscriptionRequiredException"),
        "The account is not signed up for this service, or has not enabled this Region.",
    ),
    "MalformedPolicyDocumentException": "AWS does not accept the policy: a principal in it may not exist (any more).",
}


def remedy(service: str, operation: str, code: str, said: str) -> str:
    """What next, where AWS refused ``operation`` of ``service`` with ``code`` and the words ``said``, or ``""``.

    What is denied need not be the call itself: who makes a function must be allowed to pass its role, and to use the
    key by which it is encrypted.
    """
    found = _DENIED_ACTION.search(said)
    if code in DENIED and (explicit := _EXPLICIT.search(said)):
        return f"An explicit deny in a {explicit[1]} forbids it: no permission helps. Ask who keeps that policy."
    if found and code in DENIED | {"InvalidParameterValueException", "ValidationError"}:
        action, resource = found[1], (found[2] or "").rstrip(".,;")
        where = f" on {resource}" if resource.startswith("arn:") else ""
        key = ", and let the policy of the key admit it" if action.startswith("kms:") and service != "kms" else ""
        return f"Give this identity permission for {action}{where}{key}, then run the command again."
    if service != "kms" and (_is_of_kms(code) or (code not in _BY_CODE and _KMS.search(said))):
        return (
            "It is about the KMS key: it must be enabled, its policy must admit the service, and this identity needs "
            "kms:Decrypt and kms:GenerateDataKey. status names what the policy of our key lacks."
        )
    if code in DENIED:
        action = f"{_IAM_NAMES.get(service, service)}:{operation}"
        return f"Give this identity permission for {action}, then run the command again."
    return _BY_CODE.get(code, "")


def _is_of_kms(code: str) -> bool:
    """SNS says KMSAccessDenied, SQS KmsDisabled or AWS.SimpleQueueService.KMS..., Lambda KMSNotFoundException."""
    return "kms" in code.lower()


_IAM_NAMES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
