"""The table of Regions against botocore's own data."""

from __future__ import annotations

import botocore.session

from provisioner.aws.regions import logs_principal, nearest, partition_of, partitions, suffix


def test_every_region_of_every_partition_is_there_and_no_other() -> None:
    session = botocore.session.get_session()
    known = {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("logs", partition_name=partition)
    }
    assert partitions() == known
    assert all(session.get_partition_for_region(region) == partition for region, partition in known.items())


def test_a_region_that_is_newer_is_of_the_partition_that_the_sdk_guesses() -> None:
    session = botocore.session.get_session()
    for region in ("cn-south-9", "us-gov-north-1", "eusc-de-west-2", "us-iso-north-1", "us-isob-west-3", "eu-west-9"):
        assert partition_of(region) == session.get_partition_for_region(region)


def test_hosts_are_called_as_the_sdk_calls_them() -> None:
    session = botocore.session.get_session()
    for partition in session.get_data("partitions")["partitions"]:
        assert suffix(partition["id"]) == partition["outputs"]["dnsSuffix"]
    assert logs_principal("cn-north-1") == "logs.cn-north-1.amazonaws.com.cn"
    assert logs_principal("us-gov-west-1") == "logs.us-gov-west-1.amazonaws.com"


def test_a_slip_of_the_pen_is_understood() -> None:
    assert nearest("eu-vest-1")[0] == "eu-west-1"


def test_where_nothing_is_like_it_every_region_is_named() -> None:
    assert nearest("?") == sorted(partitions())
