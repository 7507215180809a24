"""Limits that several environments of one file reach together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.blueprint.file.findings import Flaw, Severity
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.resources.sampling_rule import RULES_QUOTA, SamplingRule


def sampling_rules(environments: Mapping[str, Blueprint]) -> Iterator[tuple[str, Flaw]]:
    """Environments that need more X-Ray sampling rules in one Region than an account has; each with its flaw.

    It is a warning where they may still be apart: no ``account_id`` is set, or other Regions are allowed as well.
    """
    by_place: dict[tuple[str | None, str], list[str]] = {}
    configs = {environment: blueprint.context.config for environment, blueprint in environments.items()}
    for environment, config in configs.items():
        for region in config.platform.regions or [""]:
            by_place.setdefault((config.platform.account_id, region), []).append(environment)
    limit = int(RULES_QUOTA[2])
    for (account, region), together in by_place.items():
        count = sum(len(environments[name].all(SamplingRule)) for name in together)
        if count > limit:
            certain = account and all(len(configs[name].platform.regions) == 1 for name in together)
            severity: Severity = "error" if certain else "warning"
            for name in together:
                yield name, _too_many(count, limit, len(together), account, region, severity)


def _too_many(count: int, limit: int, environments: int, account: str | None, region: str, severity: Severity) -> Flaw:
    where = " of ".join(filter(None, [region or "one Region", f"account {account}" if account else "one account"]))
    needed = f"{environments} environments need {count} X-Ray sampling rules in {where}; AWS allows {limit}"
    return Flaw(
        ("environments",),
        needed if severity == "error" else f"{needed}, if they share it",
        "The rules of the last environments cannot be made, and their plan is refused.",
        "Spread the environments over accounts or Regions (platform.account_id, platform.regions of each), or raise"
        f" quota {RULES_QUOTA[1]} in Service Quotas and split the file.",
        severity,
    )
