"""Who may send requests: programs of this machine, and no web page, by whatever name and in whatever form it comes."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from provisioner.emulator import Emulator

SCOPE = "Credential=AKIA/20260101/us-east-1/{}/aws4_request"
LIST = "Action=ListTopics&Version=2010-03-31"
JSON = "application/json"


def sent(emulator: Emulator, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
    """What the emulator answers, asked with these headers and no others: ``Content_Type`` is ``Content-Type``."""
    connection = http.client.HTTPConnection("127.0.0.1", int(emulator.url.rpartition(":")[2]), timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body.encode())
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text


def signed(service: str) -> dict[str, str]:
    return {"Authorization": f"AWS4-HMAC-SHA256 {SCOPE.format(service)}, Signature=x"}


def topics(emulator: Emulator, **headers: str) -> int:
    form = {"Content_Type": "application/x-www-form-urlencoded", **signed("sns")}
    return sent(emulator, "POST", "/", LIST, **{**form, **headers})[0]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:{port}", "127.0.0.1", "localhost:{port}", "LOCALHOST", "[::1]:{port}", "127.0.0.2:{port}",
        "127.0.0.1:9999",
    ],
)  # fmt: skip
def test_names_of_the_loopback_interface(emulator: Emulator, host: str) -> None:
    assert topics(emulator, Host=host.format(port=emulator.url.rpartition(":")[2])) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", "evil.localhost",
        "127.0.0.1.nip.io:{port}", "user@127.0.0.1", "evil.example@127.0.0.1:{port}", "127.0.0.1@evil.example",
        "127.0.0.1, evil.example", "0.0.0.0:{port}", "[::]:{port}", "[::1%25lo]", "2130706433", "0x7f000001", "127.1",
        "192.168.0.1", "[fe80::1]", "localhost.", "127.0.0.1:port", "127.0.0.1:{port}:1", "", " ", "localhost/x",
        "169.254.169.254", "sns.us-east-1.amazonaws.com", "::1", "[127.0.0.1",
    ],
)  # fmt: skip
def test_other_names_are_turned_away(emulator: Emulator, host: str) -> None:
    there = host.format(port=emulator.url.rpartition(":")[2])
    assert topics(emulator, Host=there) == 403
    assert sent(emulator, "GET", "/_emulator/calls", Host=there)[0] == 403


def test_a_request_without_a_name_or_with_another_in_its_line(emulator: Emulator) -> None:
    assert sent(emulator, "GET", "/_emulator/calls")[0] == 403
    assert sent(emulator, "GET", "http://evil.example/_emulator/calls", Host="127.0.0.1")[0] == 403


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", ""), ("Origin", "http://127.0.0.1:1"),
        ("Origin", "http://127.0.0.1"), ("Origin", "http://localhost:{port}"), ("Origin", "https://127.0.0.1:{port}"),
        ("Origin", "http://127.0.0.1:{port}.evil.example"), ("Origin", "http://127.0.0.1:{port} http://evil.example"),
        ("Origin", "http://x@127.0.0.1:{port}"), ("Origin", "chrome-extension://abc"), ("Origin", "file://"),
        ("Sec_Fetch_Site", "cross-site"), ("Sec_Fetch_Site", "same-site"), ("Sec_Fetch_Site", ""),
        ("Sec_Fetch_Site", "none, cross-site"), ("Sec_Fetch_Site", "anything"),
    ],
)  # fmt: skip
def test_pages_of_others_are_turned_away(emulator: Emulator, header: str, value: str) -> None:
    port = emulator.url.rpartition(":")[2]
    told = {"Host": f"127.0.0.1:{port}", header: value.format(port=port)}
    assert topics(emulator, **told) == 403
    for method, path in (("GET", "/_emulator/calls"), ("POST", "/_emulator/reset"), ("OPTIONS", "/_emulator/reset")):
        status, headers, _ = sent(emulator, method, path, Content_Type=JSON, **told)
        assert status == 403
        assert not [name for name in headers if name.startswith("access-control")]
    assert sent(emulator, "POST", "/2015-03-31/functions", "{}", **signed("lambda"), **told)[0] == 403


def test_what_is_of_here_may_come_in(emulator: Emulator) -> None:
    port = emulator.url.rpartition(":")[2]
    here = f"127.0.0.1:{port}"
    assert topics(emulator, Host=here, Origin=f"http://{here}") == 200
    assert topics(emulator, Host=here, Sec_Fetch_Site="same-origin") == 200
    assert sent(emulator, "GET", "/_emulator/calls", Host=here, Sec_Fetch_Site="none")[0] == 200


@pytest.mark.parametrize(
    "kind",
    [
        "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
        "text/plain; application/json",
    ],
)  # fmt: skip
def test_control_requests_say_that_they_are_json(emulator: Emulator, client: Any, kind: str) -> None:
    client("logs").create_log_group(logGroupName="/a")
    told = {"Host": "127.0.0.1", **({"Content_Type": kind} if kind else {})}
    for path in ("reset", "faults", "time"):
        assert sent(emulator, "POST", f"/_emulator/{path}", '{"advance_seconds": 1}', **told)[0] == 415
    assert len(client("logs").describe_log_groups()["logGroups"]) == 1
    assert sent(emulator, "DELETE", "/_emulator/faults", Host="127.0.0.1")[0] == 200
    assert sent(emulator, "POST", "/_emulator/reset", Host="127.0.0.1", Content_Type=f"{JSON}; charset=utf-8")[0] == 200
    assert client("logs").describe_log_groups()["logGroups"] == []


def test_a_signature_in_the_url_only_reads(emulator: Emulator, client: Any) -> None:
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    credentials = SCOPE.format("sns").replace("Credential=", "X-Amz-Credential=")
    assert sent(emulator, "GET", f"/?{LIST}&{credentials}", Host="localhost")[0] == 200
    for method, operation in (("GET", "DeleteTopic"), ("POST", "DeleteTopic"), ("POST", "ListTopics")):
        path = f"/?Action={operation}&Version=2010-03-31&TopicArn={topic}&{credentials}"
        status, _, text = sent(emulator, method, path, Host="localhost")
        assert (status, "AccessDenied" in text) == (403, True)
    function = SCOPE.format("lambda").replace("Credential=", "X-Amz-Credential=")
    path = f"/2015-03-31/functions?{function}"
    assert sent(emulator, "POST", path, "{}", Host="localhost", Content_Type="text/plain")[0] == 403
    assert len(client("sns").list_topics()["Topics"]) == 1


def test_no_answer_lets_pages_read_it(emulator: Emulator, client: Any) -> None:
    client("s3").create_bucket(Bucket="bucket")
    for service, path in (
        ("s3", "/bucket"),
        ("sns", f"/?{LIST}"),
        ("sts", "/?Action=GetCallerIdentity&Version=2011-06-15"),
    ):
        status, headers, _ = sent(emulator, "GET", path, Host="localhost", **signed(service))
        assert status == 200
        assert not [name for name in headers if name.startswith("access-control")]


def test_answers_to_control_requests_are_json(emulator: Emulator) -> None:
    status, headers, text = sent(emulator, "GET", "/_emulator/calls", Host="localhost")
    assert (status, headers["content-type"], json.loads(text)) == (200, JSON, [])
