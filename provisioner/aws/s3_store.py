"""State in a bucket: the same named blobs, with S3's conditional writes as the lock's compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import botocore.exceptions as sdk

from provisioner.engine.errors import StateError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

T = TypeVar("T")

_ABSENT = ("404", "NoSuchKey", "NotFound")
_LOST = ("412", "PreconditionFailed", "409", "ConditionalRequestConflict")


class S3Store:
    """Blobs below ``s3://bucket/prefix``, encrypted by the bucket's default; see ``engine/store.py`` for the verbs.

    S3 cannot append: a line of a journal is an object of its own, ``name/000001``, and they are read in order.
    """

    def __init__(self, client: S3Client, url: str) -> None:
        parts = urlsplit(url)
        self._client = client
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/")
        self._lines: dict[str, int] = {}

    def where(self, name: str) -> str:
        return f"s3://{self._bucket}/{self._key(name)}"

    def read(self, name: str) -> bytes | None:
        whole = self._get(name)
        if whole is not None or not name.endswith(".journal"):
            return whole[0] if whole else None
        lines = [self._get(line) for line in self._line_names(name)]
        return b"".join(line[0] for line in lines if line) or None

    def write(self, name: str, data: bytes) -> None:
        self._do("write", name, lambda: self._client.put_object(Bucket=self._bucket, Key=self._key(name), Body=data))

    def append(self, name: str, line: bytes) -> None:
        count = self._lines.get(name)
        number = (len(self._line_names(name)) if count is None else count) + 1
        self._lines[name] = number
        self.write(f"{name}/{number:06}", line)

    def remove(self, name: str) -> None:
        for key in [name, *(self._line_names(name) if name.endswith(".journal") else ())]:
            self._delete(key)
        self._lines.pop(name, None)

    def swap(self, name: str, old: bytes | None, new: bytes | None) -> bool:
        there = self._get(name)
        if (there[0] if there else None) != old:
            return False
        bucket, key = self._bucket, self._key(name)
        try:
            if new is not None and there:
                self._client.put_object(Bucket=bucket, Key=key, Body=new, IfMatch=there[1])
            elif new is not None:
                self._client.put_object(Bucket=bucket, Key=key, Body=new, IfNoneMatch="*")
            elif there:
                self._client.delete_object(Bucket=bucket, Key=key)
        except sdk.ClientError as error:
            if error.response["Error"]["Code"] in _LOST:
                return False
            raise self._refused("lock", name, error) from error
        except sdk.BotoCoreError as error:
            raise self._refused("lock", name, error) from error
        return True

    def _line_names(self, name: str) -> list[str]:
        prefix = f"{name}/"
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._key(prefix))
        found = self._do("list", prefix, lambda: [item["Key"] for page in pages for item in page.get("Contents", ())])
        return sorted(key.removeprefix(f"{self._prefix}/") for key in found)

    def _get(self, name: str) -> tuple[bytes, str] | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
            return answer["Body"].read(), answer["ETag"]
        except sdk.ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise self._refused("read", name, error) from error
        except sdk.BotoCoreError as error:
            raise self._refused("read", name, error) from error

    def _delete(self, name: str) -> None:
        self._do("remove", name, lambda: self._client.delete_object(Bucket=self._bucket, Key=self._key(name)))

    def _do(self, doing: str, name: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except (sdk.ClientError, sdk.BotoCoreError) as error:
            raise self._refused(doing, name, error) from error

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _refused(self, doing: str, name: str, error: Exception) -> StateError:
        return StateError(
            f"cannot {doing} {self.where(name)}: {error}",
            remedy="Check that the bucket exists and that this identity may get, put, delete and list there.",
        )
