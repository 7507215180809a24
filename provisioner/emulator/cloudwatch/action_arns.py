"""The actions of an alarm: which ARNs CloudWatch takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provisioner.emulator.cloudwatch.model import invalid

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

_ACTION = re.compile(r"arn:[\w-]+:[\w-]+:.+")
_EC2_ACTION = re.compile(r"arn:[\w-]+:(automate:[\w-]+:ec2:(stop|terminate|reboot|recover)|swf:.+)")


def check_actions(params: aws.PutMetricAlarmInputTypeDef | aws.PutCompositeAlarmInputTypeDef, region: str) -> None:
    """Refuse an action that is no ARN, or a topic of another Region. AWS does not ask whether the topic exists."""
    given = (params.get("OKActions"), params.get("AlarmActions"), params.get("InsufficientDataActions"))
    for action in [arn for arns in given for arn in arns or ()]:
        if not _ACTION.fullmatch(action) or (":automate:" in action and not _EC2_ACTION.fullmatch(action)):
            raise invalid(f"Invalid arn syntax: {action}")
        if action.split(":")[2] == "sns" and action.split(":")[3] != region:
            raise invalid(f"Invalid region {action.split(':')[3]} specified. Only {region} is supported.")
