"""State in a bucket: the same named blobs, by S3's conditional writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import botocore.exceptions as sdk

from provisioner.aws.answers.checking import UnreadableAnswer
from provisioner.aws.codes import DENIED
from provisioner.aws.failures import in_our_words
from provisioner.aws.patience import pause_before_another
from provisioner.engine.errors import StateError
from provisioner.engine.keeping.store import LARGEST_BYTES, Blob
from provisioner.engine.steps import Tries

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

T = TypeVar("T")

_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_LOST = _ABSENT | {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_REFUSED = DENIED | {"403"}
_UNSET = frozenset({"NoSuchPublicAccessBlockConfiguration", "NoSuchBucketPolicy"})
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class S3Store:
    """Blobs below ``s3://bucket/prefix``, in a bucket of the account ``owner``; the verbs are those of ``Store``.

    They are encrypted with ``kms_key``, or as the bucket's default says. An object cannot grow, so there is no journal;
    former versions kept one, each line an object ``name/000001``, which is still read.
    """

    appends = False

    def __init__(
        self,
        client: S3Client,
        url: str,
        owner: str,
        kms_key: str | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        self._client = client
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/")
        self._owner = owner
        self._sleep = sleep
        self._place: dict[str, Any] = {"Bucket": self._bucket, "ExpectedBucketOwner": owner}
        self._encryption = _encryption(kms_key)
        deletion = client.meta.service_model.operation_model("DeleteObject").input_shape
        self._deletes_on_condition = deletion is not None and "IfMatch" in deletion.members

    def where(self, name: str) -> str:
        return f"s3://{self._bucket}/{self._key(name)}"

    def read(self, name: str) -> Blob | None:
        whole = self._get(name)
        if whole is not None or not name.endswith(".journal"):
            return whole
        lines = [self._get(line) for line in self._line_names(name)]
        data = b"".join(line.data for line in lines if line)
        return Blob(data, "lines") if data else None

    def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
        condition = {"IfMatch": over.version} if over else {"IfNoneMatch": "*"}
        request = {**self._place, **self._encryption, **condition, "Key": self._key(name), "Body": data}
        made = self._unless_lost("write", name, lambda: _version(self._client.put_object(**request)))
        return Blob(data, made) if made else None

    def remove(self, name: str, what: Blob) -> bool:
        if what.version == "lines":
            for line in self._line_names(name):
                self._delete(line, {})
            return True
        if self._deletes_on_condition:
            return self._delete(name, {"IfMatch": what.version})
        return self.put(name, b"", what) is not None  # an SDK of before 2025 can only empty it on a condition

    def append(self, name: str, line: bytes, beside: str, fence: Blob | None) -> bool:
        raise NotImplementedError("an object cannot grow")

    def concerns(self) -> Iterator[str]:
        """What about the bucket should worry whoever keeps state in it; what may not be asked is told as well."""
        versioning = self._ask("versioning", lambda: self._client.get_bucket_versioning(**self._place))
        if isinstance(versioning, str):
            yield versioning
        elif versioning.get("Status") != "Enabled":
            yield f"s3://{self._bucket} is not versioned: a state that is overwritten or deleted there is gone"
        block = self._ask("public access block", lambda: self._client.get_public_access_block(**self._place))
        if isinstance(block, str):
            yield block
        elif not all(block.get("PublicAccessBlockConfiguration", {}).get(name) for name in _BLOCKS):
            yield from self._publicity()

    def _publicity(self) -> Iterator[str]:
        status = self._ask("policy", lambda: self._client.get_bucket_policy_status(**self._place))
        if isinstance(status, str):
            yield status
        elif status.get("PolicyStatus", {}).get("IsPublic"):
            yield f"s3://{self._bucket} is PUBLIC by its policy: anybody may read the state there"
        else:
            yield f"s3://{self._bucket} may be public: its public access block is not on"

    def _ask(self, what: str, call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | str:
        """What S3 says of the bucket: nothing where there is no such setting, a remark where it may not be asked."""
        try:
            return self._patiently(call)
        except sdk.ClientError as error:
            code = error.response["Error"]["Code"]
            return {} if code in _UNSET else f"s3://{self._bucket}: its {what} cannot be read ({code})"
        except sdk.BotoCoreError as error:
            return f"s3://{self._bucket}: its {what} cannot be read ({error})"

    def _line_names(self, name: str) -> list[str]:
        prefix = f"{name}/"

        def listed() -> list[str]:
            pages = self._client.get_paginator("list_objects_v2").paginate(**self._place, Prefix=self._key(prefix))
            return [item["Key"] for page in pages for item in page.get("Contents", ())]

        found = self._do("list", prefix, listed)
        return sorted(key.removeprefix(f"{self._prefix}/") for key in found)

    def _get(self, name: str) -> Blob | None:
        def get() -> Blob:
            answer = self._client.get_object(**self._place, Key=self._key(name))
            data = answer["Body"].read(LARGEST_BYTES + 1)
            if len(data) > LARGEST_BYTES:
                raise StateError(f"{self.where(name)} has more than {LARGEST_BYTES:,} bytes: it is none of ours")
            return Blob(data, _version(answer))

        return self._unless("read", name, get, _ABSENT)

    def _delete(self, name: str, condition: dict[str, Any]) -> bool:
        request = {**self._place, **condition, "Key": self._key(name)}
        return self._unless_lost("remove", name, lambda: self._client.delete_object(**request)) is not None

    def _unless_lost(self, doing: str, name: str, call: Callable[[], T]) -> T | None:
        """The answer, or ``None`` where something else is there than the condition says."""
        return self._unless(doing, name, call, _LOST)

    def _unless(self, doing: str, name: str, call: Callable[[], T], codes: frozenset[str]) -> T | None:
        try:
            return self._patiently(call)
        except sdk.ClientError as error:
            if error.response["Error"]["Code"] in codes:
                return None
            raise self._refused(doing, name, error) from error
        except sdk.BotoCoreError as error:
            raise self._refused(doing, name, error) from error

    def _do(self, doing: str, name: str, call: Callable[[], T]) -> T:
        try:
            return self._patiently(call)
        except (sdk.ClientError, sdk.BotoCoreError) as error:
            raise self._refused(doing, name, error) from error

    def _patiently(self, call: Callable[[], T]) -> T:
        """The answer, with the patience of any other call.

        A write whose answer was lost is refused when it is made again, for what it stands on is gone: whoever writes
        looks what there is then.
        """
        tries = Tries()
        while True:
            try:
                return call()
            except (sdk.ClientError, sdk.BotoCoreError) as error:
                pause = pause_before_another(in_our_words("s3", "", error), error, tries, frozenset())
                if pause is None:
                    raise
            self._sleep(pause)
            tries.count += 1

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _refused(self, doing: str, name: str, error: Exception) -> StateError:
        remedy = "Check that the bucket exists and that this identity may get, put, delete and list there."
        if isinstance(error, sdk.ClientError) and error.response["Error"]["Code"] in _REFUSED:
            remedy = (
                f"The bucket must be of account {self._owner}; bucket_owner under [state] in the file names another. "
                "If it is, give this identity leave to get, put, delete and list there"
                f"{', and to use the key' if self._encryption else ''}."
            )
        return StateError(f"cannot {doing} {self.where(name)}: {error}", remedy=remedy)


def _encryption(kms_key: str | None) -> dict[str, Any]:
    """The parameters of a write; with a bucket key S3 asks KMS once for many objects."""
    if kms_key is None:
        return {}
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key, "BucketKeyEnabled": True}


def _version(answer: Mapping[str, Any]) -> str:
    """By which S3 knows this content again. Without it the answer is none of S3's."""
    if not answer.get("ETag"):
        raise UnreadableAnswer(what="it has no ETag")
    return str(answer["ETag"])
