"""Which failures pass by themselves, and for how long a call is worth making again.

The SDK's own retrying is off: its three attempts are too few, and it retries ``LimitExceeded``, which is a quota of
resources and not of requests. Codes are those of ``Error.Code`` in the answer, which are not always class names.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import botocore.exceptions as sdk

from provisioner.aws.answers.checking import UnreadableAnswer
from provisioner.aws.failures import UNANSWERED, UNREACHABLE
from provisioner.engine.errors import AwsError
from provisioner.engine.steps import Tries

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

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 8.0
"""Before a call is made again; each pause is twice the one before."""

UNREACHABLE_BUDGET_SECONDS = 2.0
"""Nobody listens: a name or an address that is wrong stays wrong."""

NO_ANSWER_BUDGET_SECONDS = 15.0
"""The call may have had its effect: see ``may_have_worked``."""

SHOWN_SECONDS = 20.0
"""By then AWS shows what was made: of KMS it says "a few seconds in most cases". Divided by the factor of the rates."""


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


def pause_before_another(failure: AwsError, error: Exception, tries: Tries, written: frozenset[str]) -> float | None:
    """Seconds until a call that failed is worth another try, at AWS's own pace; ``None`` where it is not.

    The parameters are those of :func:`seconds_worth_trying`; what has been tried before tells how patient to be still.
    """
    pause = min(FIRST_PAUSE_SECONDS * 2**tries.count, LONGEST_PAUSE_SECONDS) * random.uniform(0.75, 1.25)  # no secret
    worth, now = seconds_worth_trying(failure, error, written), time.monotonic()
    return pause if now - tries.since.setdefault(worth, now) + pause <= worth else None


def seconds_worth_trying(failure: AwsError, error: Exception, written: frozenset[str]) -> float:
    """For how many seconds the call is worth repeating; 0 where the failure will not go away.

    ``failure`` tells in our words what the SDK's ``error`` is. ``written`` has the services to which this run has
    written.
    """
    if isinstance(error, sdk.ClientError):
        return _patience(failure, written) or (NO_ANSWER_BUDGET_SECONDS if status_of(error) >= 500 else 0.0)
    if isinstance(error, UNREACHABLE):
        return UNREACHABLE_BUDGET_SECONDS
    return NO_ANSWER_BUDGET_SECONDS if isinstance(error, UNANSWERED) else 0.0


def may_have_worked(failure: AwsError, error: Exception) -> bool:
    """Whether the call may have had its effect: everything but a plain refusal leaves that open."""
    if isinstance(error, sdk.ClientError):
        return failure.code not in THROTTLED and (failure.code in PASSING or status_of(error) >= 500)
    garbled = isinstance(error, UnreadableAnswer) or not isinstance(error, sdk.BotoCoreError)  # the parser's own errors
    return garbled or (isinstance(error, UNANSWERED) and not isinstance(error, UNREACHABLE))


def status_of(error: sdk.ClientError) -> int:
    """The status of the answer by HTTP."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _patience(failure: AwsError, written: frozenset[str]) -> float:
    if failure.code in THROTTLED:
        return THROTTLE_BUDGET_SECONDS
    if failure.code in PASSING:
        return PASSING_BUDGET_SECONDS
    text = failure.said.lower()
    return max(
        (
            lag.seconds
            for lag in LAGS
            if lag.service == failure.service
            and lag.code == failure.code
            and (lag.operations is None or failure.operation in lag.operations)
            and lag.fragment in text
            and (lag.after is None or lag.after in written)
        ),
        default=0.0,
    )
