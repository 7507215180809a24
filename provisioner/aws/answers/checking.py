"""Is this an answer of AWS? Its body against the SDK's own model of the operation, before the SDK parses it.

The SDK reads whatever comes: to it a page of HTML for DescribeLogGroups is an account without log groups, and a text
where a list should be is a list of letters. Here such a body is refused. What is absent is absent, for AWS leaves out
what is empty; a member that the model does not know is of a newer AWS. But a body that has none of the members that it
may have, and others, is somebody else's.
"""

from __future__ import annotations

from typing import Any

import botocore.exceptions as sdk

from provisioner.aws.answers import json_, xml_
from provisioner.engine.errors import AwsError

_ELSEWHERE = ("header", "headers", "statusCode")
"""Where a member of an answer stands when it is not in the body."""


class UnreadableAnswer(sdk.BotoCoreError):  # type: ignore[misc]  # botocore has no types
    """What came is not what AWS answers to this operation; ``what`` says why, and repeats nothing of it."""

    fmt = "this is no answer of AWS: {what}"


def check(operation_model: Any, response_dict: dict[str, Any], **_: object) -> None:
    """For the SDK's event ``before-parse``: raise :class:`UnreadableAnswer` where the body is none of this operation.

    Where the status says that a server has failed, a body that is not AWS's is taken away instead: the SDK reads the
    status alone then, and the call may be made again.
    """
    body, status = response_dict["body"], response_dict["status_code"]
    if not isinstance(body, bytes):
        return  # a stream, whose bytes mean something to its reader alone
    protocol = json_ if "json" in operation_model.service_model.resolved_protocol else xml_
    try:
        if status >= 300:
            protocol.check_error(body, may_be_empty=operation_model.http.get("method") == "HEAD")
        elif (shape := operation_model.output_shape) is None or "payload" not in shape.serialization:
            members = {} if shape is None else _in_the_body(shape)
            protocol.check_success(operation_model.name, shape, members, body)
    except ValueError as error:
        if status < 500:
            raise UnreadableAnswer(what=f"{error} (HTTP {status})") from error
        response_dict["body"] = b""


def _in_the_body(shape: Any) -> dict[str, Any]:
    return {name: item for name, item in shape.members.items() if item.serialization.get("location") not in _ELSEWHERE}


class Answer(dict[str, Any]):
    """An object of AWS's answer. What is asked of it and is not there is an error of AWS's, not of ours."""

    call = ("", "")

    @classmethod
    def of(cls, value: Any, service: str, operation: str) -> Any:
        """``value`` as the SDK returns it, with every object in it such a one."""
        if isinstance(value, dict):
            answer = cls({key: cls.of(item, service, operation) for key, item in value.items()})
            answer.call = (service, operation)
            return answer
        return [cls.of(item, service, operation) for item in value] if isinstance(value, list) else value

    def __missing__(self, key: str) -> Any:
        raise AwsError(*self.call, "", f"this is no answer of AWS: it lacks {key}", remedy=ELSEWHERE)


ELSEWHERE = "Something else than AWS may have answered: a proxy, a portal, or what AWS_ENDPOINT_URL names."
