"""A Lambda function.

An update of the configuration is partial: what is left out stays, so what is to be cleared is sent empty. While one
update is in progress AWS refuses the next. The code is compared by the digest of its zip. What AWS never shows is the
identity of the role that the function was last given: a role made anew under the same name is another one, and the
function's grants still name the old; so the role's id is kept in the state, and the function is told of a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from provisioner.aws.arns import arn
from provisioner.aws.tags import retag
from provisioner.engine.model import UNSEEN, Address, Naming, Output, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Call, Steps, Wait
from provisioner.resources._lambda_settings import conceal_environment, configuration, creation, described, vpc_ids


@dataclass(frozen=True, kw_only=True)
class LambdaFunction(Resource):
    """A function. ``package`` is the path of its zip, ``code_sha256`` what Lambda says of the same bytes."""

    kind: ClassVar[str] = "lambda_function"
    identity = ("arn",)
    naming = Naming(
        "function", r"[A-Za-z0-9_-]+", "letters, digits, - and _", 64, dimensions=("FunctionName", "function_name")
    )
    arn = Output()
    function = Output()
    role: Any = attr()
    role_id: Any = attr()
    runtime: str = attr()
    handler: str = attr()
    architecture: str = attr("x86_64")
    code_sha256: str = attr()
    package: str = attr("", write_only=True)
    package_type: str = attr("Zip", immutable=True)
    description: str = attr("")
    timeout_seconds: int = attr(3)
    memory_mb: int = attr(128)
    ephemeral_mb: int = attr(512)
    tracing: str = attr("PassThrough")
    layers: list[str] = attr([])
    environment: dict[str, str] = attr({}, conceal=conceal_environment)
    environment_key: str = attr("")
    log_group: Any = attr()
    log_format: str = attr("Text")
    application_log_level: str = attr("INFO")
    system_log_level: str = attr("INFO")
    dead_letter: str = attr("")
    reserved_concurrency: int = attr(-1)
    snap_start: str = attr("None")
    vpc: Any = attr({}, normal=vpc_ids)
    file_systems: list[Any] = attr([])
    tags: dict[str, str] = attr({})


class LambdaFunctionReconciler(Reconciler[LambdaFunction]):
    resource = LambdaFunction
    service = "lambda"

    def read(self, sought: Sequence[Sought[LambdaFunction]], memo: Memo) -> dict[Address, Live[LambdaFunction]]:
        lives = self.world.each(self._read_one, sought)
        return {item.address: live for item, live in zip(sought, lives, strict=True) if live}

    def _read_one(self, item: Sought[LambdaFunction]) -> Live[LambdaFunction] | None:
        answer = self.world.find("lambda", "GetFunction", FunctionName=item.address.name)
        if answer is None:
            return None
        config = answer["Configuration"]
        resource = LambdaFunction(
            name=item.address.name,
            role_id=item.last("role_id", UNSEEN),
            reserved_concurrency=(answer.get("Concurrency") or {}).get("ReservedConcurrentExecutions", -1),
            tags={key: value for key, value in (answer.get("Tags") or {}).items() if not key.startswith("aws:")},
            **described(config),
        )
        function_arn = config["FunctionArn"].split(":function:")[0] + f":function:{item.address.name}"
        reason = config.get("StateReason") or config.get("LastUpdateStatusReason")
        failed = "Failed" in (config.get("State"), config.get("LastUpdateStatus"))
        notes = (f"AWS says that it failed: {reason}",) if failed else ()
        return Live(resource, {"arn": function_arn, "function": item.address.name}, notes=notes)

    def create(self, want: LambdaFunction) -> Steps:
        settings = creation(want)
        yield self.call(
            "CreateFunction",
            FunctionName=want.name,
            Code={"ZipFile": Path(want.package).read_bytes()},
            Architectures=[want.architecture],
            PackageType=want.package_type,
            Tags=want.tags,
            **settings,
        )
        yield self._wait("function_active_v2", want.name)
        if want.reserved_concurrency >= 0:
            yield self._reserve(want)

    def update(self, want: LambdaFunction, live: Live[LambdaFunction], changed: frozenset[str]) -> Steps:
        settings = configuration(want, changed)
        if settings:
            yield self.call("UpdateFunctionConfiguration", FunctionName=want.name, **settings)
            yield self._wait("function_updated_v2", want.name)
        if changed & {"code_sha256", "architecture"}:
            code = Path(want.package).read_bytes()
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

    def predict(self, want: LambdaFunction) -> dict[str, Any]:
        return {"function": want.name, "arn": arn(self.scope, "lambda", f"function:{want.name}")}
