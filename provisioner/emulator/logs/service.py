"""What CloudWatch Logs answers here. moto keeps the streams and their events."""

from __future__ import annotations

from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.logs import account_policies, events, groups, metric_filters, settings

LOGS = EmulatedService(
    name="logs",
    apis=(groups.api, metric_filters.api, events.api, account_policies.api, settings.api),
    malformed="InvalidParameterException",
    warm_up=("DescribeQueries", {}),
    moto=frozenset(
        {
            "CreateLogStream", "DeleteLogStream", "DescribeLogStreams", "GetLogEvents", "StartQuery",
            "GetQueryResults", "DescribeQueries",
        }
    ),
)  # fmt: skip
