"""Where the state is kept while processes die: an empty folder, an empty bucket."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from provisioner.aws.s3_store import S3Store
from provisioner.engine.keeping.store import LocalStore, Store
from tests.resources.driver import Platform
from tests.resources.naming import ACCOUNT

BUCKET = "deaths"


def folders(root: Path) -> Callable[[], Store]:
    """Each time another folder below ``root``. Nothing is waited for: a machine that dies is tried elsewhere."""

    def another() -> Store:
        return LocalStore(Path(tempfile.mkdtemp(dir=root)), sync=lambda handle: None)

    return another


def buckets(platform: Platform) -> Callable[[], Store]:
    """Each time the same bucket, new in an account that has just been emptied."""
    client = platform.connection.client("s3")

    def another() -> Store:
        client.create_bucket(Bucket=BUCKET)
        return S3Store(client, f"s3://{BUCKET}/state", ACCOUNT, sleep=lambda pause: None)

    return another
