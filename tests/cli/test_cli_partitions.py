"""China, GovCloud, the European Sovereign Cloud: the same platform, by the names that AWS has there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.running import Cli, Control, Sample


@pytest.mark.parametrize(
    ("region", "partition", "suffix", "console"),
    [
        ("cn-north-1", "aws-cn", "amazonaws.com.cn", "console.amazonaws.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com", "console.amazonaws-us-gov.com"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu", "console.amazonaws-eusc.eu"),
    ],
)
def test_a_platform_in_another_partition(
    cli: Cli, control: Control, sample: Sample, region: str, partition: str, suffix: str, console: str
) -> None:
    sample.edit(r"^regions = .*", f'regions = ["{region}"]')
    sample.edit(r"^insights_layer = true", "insights_layer = false")
    sample.edit(r"^\[functions\.order-processor\]$", "[functions.order-processor]\ninsights_layer = false")
    sample.add(
        f"""
[[notifications.subscriptions]]
protocol = "sqs"
endpoint = "arn:{partition}:sqs:{region}:123456789012:others"
"""
    )
    cli.environ["AWS_REGION"] = region
    run = cli("apply", "--yes")
    assert run.code == 0, run.said
    assert cli.pending() == {}
    assert cli("drift").code == 0
    (key,) = [address for address in cli.ok("state", "list", "--json").json() if address.startswith("kms_key.")]
    policy = json.dumps(cli.ok("state", "show", key).json()["applied"]["policy"])
    assert f'"logs.{region}.{suffix}"' in policy
    given: dict[str, Any] = cli.ok("outputs", "--json").json()
    assert f"https://{region}.{console}/" in json.dumps(given) or f"https://{console}/" in json.dumps(given)
    arns = [text for text in _texts(given) if text.startswith("arn:")]
    assert arns
    assert all(text.startswith(f"arn:{partition}:") for text in arns)
    assert "does not admit" not in cli.ok("status").said.replace("leads to others", "")
    assert cli("teardown", "--yes", "--allow-data-loss").code == 0


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    return [value] if isinstance(value, str) else []
