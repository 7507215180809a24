"""Between a client and the embedded AWS: an endpoint that passes requests on, and answers what it likes."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree


@dataclass
class Interpreter:
    """``change`` makes of the operation's name and the body of AWS's answer what the client gets; ``heard`` has the
    names, in order. Operations of the REST services are named by method and path.
    """

    url: str
    change: Callable[[str, bytes], bytes] = field(default=lambda _, body: body)
    heard: list[str] = field(default_factory=list)


@contextmanager
def interpreter(aws: str) -> Iterator[Interpreter]:
    """One in front of the AWS at the URL ``aws``."""
    there = urlsplit(aws)
    assert there.hostname

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            with closing(http.client.HTTPConnection(there.hostname or "", there.port)) as connection:
                connection.request(self.command, self.path, given, headers)
                answer = connection.getresponse()
                plain = answer.read()
            name = self._operation(given)
            found.heard.append(name)
            body = found.change(name, plain)
            self.send_response(answer.status)
            for header, value in answer.getheaders():
                if header.lower() not in ("content-length", "connection", "date", "server"):
                    self.send_header(header, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _operation(self, given: bytes) -> str:
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            form = parse_qs(given.decode("latin-1")).get("Action", [""])[0]
            return target or form or f"{self.command} {re.sub(r'[^/]*:[^/]*|[^/]*%3A[^/]*', 'ARN', self.path)}"

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on  # the server calls them so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # so named there
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False  # so that leaving waits for them
        found = Interpreter(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield found
        server.shutdown()


def mistaken(body: bytes, chance: random.Random) -> bytes:
    """``body`` with something wrong about it, or about what is in it."""
    if chance.random() < 0.2:
        return _another(body, chance)
    try:
        value = json.loads(body)
    except ValueError:
        return _mistaken_xml(body, chance) if body.startswith(b"<") else _another(body, chance)
    where = chance.choice(list(_places(value)))
    return json.dumps(_replaced(value, where, _strange(chance))).encode()


def _another(body: bytes, chance: random.Random) -> bytes:
    cut = chance.randrange(len(body) + 1)
    broken = body[:cut] + chance.randbytes(2) + body[cut:]
    return chance.choice(
        [b"", b"{}", b"[]", b"<html><body>no</body></html>", b"\xff\xfe", b"[" * 3000, body[:cut], broken]
    )


_Place = tuple[str | int, ...]


def _places(value: object, place: _Place = ()) -> Iterator[_Place]:
    yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _places(item, (*place, key))
    if isinstance(value, str) and value.startswith("{"):
        yield (*place, "{}")


def _replaced(value: object, place: _Place, new: object) -> object:
    if not place:
        return new
    if place == ("{}",) and isinstance(value, str):  # a document in a text
        document = json.loads(value)
        return json.dumps(_replaced(document, list(_places(document))[-1], new))
    if isinstance(value, dict):
        return {key: _replaced(item, place[1:], new) if key == place[0] else item for key, item in value.items()}
    assert isinstance(value, list)
    return [_replaced(item, place[1:], new) if number == place[0] else item for number, item in enumerate(value)]


def _strange(chance: random.Random) -> object:
    texts = [
        "",
        "x",
        "\x1b[2J\n[/x]\u202e",
        "\ud800",
        "../../x",
        "{",
        "[]",
        "5",
        "-1",
        "arn:aws:x",
        "http://[",
        "9" * 400,
        "%7B",
    ]
    values: list[object] = [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        1e999,
        [],
        {},
        [None],
        {"a": None},
        [[]],
        {"Statement": "x"},
        *texts,
    ]
    value: object = chance.choice(values)
    return [value] if chance.random() < 0.1 else {"A": value} if chance.random() < 0.1 else value


def _mistaken_xml(body: bytes, chance: random.Random) -> bytes:
    root = ElementTree.fromstring(body)
    element = chance.choice(list(root.iter()))
    match chance.randrange(5):
        case 0:
            element.text = chance.choice(["", "x", "-1", "{", "[]", "%7B%7D", "\u202e[/x]", "true", "9" * 400])
        case 1:
            element.tag = "x"
        case 2:
            element.append(ElementTree.Element("x"))
        case 3:
            element.extend(list(element))
        case 4:
            element[:] = []
    return ElementTree.tostring(root)
