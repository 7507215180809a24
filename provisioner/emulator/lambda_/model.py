"""What Lambda remembers: functions with their settings, and the packages that were uploaded."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import ApiRefusal, refusing
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import Statement
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.core.times import iso
from provisioner.emulator.core.world import Memory

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws

TAGGING = Tagging("InvalidParameterValueException", "InvalidParameterValueException", members=None)
NAME = re.compile(r"(?:(?:arn:aws[a-z-]*:lambda:)?(?:[\w-]+:)?(?:\d{12}:)?function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?")

invalid = refusing("InvalidParameterValueException")
_conflict = refusing("ResourceConflictException")


@dataclass
class FunctionSettings:
    """The switches of Lambda."""

    lambda_create_delay: float = 0.0
    """Seconds that a new function stays Pending."""
    lambda_update_delay: float = 0.0
    """Seconds that an update of a function stays InProgress; other updates conflict meanwhile."""


@dataclass
class FunctionFacts:
    """A function; ``active_at`` and ``updated_at`` are when its creation and its last update are through, in epoch
    seconds.
    """

    config: aws.FunctionConfigurationTypeDef
    active_at: float
    tags: dict[str, str]
    updated_at: float = 0.0
    reserved: int | None = None
    statements: dict[str, Statement] = field(default_factory=dict)
    policy_revision: str = ""
    source_key: str | None = None
    """The key that its package was given to be encrypted with."""
    runtime_update: tuple[str, str | None] = ("Auto", None)
    """When Lambda takes a newer version of the runtime, and the version that it is pinned to."""
    invoke_config: dict[str, object] | None = None

    @property
    def arn(self) -> str:
        """The unqualified ARN."""
        return self.config["FunctionArn"]

    def touch(self, now: float) -> None:
        """Note a change: a new revision, modified now."""
        self.config["RevisionId"] = str(uuid.uuid4())
        self.config["LastModified"] = f"{iso(now)}+0000"

    def shown(self, now: float, *, pending: bool = False, updating: bool = False) -> dict[str, object]:
        """The configuration as of now; the answers to a create and an update say Pending and InProgress."""
        if pending or now < self.active_at:
            return {
                **self.config,
                "State": "Pending",
                "StateReason": "The function is being created.",
                "StateReasonCode": "Creating",
            }
        if updating or now < self.updated_at:
            return {
                **self.config,
                "State": "Active",
                "LastUpdateStatus": "InProgress",
                "LastUpdateStatusReason": "The function is being created.",
                "LastUpdateStatusReasonCode": "Creating",
            }
        return {**self.config, "State": "Active", "LastUpdateStatus": "Successful"}

    def check_active(self, now: float) -> None:
        """Raises ResourceConflictException while the function is created."""
        if now < self.active_at:
            raise _conflict(
                "The operation cannot be performed at this time. "
                "The function is currently in the following state: Pending"
            )

    def check_idle(self, now: float) -> None:
        """Raises ResourceConflictException while the function is created or updated."""
        self.check_active(now)
        if now < self.updated_at:
            raise _conflict(
                f"The operation cannot be performed at this time. An update is in progress for resource: {self.arn}"
            )


class Functions(Memory):
    """A place's functions by name."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, FunctionFacts] = {}
        self.packages: dict[str, bytes] = {}
        """Every zip that was uploaded, by its ``CodeSha256``."""

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {function.arn: function.tags for function in self.by_name.values()}

    def find(self, given: str, qualifier: str | None = None) -> FunctionFacts:
        """The function of a FunctionName in any of its forms; there are no versions but $LATEST."""
        found = NAME.fullmatch(given)
        name, own_qualifier = found.groups() if found else (given, None)
        qualifier = qualifier or own_qualifier
        function = self.by_name.get(name)
        if function is None or qualifier not in (None, "$LATEST"):
            arn = self.place.arn("lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))
            raise ApiRefusal("ResourceNotFoundException", f"Function not found: {arn}")
        return function

    def by_arn(self, arn: str) -> FunctionFacts:
        """The function that a tagging call names by its unqualified ARN."""
        for function in self.by_name.values():
            if function.arn == arn:
                return function
        raise ApiRefusal("ResourceNotFoundException", f"Function not found: {arn}")


def check_revision(given: str | None, current: str) -> None:
    """Raises PreconditionFailedException when the caller saw another revision."""
    if given not in (None, current):
        raise ApiRefusal(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        )
