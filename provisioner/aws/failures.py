"""One table: which of AWS's error codes means that a thing is absent, and which is worth waiting for.

The SDK's own retrying is off: its three attempts are too few, and it retries ``LimitExceeded``, which is a quota of
resources and not of requests. Codes are those of ``Error.Code`` in the answer, which are not always class names.
"""

from __future__ import annotations

from dataclasses import dataclass

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
        "PriorRequestNotComplete",
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
    }
)
THROTTLE_BUDGET_SECONDS = 300.0

PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceFault",
        "ServerException",
        "ServiceException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ServiceFailure",
        "DependencyTimeoutException",
        "KMSInternalException",
        "ServiceFailureException",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
PASSING_BUDGET_SECONDS = 60.0

ABSENT = frozenset(
    {
        "NotFound",
        "NotFoundException",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "NoSuchEntity",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "ClusterNotFoundException",
        "NoSuchKey",
    }
)

_ABSENT_WORDS = {
    ("xray", "InvalidRequestException"): ("does not exist", "not found"),
    ("ecs", "InvalidParameterException"): ("is inactive",),
    # A pending subscription has no ARN to remove it by: it lapses by itself.
    ("sns", "InvalidParameter"): ("pending confirmation",),
    ("kms", "KMSInvalidStateException"): ("is pending deletion",),
    ("logs", "InvalidParameterException"): ("log group does not exist",),
}


@dataclass(frozen=True)
class Lag:
    """An error that goes away by itself: AWS has not heard of our own last write yet.

    ``fragment`` is matched in AWS's message, case folded. ``after`` names the service whose write in this run makes
    the error believable as a lag; without such a write it is permanent, and reported at once.
    """

    service: str
    operations: frozenset[str] | None
    code: str
    fragment: str
    seconds: float
    after: str | None = None


def _ops(*names: str) -> frozenset[str]:
    return frozenset(names)


LAGS = (
    Lag("kms", _ops("CreateKey", "PutKeyPolicy"), "MalformedPolicyDocumentException", "", 120, after="iam"),
    Lag("kms", None, "NotFoundException", "", 120, after="kms"),
    Lag("kms", _ops("EnableKeyRotation", "DisableKeyRotation"), "DisabledException", "", 120, after="kms"),
    Lag("kms", None, "KMSInvalidStateException", "creating", 120, after="kms"),
    Lag("logs", None, "OperationAbortedException", "", 60),
    Lag("logs", None, "AccessDeniedException", "no identity-based policy allows the logs:", 120, after="logs"),
    Lag("logs", None, "AccessDeniedException", "kms key does not exist or is not allowed", 120, after="kms"),
    Lag("logs", None, "InvalidParameterException", "kms key", 60, after="kms"),
    Lag("logs", None, "ResourceNotFoundException", "log group does not exist", 30, after="logs"),
    Lag("sqs", _ops("CreateQueue"), "AWS.SimpleQueueService.QueueDeletedRecently", "", 90),
    Lag("sqs", _ops("CreateQueue"), "QueueDeletedRecently", "", 90),
    Lag("sqs", _ops("CreateQueue", "SetQueueAttributes"), "InvalidAttributeValue", "policy", 60, after="iam"),
    Lag("sqs", None, "AWS.SimpleQueueService.NonExistentQueue", "", 60, after="sqs"),
    Lag("sns", None, "InvalidParameter", "principalnotfound", 120, after="iam"),
    Lag("sns", None, "AuthorizationError", "no identity-based policy allows", 60, after="sns"),
    Lag("sns", None, "ConcurrentAccess", "", 60),
    Lag("sns", None, "StaleTag", "", 60),
    Lag("sns", None, "NotFound", "", 60, after="sns"),
    Lag("ecs", _ops("CreateCluster"), "InvalidParameterException", "unable to assume the service linked role", 120),
    Lag("ecs", None, "UpdateInProgressException", "", 300),
    Lag("ecs", None, "ClientException", "cluster was not active", 300),
    Lag("iam", None, "ConcurrentModification", "", 120),
    Lag(
        "iam", _ops("CreateRole", "UpdateAssumeRolePolicy"), "MalformedPolicyDocument", "invalid principal", 120, "iam"
    ),
    Lag("iam", None, "NoSuchEntity", "", 60, after="iam"),
    Lag("iam", _ops("DeleteRole"), "DeleteConflict", "", 120, after="iam"),
    Lag("lambda", None, "InvalidParameterValueException", "cannot be assumed by lambda", 300, after="iam"),
    Lag("lambda", None, "InvalidParameterValueException", "does not have permissions", 300, after="iam"),
    Lag("lambda", None, "InvalidParameterValueException", "invalid for creategrant", 300, after="iam"),
    Lag("lambda", None, "ResourceConflictException", "in progress", 300),
    Lag("lambda", None, "ResourceConflictException", "pending", 300),
    Lag("cloudwatch", _ops("PutCompositeAlarm"), "ValidationError", "do not exist", 30, after="cloudwatch"),
    Lag("cloudwatch", None, "ConcurrentModificationException", "", 60),
    Lag("cloudwatch", None, "ConflictException", "", 60),
)


def is_absent(service: str, code: str, message: str) -> bool:
    """Whether the error says that the thing asked about is not there."""
    words = _ABSENT_WORDS.get((service, code), ())
    return code in ABSENT or any(word in message.lower() for word in words)


def patience(service: str, operation: str, code: str, message: str, written: frozenset[str]) -> float:
    """For how many seconds the call is worth repeating; 0 where the error will not go away.

    ``written`` has the services to which this run has written.
    """
    if code in THROTTLED:
        return THROTTLE_BUDGET_SECONDS
    if code in PASSING:
        return PASSING_BUDGET_SECONDS
    text = message.lower()
    return max(
        (
            lag.seconds
            for lag in LAGS
            if lag.service == service
            and lag.code == code
            and (lag.operations is None or operation in lag.operations)
            and lag.fragment in text
            and (lag.after is None or lag.after in written)
        ),
        default=0.0,
    )


_REMEDIES = {
    "AccessDenied": "Give this identity permission for {service}:{operation}, then run the command again.",
    "AccessDeniedException": "Give this identity permission for {service}:{operation}, then run the command again.",
    "AuthorizationError": "Give this identity permission for {service}:{operation}, then run the command again.",
    "UnauthorizedOperation": "Give this identity permission for {service}:{operation}, then run the command again.",
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


def remedy(service: str, operation: str, code: str) -> str:
    """What to do about ``code``, where that can be said in general."""
    return _REMEDIES.get(code, "").format(service=_IAM_NAMES.get(service, service), operation=operation)


_IAM_NAMES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
