"""One API call: at the rate that AWS allows, made again while that is worth it, its failure told in our words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import botocore.exceptions as sdk
from botocore import xform_name

from provisioner.aws.answers.checking import Answer
from provisioner.aws.codes import is_absent
from provisioner.aws.connection import Connection
from provisioner.aws.failures import in_our_words
from provisioner.aws.patience import SHOWN_SECONDS, THROTTLED, may_have_worked, pause_before_another
from provisioner.aws.rates import Rates
from provisioner.aws.remedies import SIGN_IN
from provisioner.engine.errors import AwsError, Interrupted, NoCredentialsError, ProvisionerError
from provisioner.engine.reporter import Reporter
from provisioner.engine.steps import Again, Tries

T = TypeVar("T")

_READS = ("Get", "Describe", "List", "Filter", "Test")


class Caller:
    """Makes calls, and waits for none once the run has ``ended``.

    It knows where this run has written, for AWS may not have heard of its own last write yet.
    """

    def __init__(self, connection: Connection, rates: Rates, reporter: Reporter, ended: threading.Event) -> None:
        self.connection = connection
        self._ended = ended
        self._rates = rates
        self._reporter = reporter
        self._written: set[str] = set()

    def call(
        self,
        service: str,
        operation: str,
        params: Mapping[str, object],
        *,
        may_be_absent: bool = False,
        patient: bool = True,
    ) -> Any:
        """AWS's answer, waiting for it as long as need be. Raises ``AwsError`` where AWS refuses and goes on refusing.

        With ``may_be_absent``, that the thing is not there is an answer and nothing to wait for. Without ``patient``
        it is made again only where it came too fast.
        """
        what = f"{service}:{operation}"
        tries = Tries()
        while True:
            self._sleep(what, self._rates.bucket(what).take(time.monotonic()), "published rate")
            answer = self.attempt(service, operation, params, tries, may_be_absent=may_be_absent)
            if not isinstance(answer, Again):
                return answer
            if not patient and answer.why not in THROTTLED:
                raise AwsError(service, operation, answer.why, "it was asked once only")
            self._sleep(what, answer.seconds, answer.why)
            tries.count += 1

    def attempt(
        self,
        service: str,
        operation: str,
        params: Mapping[str, object],
        tries: Tries,
        *,
        may_be_absent: bool = False,
    ) -> Any:
        """AWS's answer to one attempt, or ``Again``; otherwise as :meth:`call`. Who asks has waited for the rate."""
        bucket = self._rates.bucket(f"{service}:{operation}")
        try:
            method = getattr(self.connection.client(service), xform_name(operation))
            answer = Answer.of(method(**params), service, operation)
        except sdk.NoCredentialsError as error:
            raise NoCredentialsError("no AWS credentials were found", remedy=SIGN_IN) from error
        except ProvisionerError:
            raise  # ours, from within: the call is not permitted any more
        except Exception as error:  # of the SDK, whose parsers raise whatever they stumble over
            failure = in_our_words(service, operation, error)
            if failure.code in THROTTLED:
                bucket.throttled()
            tries.unheard |= may_have_worked(failure, error)
            pause = pause_before_another(failure, error, tries, frozenset(self._written))
            if (may_be_absent and is_absent(failure)) or pause is None:
                raise failure from error
            return Again(self._rates.sooner(pause), failure.code or "no answer")
        bucket.succeeded()
        if not operation.startswith(_READS):
            self._written.add(service)
        return answer

    def eventually(self, find: Callable[[], T | None]) -> T | None:
        """What ``find`` finds, asked again for as long as AWS may not show what was made just before."""
        deadline, pause = time.monotonic() + self._rates.sooner(SHOWN_SECONDS), self._rates.sooner(0.5)
        while (found := find()) is None and time.monotonic() < deadline:
            self._sleep("AWS", pause, "it may not show what it has made")
            pause *= 2
        return found

    def _sleep(self, what: str, seconds: float, why: str) -> None:
        if seconds > 0:
            self._reporter.waiting(what, seconds, why)
            if self._ended.wait(seconds):
                raise Interrupted(f"interrupted while {what} waited: {why}")
