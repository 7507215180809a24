"""S3: moto's, with what it lets pass. A bucket's owner is checked where the caller names one, a key must be usable, and
a new bucket keeps the public out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NotRequired, TypedDict

from moto.s3.models import s3_backends

from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.service import EVERYTHING, EmulatedService
from provisioner.emulator.kms.model import backend as kms_backend

if TYPE_CHECKING:
    from types_boto3_s3 import type_defs as aws

api = Api()

S3 = EmulatedService(
    name="s3",
    apis=(api,),
    malformed="InvalidArgument",
    moto=EVERYTHING,
    warm_up=("ListBuckets", {}),
)


class _OfBucket(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


@api.operation(
    "DeleteObject",
    "GetBucketEncryption",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketVersioning",
    "GetObject",
    "GetPublicAccessBlock",
    "HeadBucket",
    "HeadObject",
    "ListObjectVersions",
    "ListObjects",
    "ListObjectsV2",
    "PutBucketVersioning",
    "PutPublicAccessBlock",
)
def of_owner(call: ApiCall[_OfBucket]) -> Answer:
    _check_owner(call.params)
    return call.relay()


@api.operation("PutObject")
def put_object(call: ApiCall[aws.PutObjectRequestTypeDef]) -> Answer:
    _check_owner(call.params)
    if key := call.params.get("SSEKMSKeyId"):
        _check_key(call, key)
    return call.relay()


@api.operation("CreateBucket")
def create_bucket(call: ApiCall[aws.CreateBucketRequestTypeDef]) -> Answer:
    """Since April 2023 the public access block of a new bucket is on (S3 User Guide, "Blocking public access")."""
    name, known = call.params["Bucket"], s3_backends.bucket_accounts
    is_new, answer = name not in known, call.relay()
    if is_new and name in known:
        partition, account = known[name]
        s3_backends[account][partition].put_public_access_block(name, _BLOCKED)
    return answer


_BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), "true")


def _check_owner(params: Mapping[str, object]) -> None:
    """Another account than the one that was named is refused (S3 User Guide, "Verifying bucket ownership")."""
    named = params.get("ExpectedBucketOwner")
    owners: dict[str, tuple[str, str]] = s3_backends.bucket_accounts
    _, owner = owners.get(str(params["Bucket"]), ("", named))
    if named is not None and named != owner:
        raise ApiRefusal("AccessDenied", "Access Denied", status=403)


def _check_key(call: ApiCall[aws.PutObjectRequestTypeDef], key_id: str) -> None:
    """S3 asks KMS in the caller's name; its refusals are passed on with ``KMS.`` in front (believed)."""
    keys = kms_backend(call.place)
    alias = key_id.rpartition(":")[2]
    known = keys.get_key_id_from_alias(alias) if alias.startswith("alias/") else keys.any_id_to_key_id(key_id)
    key = keys.keys.get(known or "")
    if key is None:
        raise ApiRefusal("KMS.NotFoundException", f"Key '{key_id}' does not exist", status=400)
    if key.key_state != "Enabled":
        raise ApiRefusal("KMS.DisabledException", f"{key.arn} is disabled.", status=400)
