"""How the program changes AWS: one step of a kind at a time."""

from __future__ import annotations

from collections.abc import Mapping

import botocore.exceptions as sdk

from provisioner.aws.calling import Caller
from provisioner.aws.codes import is_absent
from provisioner.engine.errors import AwsError
from provisioner.engine.reporter import Reporter
from provisioner.engine.steps import Call, Step, Wait

_REMOVALS = ("Delete", "Unsubscribe", "Detach", "ScheduleKeyDeletion", "Untag", "Remove")

_REMARKS = "DashboardValidationMessages"
"""Where PutDashboard says what it does not like about a body that it took."""


class Writer:
    """Makes steps real."""

    def __init__(self, caller: Caller, reporter: Reporter) -> None:
        self._caller = caller
        self._reporter = reporter

    def perform(self, step: Step) -> object:
        """AWS's answer to ``step``; a thing that is gone already counts as removed."""
        match step:
            case Wait(service=service, waiter=waiter, params=params):
                self._wait(service, waiter, params)
                return None
            case Call(operation=operation) if operation.startswith(_REMOVALS):
                return self._remove(step)
            case Call(service=service, operation=operation, params=params, once=once):
                answer = self._caller.call(service, operation, params, once=once)
                for remark in answer.get(_REMARKS, ()):
                    self._reporter.warned(str(step), f"{remark.get('DataPath', '')} {remark['Message']}".strip())
                return answer
        raise TypeError(f"{step!r} is not for AWS")

    def _remove(self, call: Call) -> object:
        try:
            return self._caller.call(call.service, call.operation, call.params, may_be_absent=True)
        except AwsError as error:
            if is_absent(error):
                return {}
            raise

    def _wait(self, service: str, waiter: str, params: Mapping[str, object]) -> None:
        try:
            self._caller.connection.client(service).get_waiter(waiter).wait(**params)
        except sdk.WaiterError as error:
            reason = error.last_response.get("Configuration", {}).get("StateReason", "")
            raise AwsError(service, f"waiting for {waiter}", "", f"{error} {reason}".strip()) from error
