"""Platforms built from files, for the tests of the blueprint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from provisioner import blueprint
from provisioner.engine.reconciler import Scope

SAMPLE = Path(__file__).parents[2] / "platform.toml"
ACCOUNT = "123456789012"
Built = dict[str, Any]

JSON_ERRORS = '{ $.level = "ERROR" || $.level = "CRITICAL" || $.level = "FATAL" || $.log_level = "ERROR" }'

SMALL = """
[platform]
name = "shop"
[environments.dev]
[environments.prod]
protected = true
[functions.api]
[services.web]
"""


def scope(environment: str = "dev", region: str = "us-east-1", partition: str = "aws") -> Scope:
    return Scope("payment-platform", environment, ACCOUNT, region, partition)


def built(path: Path, where: Scope | None = None) -> Built:
    where = where or scope()
    config = blueprint.load(path, where.environment)
    return {str(item.address): item for item in blueprint.build(config, where, None).resources}


def of_kind(resources: Built, kind: str) -> dict[str, Any]:
    return {item.name: item for item in resources.values() if item.kind == kind}
