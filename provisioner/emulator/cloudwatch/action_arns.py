"""The actions of an alarm: which ARNs CloudWatch takes."""

from __future__ import annotations

import re

from provisioner.emulator.core.call import Params, Refusal

_ACTION = re.compile(r"arn:[\w-]+:[\w-]+:.+")
_EC2_ACTION = re.compile(r"arn:[\w-]+:(automate:[\w-]+:ec2:(stop|terminate|reboot|recover)|swf:.+)")


def check_actions(params: Params, region: str) -> None:
    """Refuse an action that is no ARN, or a topic of another Region. Whether the topic exists AWS does not ask."""
    for member in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        for action in params.get(member, ()):
            if not _ACTION.fullmatch(action) or (":automate:" in action and not _EC2_ACTION.fullmatch(action)):
                raise _invalid(f"Invalid arn syntax: {action}")
            if action.startswith("arn:aws:sns:") and action.split(":")[3] != region:
                raise _invalid(f"Invalid region {action.split(':')[3]} specified. Only {region} is supported.")


def _invalid(message: str) -> Refusal:
    return Refusal("ValidationError", message)
