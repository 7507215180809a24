"""What the documents show and promise of a whole run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.cli.running import Cli, Control, Sample
from tests.documents.pages import text_of
from tests.documents.policies import WITHOUT_A_PERMISSION, actions, in_iam

Aws = Callable[[str], Any]


def test_the_plan_in_the_readme_is_what_the_program_prints(cli: Cli, sample: Sample, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    (alarm,) = aws("cloudwatch").describe_alarms(AlarmNames=["lambda-high-error-rate-dev"])["MetricAlarms"]
    kept = aws("cloudwatch").meta.service_model.operation_model("PutMetricAlarm").input_shape.members.keys() & alarm
    aws("cloudwatch").put_metric_alarm(**{**{name: alarm[name] for name in kept}, "Threshold": 5000})
    sample.edit(r"^\[services\.order-service\]$", "[services.order-service]\nretention_days = 90")
    sample.edit(r"^memory_mb = 512$", "memory_mb = 1024")
    (shown,) = re.findall(r"^\$ python -m provisioner plan\n(.*?)^```", text_of("README.md"), re.DOTALL | re.MULTILINE)
    assert _without_count(cli.ok("plan").out) == _without_count(shown)


def _without_count(plan: str) -> str:
    """How many are unchanged is how many there are, which ``docs/platform.md`` says."""
    return re.sub(r"\d+ unchanged", "all others unchanged", plan)


def test_no_command_calls_what_its_permissions_do_not_hold(cli: Cli, control: Control) -> None:
    look, change, prove = actions("To look"), actions("To change"), actions("To prove")

    def called(*arguments: str) -> set[str]:
        control.clear()
        cli.ok(*arguments)
        return {in_iam(call) for call in control.calls()} - WITHOUT_A_PERMISSION

    assert called("apply", "--yes") <= look | change
    for command in ("plan", "drift", "apply --dry-run", "teardown --dry-run", "status", "outputs", "validate --live"):
        assert called(*command.split()) <= look, command
    for command in ("validate", "verify --offline"):
        assert not called(*command.split()), command
    assert called("verify", "--live") <= prove
    assert called("release", "--yes", "log_group./ecs/order-service-dev") <= look | change
    assert called("teardown", "--yes") <= look | change
