"""Connections last: one request after another comes by the same one, whatever became of the one before."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from provisioner.emulator import Emulator

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{}/aws4_request"
JSON = {"Content-Type": "application/x-amz-json-1.1"}
LIST_KEYS = {"Authorization": SIGNED.format("kms"), "X-Amz-Target": "TrentService.ListKeys", **JSON}
LISTED = {"service": "kms", "operation": "ListKeys", "status": 200, "region": "us-east-1", "write": False}


def connect(emulator: Emulator) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=10)


@pytest.fixture
def connection(emulator: Emulator) -> Iterator[http.client.HTTPConnection]:
    with closing(connect(emulator)) as made:
        made.connect()
        yield made


def asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes]:
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.read()


def assert_goes_on(connection: http.client.HTTPConnection) -> None:
    """The next request is answered, by the socket that was there before it."""
    before = connection.sock
    status, body = asked(connection, "POST", "/", b"{}", **LIST_KEYS)
    assert (status, json.loads(body)["Keys"]) == (200, [])
    assert connection.sock is before is not None


def test_an_answer_is_followed_by_the_next(connection: http.client.HTTPConnection) -> None:
    for _ in range(3):
        assert_goes_on(connection)


def test_a_body_that_nobody_wanted_is_no_request(connection: http.client.HTTPConnection) -> None:
    status, _ = asked(connection, "POST", "/", b"GET / HTTP/1.1\r\n\r\n", Origin="http://page.example")
    assert status == 403
    assert_goes_on(connection)


def test_an_answer_without_a_body_is_followed_by_the_next(connection: http.client.HTTPConnection) -> None:
    for method, status in (("PUT", 200), ("HEAD", 200), ("DELETE", 204)):
        assert asked(connection, method, "/team", Authorization=SIGNED.format("s3"))[0] == status
        assert_goes_on(connection)


def test_a_request_in_chunks_is_understood(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/", iter([b"{", b"}"]), LIST_KEYS, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["Keys"] == []


def test_whoever_ends_in_the_middle_of_a_request_is_forgotten(
    connection: http.client.HTTPConnection, emulator: Emulator, capfd: pytest.CaptureFixture[str]
) -> None:
    connection.putrequest("POST", "/")
    for name, value in {**LIST_KEYS, "Content-Length": "200"}.items():
        connection.putheader(name, value)
    connection.endheaders(b'{"Limit": ')
    connection.close()
    with closing(connect(emulator)) as another:
        another.connect()
        assert_goes_on(another)
        assert json.loads(asked(another, "GET", "/_emulator/calls")[1]) == [LISTED]
    assert capfd.readouterr() == ("", "")


def test_whoever_asks_whether_to_go_on_is_told_so(connection: http.client.HTTPConnection) -> None:
    connection.putrequest("POST", "/")
    for name, value in {**LIST_KEYS, "Content-Length": "2", "Expect": "100-continue"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 100 ")
    connection.send(b"{}")
    assert json.loads(connection.getresponse().read())["Keys"] == []


def test_what_has_stopped_does_not_answer_by_an_old_connection_either() -> None:
    with Emulator() as stopping, closing(connect(stopping)) as old:
        assert asked(old, "GET", "/_emulator/time")[0] == 200
        assert old.sock is not None
        stopping.stop()
        old.auto_open = 0
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            asked(old, "GET", "/_emulator/time")
