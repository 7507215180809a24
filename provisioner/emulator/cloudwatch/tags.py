"""The tags of alarms and dashboards, which CloudWatch's tagging calls reach by ARN."""

from __future__ import annotations

from provisioner.emulator.cloudwatch.dashboards import Dashboards
from provisioner.emulator.cloudwatch.model import TAGGING, KeptAlarms
from provisioner.emulator.core.call import AnyCall, Api, ApiRefusal
from provisioner.emulator.core.tags import Tagged

api = Api()


def _tagged(call: AnyCall, arn: str) -> Tagged:
    for alarm in call.store(KeptAlarms).by_name.values():
        if alarm.arn == arn:
            return alarm
    for dashboard in call.account_store(Dashboards).by_name.values():
        if dashboard.arn == arn:
            return dashboard
    if arn.count(":") < 5:
        raise ApiRefusal("InvalidParameterValue", f"{arn} is not a valid ARN")  # believed
    members = {"ResourceType": arn.split(":")[-2], "ResourceId": arn}
    raise ApiRefusal("ResourceNotFoundException", f"Unknown {arn}", members=members)


TAGGING.register(api, "ResourceARN", _tagged)
