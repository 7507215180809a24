"""The Regions that AWS has, by partition, without waiting for the SDK to load.

``regions.json`` has every Region with CloudWatch Logs, as botocore's endpoint data lists them; a test compares the two.
"""

from __future__ import annotations

import difflib
import json
from functools import cache
from importlib import resources


@cache
def partitions() -> dict[str, str]:
    """Region -> its partition: ``aws``, ``aws-cn``, ``aws-us-gov`` or one of those that are closed to most."""
    text = resources.files("provisioner.aws").joinpath("regions.json").read_text(encoding="utf-8")
    return {region: partition for partition, regions in json.loads(text).items() for region in regions}


_PREFIXES = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
}


def partition_of(region: str) -> str:
    """The partition of ``region``; for one that is newer than this table, by how the Regions there are called."""
    guessed = (partition for prefix, partition in _PREFIXES.items() if region.startswith(prefix))
    return partitions().get(region) or next(guessed, "aws")


def nearest(region: str) -> list[str]:
    """The Regions whose names are most like ``region``, which is not one; all of them where none is similar."""
    return difflib.get_close_matches(region, partitions(), n=3) or sorted(partitions())
