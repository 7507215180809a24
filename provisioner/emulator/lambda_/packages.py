"""A function's code: a zip in the request or in S3, what Lambda refuses of it, and how it is described."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moto.backends import get_backend

from provisioner.emulator.core.call import AnyCall, ApiRefusal
from provisioner.emulator.core.place import Place
from provisioner.emulator.lambda_.model import Functions, invalid

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws

_ZIP_BYTES = 50 * 1024 * 1024
_UNZIPPED_BYTES = 250 * 1024 * 1024


@dataclass(frozen=True)
class Package:
    """How a zip is described: its size in bytes, and its digest in base64, under which it is kept."""

    size: int
    sha256: str


def keep(call: AnyCall, code: aws.FunctionCodeTypeDef | aws.UpdateFunctionCodeRequestTypeDef) -> Package:
    """Keep the package that a request brings, or names in S3. Raises ApiRefusal."""
    content = code["ZipFile"] if "ZipFile" in code else _from_s3(call.place, code)
    assert isinstance(content, bytes)
    if len(content) > _ZIP_BYTES and "ZipFile" in code:
        raise ApiRefusal("RequestEntityTooLargeException", "Request must be smaller than 69905067 bytes.")
    _check(content)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    call.store(Functions).packages[digest] = content
    return Package(len(content), digest)


def _from_s3(place: Place, code: aws.FunctionCodeTypeDef | aws.UpdateFunctionCodeRequestTypeDef) -> bytes:
    if "S3Bucket" not in code:
        raise invalid("Please provide a source for function code.")
    try:
        found = get_backend("s3")[place.account][place.partition].get_object(code["S3Bucket"], code.get("S3Key", ""))
    except Exception as problem:
        raise invalid(f"Error occurred while GetObject. S3 Error Message: {problem}") from problem
    if found is None:
        raise invalid(
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
            "S3 Error Message: The specified key does not exist."
        )
    return found.value


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = [item.file_size for item in archive.infolist()]
    except zipfile.BadZipFile as problem:
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from problem
    if not sizes:
        raise invalid("Uploaded file must be a non-empty zip")
    if sum(sizes) > _UNZIPPED_BYTES:
        raise invalid(f"Unzipped size must be smaller than {_UNZIPPED_BYTES} bytes")
