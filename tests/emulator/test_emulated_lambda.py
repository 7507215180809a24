"""Lambda functions: configuration, code, states, permissions."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
INSIGHTS = "arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:38"


@pytest.fixture
def functions(client: Any) -> Any:
    return client("lambda")


def package(text: str = "code", *, files: int = 1) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(files):
            archive.writestr(f"index{number}.py", text)
    return content.getvalue()


def create(functions: Any, role: Any, name: str = "f", drop: tuple[str, ...] = (), **changes: Any) -> Any:
    given = {
        "FunctionName": name,
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Code": {"ZipFile": package()},
        **({} if "Role" in changes else {"Role": role()}),
        **changes,
    }
    return functions.create_function(**{key: value for key, value in given.items() if key not in drop})


def shown(functions: Any) -> Any:
    return functions.get_function(FunctionName="f")["Configuration"]


EVERYTHING: dict[str, Any] = {
    "Description": "d",
    "Timeout": 30,
    "MemorySize": 512,
    "Handler": "other.handler",
    "Runtime": "python3.12",
    "TracingConfig": {"Mode": "Active"},
    "EphemeralStorage": {"Size": 1024},
    "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555",
    "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
    "Environment": {"Variables": {"LOG_LEVEL": "INFO"}},
    "LoggingConfig": {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "WARN",
        "LogGroup": "/mine",
    },
}


class TestConfiguration:
    def test_the_defaults(self, functions: Any, role: Any) -> None:
        made = create(functions, role)
        assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
        found = shown(functions)
        assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
        expected = {
            "FunctionArn": ARN,
            "Description": "",
            "Timeout": 3,
            "MemorySize": 128,
            "TracingConfig": {"Mode": "PassThrough"},
            "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
            "Version": "$LATEST",
            "PackageType": "Zip",
        }
        assert expected.items() <= found.items()
        assert not {"Environment", "Layers", "DeadLetterConfig", "KMSKeyArn", "StateReason"} & set(found)
        assert found["VpcConfig"]["SubnetIds"] == []

    @pytest.mark.parametrize("updated", [False, True])
    def test_everything_is_kept_by_a_create_and_by_an_update(self, functions: Any, role: Any, updated: bool) -> None:
        given = {**EVERYTHING, "Layers": [INSIGHTS], "SnapStart": {"ApplyOn": "PublishedVersions"}}
        given["VpcConfig"] = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
        if updated:
            create(functions, role)
            functions.update_function_configuration(FunctionName="f", **given)
        else:
            create(functions, role, **given)
        found = shown(functions)
        assert EVERYTHING.items() <= found.items()
        assert [layer["Arn"] for layer in found["Layers"]] == [INSIGHTS]
        assert found["Layers"][0]["CodeSize"] > 0
        assert given["VpcConfig"].items() <= found["VpcConfig"].items()
        assert found["SnapStart"]["ApplyOn"] == "PublishedVersions"

    def test_an_update_names_what_it_changes_and_an_empty_value_clears(self, functions: Any, role: Any) -> None:
        create(functions, role, Layers=[INSIGHTS], **EVERYTHING)
        before = shown(functions)
        functions.update_function_configuration(FunctionName="f", Timeout=31)
        after = shown(functions)
        changed = {name for name in after if after[name] != before[name]}
        assert changed <= {"Timeout", "LastModified", "RevisionId"}
        assert "RevisionId" in changed
        functions.update_function_configuration(
            FunctionName="f",
            Layers=[],
            KMSKeyArn="",
            DeadLetterConfig={"TargetArn": ""},
            Environment={},
            TracingConfig={"Mode": "PassThrough"},
            LoggingConfig={"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
            Description="",
        )
        found = shown(functions)
        assert not {"Layers", "KMSKeyArn", "DeadLetterConfig", "Environment"} & set(found)
        assert found["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
        assert found["TracingConfig"]["Mode"] == "PassThrough"

    def test_levels_belong_to_json(self, functions: Any, role: Any, refused: Any) -> None:
        create(functions, role, LoggingConfig={"LogFormat": "JSON"})
        found = shown(functions)["LoggingConfig"]
        assert (found["ApplicationLogLevel"], found["SystemLogLevel"]) == ("INFO", "INFO")
        with refused("InvalidParameterValueException", "LogFormat"):
            functions.update_function_configuration(
                FunctionName="f", LoggingConfig={"LogFormat": "Text", "SystemLogLevel": "INFO"}
            )

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"Runtime": "python2.7"}, "InvalidParameterValueException"),
            ({"Runtime": "cobol"}, "InvalidParameterValueException"),
            ({"Timeout": 901}, "ValidationException"),
            ({"MemorySize": 10_241}, "ValidationException"),
            ({"MemorySize": 127}, "ValidationException"),
            ({"Handler": "a b"}, "ValidationException"),
            ({"Description": "x" * 257}, "ValidationException"),
            ({"TracingConfig": {"Mode": "On"}}, "ValidationException"),
            ({"EphemeralStorage": {"Size": 511}}, "ValidationException"),
            ({"LoggingConfig": {"LogFormat": "YAML"}}, "ValidationException"),
            ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException"),
            ({"Environment": {"Variables": {"BIG": "x" * 4096}}}, "InvalidParameterValueException"),
            ({"Environment": {"Variables": {"1": "x"}}}, "ValidationException"),
            ({"Layers": [INSIGHTS.rpartition(":")[0]]}, "ValidationException"),
            ({"Layers": [INSIGHTS.replace("us-east-1", "eu-west-1")]}, "InvalidParameterValueException"),
            ({"Layers": [INSIGHTS.replace("580247275435", "123456789012")]}, "InvalidParameterValueException"),
            ({"Layers": [INSIGHTS, INSIGHTS[:-1] + "9"]}, "InvalidParameterValueException"),
            ({"Layers": [f"{INSIGHTS[:-3]}{number}:1" for number in range(6)]}, "InvalidParameterValueException"),
            ({"Role": "arn:aws:iam::123456789012:role/none"}, "InvalidParameterValueException"),
        ],
    )
    def test_what_is_refused(
        self, functions: Any, client: Any, role: Any, refused: Any, changes: Any, code: str
    ) -> None:
        # The client itself refuses what is below a least value: these go past its checks.
        unchecked = without_checks(functions)
        with refused(code):
            create(unchecked, role, **changes)
        if "Role" in changes:
            role()
        create(functions, None, Role="arn:aws:iam::123456789012:role/runner")
        with refused(code):
            unchecked.update_function_configuration(FunctionName="f", **changes)

    def test_the_role_must_trust_lambda(self, functions: Any, role: Any, refused: Any) -> None:
        arn = role("other", service="ecs.amazonaws.com")
        with refused("InvalidParameterValueException", "cannot be assumed by Lambda"):
            create(functions, role, Role=arn)

    def test_the_role_must_trust_lambda_for_this_account(self, functions: Any, role: Any, refused: Any) -> None:
        def of(account: str) -> dict[str, Any]:
            return {"StringEquals": {"aws:SourceAccount": account}}

        arn = role("other", Condition=of("210987654321"))
        with refused("InvalidParameterValueException", "cannot be assumed by Lambda"):
            create(functions, role, Role=arn)
        create(functions, role, Role=role("own", Condition=of("123456789012")))

    def test_what_a_package_needs(self, functions: Any, role: Any, refused: Any) -> None:
        with refused("InvalidParameterValueException", "Runtime and Handler are mandatory"):
            create(functions, role, drop=("Runtime",))
        with refused("ValidationException"):
            create(functions, lambda: "arn:aws:iam::123456789012:role/runner", "x" * 65)


def without_checks(client: Any) -> Any:
    """The same client without botocore's own checks of parameters."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "lambda",
        endpoint_url=client.meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


class TestCode:
    def test_the_hash_is_that_of_the_package(self, functions: Any, role: Any) -> None:
        content = package()
        made = create(functions, role, Code={"ZipFile": content})
        expected = base64.b64encode(hashlib.sha256(content).digest()).decode()
        assert (made["CodeSha256"], made["CodeSize"]) == (expected, len(content))

    def test_an_update(self, functions: Any, role: Any) -> None:
        made, other = create(functions, role), package("other")
        hashed = base64.b64encode(hashlib.sha256(other).digest()).decode()
        tried = functions.update_function_code(FunctionName="f", ZipFile=other, DryRun=True)
        assert (tried["CodeSha256"], shown(functions)["CodeSha256"]) == (hashed, made["CodeSha256"])
        answer = functions.update_function_code(FunctionName="f", ZipFile=other, Architectures=["arm64"])
        assert answer["LastUpdateStatus"] == "InProgress"
        found = shown(functions)
        assert (found["CodeSha256"], found["Architectures"]) == (hashed, ["arm64"])
        assert found["RevisionId"] != made["RevisionId"]
        assert datetime.strptime(found["LastModified"], "%Y-%m-%dT%H:%M:%S.%f%z")

    @pytest.mark.parametrize("content", [b"not a zip", package(files=0)])
    def test_it_must_be_a_real_zip(self, functions: Any, role: Any, refused: Any, content: bytes) -> None:
        with refused("InvalidParameterValueException"):
            create(functions, role, Code={"ZipFile": content})
        create(functions, None, Role="arn:aws:iam::123456789012:role/runner")
        with refused("InvalidParameterValueException"):
            functions.update_function_code(FunctionName="f", ZipFile=content)

    def test_from_s3(self, functions: Any, role: Any, client: Any, refused: Any) -> None:
        client("s3").create_bucket(Bucket="code")
        client("s3").put_object(Bucket="code", Key="f.zip", Body=package())
        create(functions, role, Code={"S3Bucket": "code", "S3Key": "f.zip"})
        for code in ({"S3Bucket": "code", "S3Key": "none"}, {"S3Bucket": "none", "S3Key": "f.zip"}):
            with refused("InvalidParameterValueException", "Error occurred while GetObject"):
                functions.update_function_code(FunctionName="f", **code)

    def test_a_revision_that_is_not_the_latest(self, functions: Any, role: Any, refused: Any) -> None:
        create(functions, role)
        with refused("PreconditionFailedException", status=412):
            functions.update_function_code(FunctionName="f", ZipFile=package(), RevisionId="old")
        with refused("PreconditionFailedException"):
            functions.update_function_configuration(FunctionName="f", Timeout=5, RevisionId="old")


class TestStates:
    def test_a_new_function_is_pending_for_a_while(self, functions: Any, role: Any, control: Any, refused: Any) -> None:
        control("POST", "settings", lambda_create_delay=3600)
        create(functions, role)
        assert shown(functions)["State"] == "Pending"
        with refused("ResourceConflictException", "Pending", status=409):
            functions.update_function_code(FunctionName="f", ZipFile=package())
        control("POST", "time", advance_seconds=3600)
        functions.get_waiter("function_active_v2").wait(FunctionName="f")
        assert shown(functions)["State"] == "Active"

    def test_updates_conflict_while_one_is_in_progress(
        self, functions: Any, role: Any, control: Any, refused: Any
    ) -> None:
        create(functions, role)
        control("POST", "settings", lambda_update_delay=3600)
        functions.update_function_configuration(FunctionName="f", Timeout=5)
        assert shown(functions)["LastUpdateStatus"] == "InProgress"
        calls: list[Callable[[], Any]] = [
            lambda: functions.update_function_configuration(FunctionName="f", Timeout=6),
            lambda: functions.update_function_code(FunctionName="f", ZipFile=package()),
        ]
        for call in calls:
            with refused("ResourceConflictException", f"An update is in progress for resource: {ARN}", status=409):
                call()
        control("POST", "time", advance_seconds=3600)
        functions.get_waiter("function_updated_v2").wait(FunctionName="f")
        functions.update_function_configuration(FunctionName="f", Timeout=6)

    def test_a_function_exists_once(self, functions: Any, role: Any, refused: Any) -> None:
        create(functions, role)
        with refused("ResourceConflictException", "Function already exist: f", status=409):
            create(functions, None, Role="arn:aws:iam::123456789012:role/runner")

    @pytest.mark.parametrize("name", ["f", ARN, "123456789012:function:f", ARN + ":$LATEST"])
    def test_a_function_is_named_in_many_ways(self, functions: Any, role: Any, name: str) -> None:
        create(functions, role)
        assert functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"] == ARN

    def test_a_missing_function(self, functions: Any, role: Any, refused: Any) -> None:
        with refused("ResourceNotFoundException", f"Function not found: {ARN}", status=404):
            functions.get_function(FunctionName="f")
        create(functions, role)
        with refused("ResourceNotFoundException", f"Function not found: {ARN}:live"):
            functions.get_function(FunctionName="f", Qualifier="live")
        functions.delete_function(FunctionName="f")
        with refused("ResourceNotFoundException"):
            functions.delete_function(FunctionName="f")

    def test_its_log_group_outlives_it(self, functions: Any, role: Any, client: Any) -> None:
        client("logs").create_log_group(logGroupName="/aws/lambda/f")
        create(functions, role)
        functions.delete_function(FunctionName="f")
        assert client("logs").describe_log_groups()["logGroups"]

    def test_a_listing_has_no_states_and_goes_in_pages(self, functions: Any, role: Any) -> None:
        arn = role()
        for number in range(3):
            create(functions, None, f"f{number}", Role=arn)
        first = functions.list_functions(MaxItems=2)
        assert "State" not in first["Functions"][0]
        rest = functions.list_functions(Marker=first["NextMarker"])
        assert [item["FunctionName"] for item in first["Functions"] + rest["Functions"]] == ["f0", "f1", "f2"]

    def test_what_is_not_emulated_says_so(self, functions: Any, role: Any, refused: Any) -> None:
        create(functions, role)
        with refused("NotImplemented", status=501):
            functions.publish_version(FunctionName="f")
        with refused("NotImplemented", status=501):
            create(functions, None, "g", Role="arn:aws:iam::123456789012:role/runner", Publish=True)


def test_tags(functions: Any, role: Any, refused: Any) -> None:
    create(functions, role, Tags={"a": "1"})
    functions.tag_resource(Resource=ARN, Tags={"b": ""})
    functions.untag_resource(Resource=ARN, TagKeys=["a", "none"])
    assert functions.list_tags(Resource=ARN)["Tags"] == functions.get_function(FunctionName="f")["Tags"] == {"b": ""}
    with refused("ResourceNotFoundException", status=404):
        functions.list_tags(Resource=ARN + "x")
    with refused("InvalidParameterValueException"):
        functions.tag_resource(Resource=ARN, Tags={str(number): "" for number in range(50)})


def test_reserved_concurrency(functions: Any, role: Any, refused: Any) -> None:
    create(functions, role)
    assert "Concurrency" not in functions.get_function(FunctionName="f")
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    assert functions.get_function(FunctionName="f")["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert functions.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 0
    with refused("InvalidParameterValueException", "UnreservedConcurrentExecution"):
        functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=901)
    functions.delete_function_concurrency(FunctionName="f")
    assert "Concurrency" not in functions.get_function(FunctionName="f")


PERMISSION: dict[str, Any] = {
    "FunctionName": "f",
    "StatementId": "sns",
    "Action": "lambda:InvokeFunction",
    "Principal": "sns.amazonaws.com",
    "SourceArn": "arn:aws:sns:us-east-1:123456789012:alarms",
    "SourceAccount": "123456789012",
}


class TestPermissions:
    def test_a_statement_is_added_once_and_removed(self, functions: Any, role: Any, refused: Any) -> None:
        create(functions, role)
        with refused("ResourceNotFoundException", status=404):
            functions.get_policy(FunctionName="f")
        functions.add_permission(**PERMISSION)
        with refused("ResourceConflictException", "The statement id (sns) provided already exists", status=409):
            functions.add_permission(**PERMISSION)
        (found,) = json.loads(functions.get_policy(FunctionName="f")["Policy"])["Statement"]
        assert found == {
            "Sid": "sns",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": ARN,
            "Condition": {
                "ArnLike": {"AWS:SourceArn": "arn:aws:sns:us-east-1:123456789012:alarms"},
                "StringEquals": {"AWS:SourceAccount": "123456789012"},
            },
        }
        functions.remove_permission(FunctionName="f", StatementId="sns")
        with refused("ResourceNotFoundException"):
            functions.remove_permission(FunctionName="f", StatementId="sns")
        with refused("ResourceNotFoundException"):
            functions.get_policy(FunctionName="f")

    @pytest.mark.parametrize(
        ("principal", "written"),
        [("*", "*"), ("210987654321", {"AWS": "arn:aws:iam::210987654321:root"})],
    )
    def test_principals(self, functions: Any, role: Any, principal: str, written: Any) -> None:
        create(functions, role)
        answer = functions.add_permission(
            FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal=principal
        )
        assert json.loads(answer["Statement"])["Principal"] == written

    def test_a_principal_that_is_none(self, functions: Any, role: Any, refused: Any) -> None:
        create(functions, role)
        with refused("InvalidParameterValueException", "principal was invalid"):
            functions.add_permission(**{**PERMISSION, "Principal": "sns"})
