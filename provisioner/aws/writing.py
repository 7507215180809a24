"""How the program changes AWS: one step of a kind at a time."""

from __future__ import annotations

from typing import Any

from provisioner.aws.calling import Caller
from provisioner.aws.codes import is_absent
from provisioner.engine.errors import AwsError
from provisioner.engine.reporter import Reporter
from provisioner.engine.steps import Again, Call, Step, Tries, Wait

_REMOVALS = ("Delete", "Unsubscribe", "Detach", "ScheduleKeyDeletion", "Untag", "Remove")

_REMARKS = "DashboardValidationMessages"
"""Where PutDashboard says what it does not like about a body that it took."""


class Writer:
    """Makes steps real."""

    def __init__(self, caller: Caller, reporter: Reporter) -> None:
        self._caller = caller
        self._reporter = reporter

    def perform(self, step: Step, tries: Tries) -> object:
        """AWS's answer to ``step``, or ``Again``; a thing that is gone already counts as removed."""
        match step:
            case Wait():
                return self._look(step, tries)
            case Call(operation=operation) if operation.startswith(_REMOVALS):
                return self._remove(step, tries)
            case Call():
                answer = self._change(step, tries)
                for remark in () if isinstance(answer, Again) else answer.get(_REMARKS, ()):
                    self._reporter.warned(str(step), f"{remark.get('DataPath', '')} {remark['Message']}".strip())
                return answer
        raise TypeError(f"{step!r} is not for AWS")

    def _change(self, call: Call, tries: Tries) -> Any:
        """One try. After one that was not answered, a refusal may come of its effect, and so may a second thing."""
        try:
            answer = self._caller.attempt(call.service, call.operation, call.params, tries)
        except AwsError:
            if (made := self._effect(call, tries)) is not None:
                return made
            raise
        if call.once and isinstance(answer, Again) and (made := self._effect(call, tries)) is not None:
            return made
        return answer

    def _effect(self, call: Call, tries: Tries) -> Any:
        return self._caller.eventually(call.effect) if call.effect and tries.unheard else None

    def _remove(self, call: Call, tries: Tries) -> object:
        try:
            return self._caller.attempt(call.service, call.operation, call.params, tries, may_be_absent=True)
        except AwsError as error:
            if is_absent(error):
                return {}
            raise

    def _look(self, wait: Wait, tries: Tries) -> object:
        """One look at what a waiter of the SDK waits for: the same conditions, with the patience of any other call."""
        waiter = self._caller.connection.client(wait.service).get_waiter(wait.waiter).config
        answer = self._caller.call(wait.service, waiter.operation, wait.params)
        state = next((accept.state for accept in waiter.acceptors if accept.matcher_func(answer)), "retry")
        if state == "success":
            return None
        reason = answer.get("Configuration", answer).get("StateReason", "")
        if state == "failure" or tries.count >= waiter.max_attempts:
            raise AwsError(wait.service, f"waiting for {wait.waiter}", "", f"{state}: {reason}".strip(": "))
        return Again(min(0.5 * 2**tries.count, waiter.delay), f"{wait.waiter}: not yet")
