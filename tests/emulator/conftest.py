"""The session's embedded AWS, emptied before every test, and boto3 clients that talk to it over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from provisioner.emulator import Emulator

ACCOUNT = "123456789012"
REGION = "us-east-1"

Client = Callable[..., Any]


@pytest.fixture(scope="session")
def clients(server: Emulator) -> Client:
    """Make clients once: it takes longer than any call. No retries, so a test sees the first answer."""
    session = boto3.Session()
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
    made: dict[tuple[str, str, str], Any] = {}

    def client(service: str, region: str = REGION, account: str = "AKIAIOSFODNN7EXAMPLE") -> Any:
        key = (service, region, account)
        if key not in made:
            made[key] = session.client(
                service,
                region_name=region,
                endpoint_url=server.url,
                aws_access_key_id=account,
                aws_secret_access_key="secret",
                config=config,
            )
        return made[key]

    return client


@pytest.fixture(autouse=True)
def emulator(server: Emulator) -> Emulator:
    server.reset()
    return server


@pytest.fixture
def client(clients: Client, emulator: Emulator) -> Client:
    return clients


@pytest.fixture
def control(emulator: Emulator) -> Callable[..., Any]:
    """Call the control API: ``control("POST", "faults", service="kms", ...)``; its JSON, or the status of an error."""

    def request(method: str, path: str, **body: Any) -> Any:
        url = f"{emulator.url}/_emulator/{path}"
        data = json.dumps(body).encode() if method == "POST" else None
        try:
            asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
            with urllib.request.urlopen(asked) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            problem.close()
            return problem.code

    return request


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[None]]:
    """``with refused("KMSInvalidStateException", "pending deletion"):`` expects AWS's refusal of that code,
    whose message has those words, and perhaps that HTTP status."""

    @contextmanager
    def expect(code: str, words: str = "", *, status: int | None = None) -> Iterator[None]:
        with pytest.raises(ClientError) as caught:
            yield
        error = caught.value.response
        assert error["Error"]["Code"] == code, error
        assert words.lower() in error["Error"]["Message"].lower(), error
        if status is not None:
            assert error["ResponseMetadata"]["HTTPStatusCode"] == status

    return expect


@pytest.fixture
def role(client: Client) -> Any:
    """A function that makes a role Lambda may assume, and returns its ARN."""

    def make(name: str = "runner", service: str = "lambda.amazonaws.com", **more: Any) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
        return str(made["Role"]["Arn"])

    return make


@pytest.fixture
def key_policy() -> Callable[..., str]:
    """A key policy that lets the account do everything, and the given services what they need."""

    def write(*services: str) -> str:
        statements: list[dict[str, Any]] = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ]
        use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        statements += [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": use, "Resource": "*"}
            for service in services
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    return write
