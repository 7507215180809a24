"""A Lambda function.

An update of the configuration is partial: what is left out stays, so what is to be cleared is sent empty. While one
update is in progress AWS refuses the next. The code is compared by the digest of its zip.

AWS never shows the id of the role that the function was last given. A role that was deleted and created again is
another one, and the function's grants still name the old. So the role's id is kept in the state, and when it has
changed the function is given the role again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.tags import bears, retag
from provisioner.bundle import verified
from provisioner.engine.model import UNSEEN, Address, Hidden, Naming, Output, Resource, Value, attr
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Call, Steps, Wait
from provisioner.resources.shared.function_asides import function_asides
from provisioner.resources.shared.looking import allowed

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import (
        EnvironmentResponseTypeDef,
        EventSourceMappingConfigurationTypeDef,
        FileSystemConfigTypeDef,
        FunctionConfigurationTypeDef,
        GetFunctionResponseTypeDef,
        VpcConfigResponseTypeDef,
    )


def conceal_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Values are hidden but for the variables that the platform itself sets."""
    return {
        key: value if key in _SHOWN and not isinstance(value, Hidden) else "(secret)"
        for key, value in environment.items()
    }


_SHOWN = ("ENVIRONMENT", "LOG_LEVEL", "SIMULATED_FAILURE_RATE")


def _vpc(value: VpcConfigResponseTypeDef) -> VpcConfigResponseTypeDef:
    """What was asked for of a VPC: its subnets and security groups, sorted, and IPv6; ``{}`` outside any VPC."""
    subnets, groups = sorted(value.get("SubnetIds") or []), sorted(value.get("SecurityGroupIds") or [])
    if not (subnets or groups):
        return {}
    inside: VpcConfigResponseTypeDef = {"SubnetIds": subnets, "SecurityGroupIds": groups}
    return {**inside, "Ipv6AllowedForDualStack": True} if value.get("Ipv6AllowedForDualStack") else inside


@dataclass(frozen=True, kw_only=True)
class LambdaFunction(Resource):
    """A function. ``package`` is the path of its zip, ``code_sha256`` what Lambda says of the same bytes."""

    kind: ClassVar[str] = "lambda_function"
    identity = ("arn",)
    stands_on = ("role", "log_group", "environment_key", "dead_letter")
    naming = Naming(
        "function", r"[A-Za-z0-9_-]+", "letters, digits, - and _", 64, dimensions=("FunctionName", "function_name")
    )
    arn = Output()
    function = Output()
    role: Value[str] = attr()
    role_id: Value[str] = attr()
    runtime: str = attr()
    handler: str = attr()
    architecture: str = attr("x86_64")
    code_sha256: str | None = attr()
    package: str = attr("", write_only=True)
    package_type: str = attr("Zip", immutable=True)
    description: str = attr("")
    timeout_seconds: int = attr(3)
    memory_mb: int = attr(128)
    ephemeral_mb: int = attr(512)
    tracing: str = attr("PassThrough")
    layers: list[str] = attr([], grants=True)
    environment: dict[str, str] = attr({}, conceal=conceal_environment)
    environment_key: str = attr("")
    log_group: Value[str] = attr()
    log_format: str = attr("Text")
    application_log_level: str = attr("INFO")
    system_log_level: str = attr("INFO")
    dead_letter: str = attr("")
    reserved_concurrency: int = attr(-1)
    snap_start: str = attr("None")
    vpc: VpcConfigResponseTypeDef = attr({}, normal=_vpc)
    file_systems: list[FileSystemConfigTypeDef] = attr([])
    tags: dict[str, str] = attr({})


_CONFIGURATION = Members(
    "lambda",
    "FunctionConfiguration",
    read="FunctionArn Role Runtime Handler Architectures CodeSha256 PackageType Description Timeout "
    "MemorySize EphemeralStorage.Size TracingConfig.Mode Layers.Arn Environment KMSKeyArn LoggingConfig.LogGroup "
    "LoggingConfig.LogFormat LoggingConfig.ApplicationLogLevel LoggingConfig.SystemLogLevel DeadLetterConfig.TargetArn "
    "SnapStart.ApplyOn VpcConfig.SubnetIds VpcConfig.SecurityGroupIds VpcConfig.Ipv6AllowedForDualStack "
    "FileSystemConfigs State StateReason LastUpdateStatus LastUpdateStatusReason",
    # The version of the runtime is AWS's choice, unless it is pinned; layers and code bear who signed them.
    idle="FunctionName CodeSize LastModified Version RevisionId ConfigSha256 StateReasonCode "
    "LastUpdateStatusReasonCode MasterArn "
    "VpcConfig.VpcId SnapStart.OptimizationStatus RuntimeVersionConfig Layers.CodeSize Layers.SigningProfileVersionArn "
    "Layers.SigningJobArn SigningProfileVersionArn SigningJobArn",
)
_FUNCTION = Members(
    "lambda",
    "GetFunctionResponse",
    read="Configuration Tags Concurrency.ReservedConcurrentExecutions",
    idle="Code.RepositoryType Code.Location Code.ResolvedImageUri Code.ResolvedS3Object Code.Error TagsError",
)


class LambdaFunctionReconciler(Reconciler[LambdaFunction]):
    resource = LambdaFunction
    holds = frozenset({"iam_role"})
    service = "lambda"
    answers = (_CONFIGURATION, _FUNCTION)

    def read(self, sought: Sequence[Sought[LambdaFunction]], memo: Memo) -> dict[Address, Live[LambdaFunction]]:
        lives = self.world.each(self._read_one, sought)
        return {item.address: live for item, live in zip(sought, lives, strict=True) if live}

    def _read_one(self, item: Sought[LambdaFunction]) -> Live[LambdaFunction] | None:
        answer: GetFunctionResponseTypeDef | None = self.world.find(
            "lambda", "GetFunction", FunctionName=item.address.name
        )
        if answer is None:
            return None
        config = answer["Configuration"]
        reason = config.get("StateReason") or config.get("LastUpdateStatusReason")
        failed = "Failed" in (config.get("State"), config.get("LastUpdateStatus"))
        notes = (f"AWS says that it failed: {reason}",) if failed else ()
        place = config.get("FunctionArn", self._arn(item.address.name)).split(":function:")[0]  # no qualifier
        outputs = {"arn": f"{place}:function:{item.address.name}", "function": item.address.name}
        unread = {**_CONFIGURATION.unread(config), **_FUNCTION.unread(answer)}
        return Live(self._as_described(item, answer, config), outputs, notes=notes, unread=unread)

    def _as_described(
        self, item: Sought[LambdaFunction], answer: GetFunctionResponseTypeDef, config: FunctionConfigurationTypeDef
    ) -> LambdaFunction:
        """The function in our words, with Lambda's defaults where it omits a key."""
        name, logging = item.address.name, config.get("LoggingConfig") or {}
        return LambdaFunction(
            name=name,
            role=config.get("Role", ""),
            role_id=item.last("role_id", UNSEEN),
            runtime=config.get("Runtime", ""),
            handler=config.get("Handler", ""),
            architecture=(config.get("Architectures") or ["x86_64"])[0],
            code_sha256=config.get("CodeSha256", ""),
            package_type=config.get("PackageType", "Zip"),
            description=config.get("Description", ""),
            timeout_seconds=config.get("Timeout", 3),
            memory_mb=config.get("MemorySize", 128),
            ephemeral_mb=(config.get("EphemeralStorage") or {"Size": 512})["Size"],
            tracing=(config.get("TracingConfig") or {}).get("Mode", "PassThrough"),
            layers=[layer["Arn"] for layer in config.get("Layers") or () if "Arn" in layer],
            environment=_variables(config.get("Environment") or {}, item.want),
            environment_key=config.get("KMSKeyArn") or "",
            log_group=logging.get("LogGroup") or f"/aws/lambda/{name}",
            log_format=logging.get("LogFormat", "Text"),
            application_log_level=logging.get("ApplicationLogLevel", "INFO"),
            system_log_level=logging.get("SystemLogLevel", "INFO"),
            dead_letter=(config.get("DeadLetterConfig") or {}).get("TargetArn", ""),
            reserved_concurrency=(answer.get("Concurrency") or {}).get("ReservedConcurrentExecutions", -1),
            snap_start=(config.get("SnapStart") or {}).get("ApplyOn", "None"),
            vpc=config.get("VpcConfig") or {},
            file_systems=config.get("FileSystemConfigs") or [],
            tags=answer.get("Tags") or {},
        )

    def asides(self, lives: Sequence[Live[LambdaFunction]], questions: Questions) -> Iterator[Aside]:
        return function_asides(questions, lives)

    def obstacles(self, going: Sequence[Live[LambdaFunction]], memo: Memo) -> dict[Address, str]:
        """Lambda would delete the function, leave the mapping, and the events would pile up in their source."""
        sources: dict[str, list[str]] = {}
        for mapping in allowed(memo, "event sources of functions", self._mappings) or ():
            source = mapping.get("EventSourceArn") or f"event source mapping {mapping.get('UUID')}"
            sources.setdefault(_unqualified(mapping.get("FunctionArn", "")), []).append(source)
        return {
            live.resource.address: f"it is fed by {', '.join(sorted(found))}"
            for live in going
            if (found := sources.get(live.outputs["arn"]))
        }

    def _mappings(self) -> list[EventSourceMappingConfigurationTypeDef]:
        return self.world.pages("lambda", "ListEventSourceMappings", "EventSourceMappings")

    def effect(self, call: Call) -> Callable[[], Any] | None:
        if call.operation != "CreateFunction":
            return None
        return lambda: self._made(call.params["FunctionName"], call.params["Tags"])

    def _made(self, name: str, tags: Mapping[str, str]) -> GetFunctionResponseTypeDef | None:
        answer: GetFunctionResponseTypeDef | None = self.world.find("lambda", "GetFunction", FunctionName=name)
        return answer if answer and bears(answer.get("Tags") or {}, tags) else None

    def create(self, want: LambdaFunction) -> Steps:
        settings = _configuration(want, frozenset(want.attributes()))
        yield self.call(
            "CreateFunction",
            FunctionName=want.name,
            Code={"ZipFile": verified(Path(want.package), want.code_sha256)},
            Architectures=[want.architecture],
            PackageType=want.package_type,
            Tags=want.tags,
            **{name: value for name, value in settings.items() if value not in _EMPTY},
        )
        yield self._wait("function_active_v2", want.name)
        if want.reserved_concurrency >= 0:
            yield self._reserve(want)

    def update(self, want: LambdaFunction, live: Live[LambdaFunction], changed: frozenset[str]) -> Steps:
        settings = _configuration(want, changed)
        if settings:
            yield self.call("UpdateFunctionConfiguration", FunctionName=want.name, **settings)
            yield self._wait("function_updated_v2", want.name)
        if changed & {"code_sha256", "architecture"}:
            code = verified(Path(want.package), want.code_sha256)
            yield self.call(
                "UpdateFunctionCode", FunctionName=want.name, ZipFile=code, Architectures=[want.architecture]
            )
            yield self._wait("function_updated_v2", want.name)
        if "reserved_concurrency" in changed and want.reserved_concurrency >= 0:
            yield self._reserve(want)
        if "reserved_concurrency" in changed and want.reserved_concurrency < 0:
            yield self.call("DeleteFunctionConcurrency", FunctionName=want.name)
        if "tags" in changed:
            yield from retag(
                want.tags,
                live.resource.tags,
                lambda keys: self.call("UntagResource", Resource=live.outputs["arn"], TagKeys=keys),
                lambda tags: self.call("TagResource", Resource=live.outputs["arn"], Tags=tags),
            )

    def delete(self, live: Live[LambdaFunction]) -> Steps:
        yield self.call("DeleteFunction", FunctionName=live.resource.name)

    def _reserve(self, want: LambdaFunction) -> Call:
        count = want.reserved_concurrency
        return self.call("PutFunctionConcurrency", FunctionName=want.name, ReservedConcurrentExecutions=count)

    def _wait(self, waiter: str, name: str) -> Wait:
        return Wait("lambda", waiter, {"FunctionName": name})

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "lambda", "function:")

    def predict(self, want: LambdaFunction) -> dict[str, str]:
        return {"function": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "lambda", f"function:{name}")


def _unqualified(function_arn: str) -> str:
    """The ARN of a function without the alias or version that may stand after its name."""
    return ":".join(function_arn.split(":")[:7])


def _variables(environment: EnvironmentResponseTypeDef, want: LambdaFunction | None) -> dict[str, str]:
    """The variables; those are hidden that are declared so."""
    if environment.get("Error"):  # KMS may deny them to whoever reads them
        unseen: dict[str, str] = UNSEEN
        return unseen
    declared = want.environment if want else {}
    return {
        name: Hidden(value) if isinstance(declared.get(name), Hidden) else value
        for name, value in (environment.get("Variables") or {}).items()
    }


_TOGETHER = (
    {"role", "role_id", "environment", "environment_key"},  # variables are encrypted anew for a new role or key
    {"log_group", "log_format", "application_log_level", "system_log_level"},
)


def _configuration(want: LambdaFunction, changed: frozenset[str]) -> dict[str, object]:
    """The parameters of UpdateFunctionConfiguration that carry the attributes ``changed``; empty ones clear."""
    names = changed.union(*(group for group in _TOGETHER if group & changed))
    logging = {"LogFormat": want.log_format, "LogGroup": want.log_group}
    if want.log_format == "JSON":  # AWS refuses levels for text
        logging |= {"ApplicationLogLevel": want.application_log_level, "SystemLogLevel": want.system_log_level}
    values: dict[str, tuple[str, object]] = {
        "role": ("Role", want.role),
        "runtime": ("Runtime", want.runtime),
        "handler": ("Handler", want.handler),
        "description": ("Description", want.description),
        "timeout_seconds": ("Timeout", want.timeout_seconds),
        "memory_mb": ("MemorySize", want.memory_mb),
        "ephemeral_mb": ("EphemeralStorage", {"Size": want.ephemeral_mb}),
        "tracing": ("TracingConfig", {"Mode": want.tracing}),
        "layers": ("Layers", want.layers),
        "environment": ("Environment", {"Variables": want.environment}),
        "environment_key": ("KMSKeyArn", want.environment_key),
        "log_group": ("LoggingConfig", logging),
        "dead_letter": ("DeadLetterConfig", {"TargetArn": want.dead_letter}),
        "snap_start": ("SnapStart", {"ApplyOn": want.snap_start}),
        "vpc": ("VpcConfig", {"Ipv6AllowedForDualStack": False, **want.vpc} if want.vpc else _NO_VPC),
        "file_systems": ("FileSystemConfigs", want.file_systems),
    }
    return dict(pair for name, pair in values.items() if name in names)


_NO_VPC: dict[str, object] = {"SubnetIds": [], "SecurityGroupIds": []}
_EMPTY: tuple[object, ...] = (
    "",
    {},
    [],
    {"TargetArn": ""},
    {"ApplyOn": "None"},
    _NO_VPC,
)
"""What clears a setting, and has no place in a creation."""
