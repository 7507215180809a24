"""The table of Regions against botocore's own data."""

from __future__ import annotations

import botocore.session

from provisioner.aws.regions import nearest, partitions


def test_every_region_of_every_partition_is_there_and_no_other() -> None:
    session = botocore.session.get_session()
    known = {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("logs", partition_name=partition)
    }
    assert partitions() == known
    assert all(session.get_partition_for_region(region) == partition for region, partition in known.items())


def test_a_slip_of_the_pen_is_understood() -> None:
    assert nearest("eu-vest-1")[0] == "eu-west-1"


def test_where_nothing_is_like_it_every_region_is_named() -> None:
    assert nearest("?") == sorted(partitions())
