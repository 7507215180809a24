"""What AWS's error codes mean. Codes are those of ``Error.Code`` in the answer, which are not always class names."""

from __future__ import annotations

from provisioner.engine.errors import AwsError

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


def is_absent(error: AwsError) -> bool:
    """Whether the error says that the thing asked about is not there."""
    words = _ABSENT_WORDS.get((error.service, error.code), ())
    return error.code in ABSENT or any(word in error.said.lower() for word in words)


DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})


def is_denied(error: AwsError) -> bool:
    """Whether the error says that these credentials may not make the call."""
    return error.code in DENIED
