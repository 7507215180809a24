"""Lambda functions: their life, their code, their tags."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any

from moto.backends import get_backend

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Params, Refusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.times import iso
from provisioner.emulator.core.world import Memory
from provisioner.emulator.lambda_.config import changed, defaults, invalid

api = Api()

_NAME = re.compile(r"(?:(?:arn:aws:lambda:)?(?:[\w-]+:)?(?:\d{12}:)?function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?")
_NAME_LENGTH = 64
_ZIP_BYTES = 50 * 1024 * 1024
_UNZIPPED_BYTES = 250 * 1024 * 1024
_PAGE = 50
# Documented: ListFunctions leaves these to GetFunction.
_NOT_LISTED = (
    "State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
)  # fmt: skip


@dataclass
class Function:
    """A function; ``active_at`` and ``updated_at`` are when its creation and its last update are through, in epoch
    seconds.
    """

    config: dict[str, Any]
    active_at: float
    tags: dict[str, str]
    updated_at: float = 0.0
    reserved: int | None = None
    statements: dict[str, dict[str, Any]] = field(default_factory=dict)
    policy_revision: str = ""

    @property
    def arn(self) -> str:
        """The unqualified ARN."""
        return str(self.config["FunctionArn"])

    def touch(self, now: float) -> None:
        """Note a change: a new revision, modified now."""
        self.config["RevisionId"] = str(uuid.uuid4())
        self.config["LastModified"] = f"{iso(now)}+0000"

    def shown(self, now: float, *, pending: bool = False, updating: bool = False) -> dict[str, Any]:
        """The configuration as of now; the answers to a create and an update say Pending and InProgress."""
        if pending or now < self.active_at:
            return {
                **self.config,
                "State": "Pending",
                "StateReason": "The function is being created.",
                "StateReasonCode": "Creating",
            }
        if updating or now < self.updated_at:
            return {
                **self.config,
                "State": "Active",
                "LastUpdateStatus": "InProgress",
                "LastUpdateStatusReason": "The function is being created.",
                "LastUpdateStatusReasonCode": "Creating",
            }
        return {**self.config, "State": "Active", "LastUpdateStatus": "Successful"}

    def check_idle(self, now: float) -> None:
        """Raises ResourceConflictException while the function is created or updated."""
        if now < self.active_at:
            raise Refusal(
                "ResourceConflictException",
                "The operation cannot be performed at this time. "
                "The function is currently in the following state: Pending",
            )
        if now < self.updated_at:
            raise Refusal(
                "ResourceConflictException",
                f"The operation cannot be performed at this time. An update is in progress for resource: {self.arn}",
            )


class Functions(Memory):
    """A place's functions by name."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, Function] = {}
        self.packages: dict[str, bytes] = {}
        """Every zip that was uploaded, by its ``CodeSha256``."""

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {function.arn: function.tags for function in self.by_name.values()}

    def find(self, params: Params) -> Function:
        """The function of a FunctionName in any of its forms; there are no versions but $LATEST."""
        found = _NAME.fullmatch(params["FunctionName"])
        name, qualifier = found.groups() if found else (params["FunctionName"], None)
        qualifier = params.get("Qualifier") or qualifier
        function = self.by_name.get(name)
        if function is None or qualifier not in (None, "$LATEST"):
            arn = self.place.arn("lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))
            raise Refusal("ResourceNotFoundException", f"Function not found: {arn}")
        return function

    def by_arn(self, arn: str) -> Function:
        """The function that a tagging call names by its unqualified ARN."""
        for function in self.by_name.values():
            if function.arn == arn:
                return function
        raise Refusal("ResourceNotFoundException", f"Function not found: {arn}")


def check_revision(params: Params, current: str) -> None:
    """Raises PreconditionFailedException when the caller saw another revision."""
    if params.get("RevisionId", current) != current:
        raise Refusal(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        )


def _code(call: ApiCall, code: Params) -> dict[str, Any]:
    """The members that describe a package, whose bytes are in the request or in S3."""
    content = code.get("ZipFile")
    if content is None and "S3Bucket" in code:
        try:
            found = get_backend("s3")[call.account]["aws"].get_object(code["S3Bucket"], code.get("S3Key", ""))
        except Exception as problem:
            raise invalid(f"Error occurred while GetObject. S3 Error Message: {problem}") from problem
        if found is None:
            raise invalid(
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
                "S3 Error Message: The specified key does not exist."
            )
        content = found.value
    if content is None:
        raise invalid("Please provide a source for function code.")
    if len(content) > _ZIP_BYTES and "ZipFile" in code:
        raise Refusal("RequestEntityTooLargeException", "Request must be smaller than 69905067 bytes.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(item.file_size for item in archive.infolist())
            entries = len(archive.infolist())
    except zipfile.BadZipFile as problem:
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from problem
    if not entries:
        raise invalid("Uploaded file must be a non-empty zip")
    if size > _UNZIPPED_BYTES:
        raise invalid(f"Unzipped size must be smaller than {_UNZIPPED_BYTES} bytes")
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    call.store(Functions).packages[digest] = content
    return {"CodeSize": len(content), "CodeSha256": digest}


@api.operation("CreateFunction")
def create_function(call: ApiCall) -> Answer:
    functions, params = call.store(Functions), call.params
    found = _NAME.fullmatch(params["FunctionName"])
    name = found.group(1) if found else params["FunctionName"]
    if len(name) > _NAME_LENGTH:
        raise Refusal(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_NAME_LENGTH}",
        )
    if params.get("PackageType", "Zip") != "Zip" or params.get("Publish"):
        raise NotImplementedError("The emulator has neither container images nor versions of functions.")
    if "Runtime" not in params or "Handler" not in params:
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    given = _merged({}, params.get("Tags", {}))
    config = changed(defaults(call.place, name), params, call.place)
    config["Architectures"] = params.get("Architectures", ["x86_64"])
    config |= _code(call, params["Code"])
    if name in functions.by_name:
        raise Refusal("ResourceConflictException", f"Function already exist: {name}")
    now = call.world.now()
    function = Function(config, now + call.world.settings.lambda_create_delay, given)
    function.touch(now)
    functions.by_name[name] = function
    return function.shown(now, pending=True)


@api.operation("UpdateFunctionConfiguration")
def update_function_configuration(call: ApiCall) -> Answer:
    function = call.store(Functions).find(call.params)
    function.check_idle(call.world.now())
    check_revision(call.params, function.config["RevisionId"])
    function.config = changed(function.config, call.params, call.place)
    return _updated(call, function)


@api.operation("UpdateFunctionCode")
def update_function_code(call: ApiCall) -> Answer:
    function, params = call.store(Functions).find(call.params), call.params
    function.check_idle(call.world.now())
    check_revision(params, function.config["RevisionId"])
    if params.get("Publish"):
        raise NotImplementedError("The emulator has no versions of functions.")
    code = {**_code(call, params), "Architectures": params.get("Architectures", function.config["Architectures"])}
    if params.get("DryRun"):
        return {**function.shown(call.world.now()), **code}
    function.config |= code
    return _updated(call, function)


def _updated(call: ApiCall, function: Function) -> Answer:
    now = call.world.now()
    function.touch(now)
    function.updated_at = now + call.world.settings.lambda_update_delay
    return function.shown(now, updating=True)


@api.operation("GetFunction")
def get_function(call: ApiCall) -> Answer:
    function = call.store(Functions).find(call.params)
    limited = function.reserved is not None and "Qualifier" not in call.params
    return {
        "Configuration": function.shown(call.world.now()),
        "Code": {
            "RepositoryType": "S3",
            "Location": f"https://awslambda-{call.region}-tasks.s3.amazonaws.com/snapshots",
        },
        "Tags": function.tags or None,
        "Concurrency": {"ReservedConcurrentExecutions": function.reserved} if limited else None,
    }


@api.operation("GetFunctionConfiguration")
def get_function_configuration(call: ApiCall) -> Answer:
    return call.store(Functions).find(call.params).shown(call.world.now())


@api.operation("ListFunctions")
def list_functions(call: ApiCall) -> Answer:
    shown, more = page(
        call.store(Functions).by_name.values(),
        lambda function: str(function.config["FunctionName"]),
        token=call.params.get("Marker"),
        size=min(call.params.get("MaxItems", _PAGE), _PAGE),
        bad_token=invalid("Invalid marker."),
    )
    now = call.world.now()
    listed = [{key: value for key, value in item.shown(now).items() if key not in _NOT_LISTED} for item in shown]
    return {"Functions": listed, "NextMarker": more}


@api.operation("DeleteFunction")
def delete_function(call: ApiCall) -> Answer:
    functions = call.store(Functions)
    function = functions.find(call.params)
    # The function's log group stays: Lambda never deletes one.
    del functions.by_name[function.config["FunctionName"]]
    return {}


def _merged(existing: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    code = "InvalidParameterValueException"
    return tags.merged(existing, new, reserved=code, too_many=code)


@api.operation("TagResource")
def tag_resource(call: ApiCall) -> Answer:
    function = call.store(Functions).by_arn(call.params["Resource"])
    function.tags = _merged(function.tags, call.params["Tags"])
    return {}


@api.operation("UntagResource")
def untag_resource(call: ApiCall) -> Answer:
    function = call.store(Functions).by_arn(call.params["Resource"])
    function.tags = tags.without(function.tags, call.params["TagKeys"])
    return {}


@api.operation("ListTags")
def list_tags(call: ApiCall) -> Answer:
    return {"Tags": call.store(Functions).by_arn(call.params["Resource"]).tags}
