"""The Regions that AWS has, by partition, without waiting for the SDK to load.

``regions.json`` has every Region with CloudWatch Logs, as botocore's endpoint data lists them; a test compares the two.
"""

from __future__ import annotations

import difflib
import json
from functools import cache
from importlib import resources

NAME = r"[a-z]{2,8}(-[a-z0-9]{2,12}){1,3}-[0-9]{1,2}"
"""What a Region may be called, as a regular expression."""


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


_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}


def suffix(partition: str) -> str:
    """What the names of AWS's hosts end with in ``partition``."""
    return _SUFFIXES.get(partition, "amazonaws.com")


def logs_principal(region: str) -> str:
    """What CloudWatch Logs is called in a policy: alone of the services here it is named by Region and partition.

    That of China is documented ("Encrypt log data using KMS", Amazon Web Services in China); those of the others follow
    the same rule, as in the AWS CDK's table of principals.
    """
    return f"logs.{region}.{suffix(partition_of(region))}"


def nearest(region: str) -> list[str]:
    """The Regions whose names are most like ``region``, which is not one; all of them where none is similar."""
    return difflib.get_close_matches(region, partitions(), n=3) or sorted(partitions())
