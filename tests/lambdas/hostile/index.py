"""A function that tries what no function should: each event names an attempt, and the answer is what it got.

What it got is logged as an error, too, so that ``verify`` counts it.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def environments(_: object) -> str:
    """Of any other process, the one that started this one among them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if int(path.parent.name) != os.getpid() and path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return " ".join(found)


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def write(path: str) -> str:
    Path(path).write_text("mine", encoding="utf-8")
    return path


def connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return f"port {port}"


def keyring(number: int) -> str:
    """A key of the session by which this process was started; ``number`` is that of the system call keyctl."""
    search, session = 10, -3
    found = ctypes.CDLL(None).syscall(number, search, session, b"user", b"a-key-of-the-caller", 0)
    return f"key {found}" if found > 0 else ""


def big_file(_: object) -> str:
    with open(Path.home() / "big", "wb") as file:
        file.seek(2**30)
        file.write(b"x")
        file.flush()
    return "1 GiB of a file"


def memory(_: object) -> str:
    return f"{len(bytearray(4 * 2**30))} bytes"


def daemon(seconds: str) -> str:
    """Leaves a process that has left parent, group and session. It is no success yet."""
    child = os.fork()
    if not child:
        os.setsid()
        if not os.fork():
            os.execvp("sleep", ["sleep", seconds])
        os._exit(0)
    os.waitpid(child, 0)
    return ""


def print_for_ever(_: object) -> str:
    while True:
        sys.stdout.write("x" * 65_536 + "\n")


def log_for_ever(_: object) -> str:
    while True:
        logging.error("x" * 65_536)


def empty_lines_for_ever(_: object) -> str:
    while True:
        os.write(1, b"\n" * 65_536)


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return ""


def large_answer(size: int) -> str:
    return "x" * size


def garbage(_: object) -> str:
    """To the X-Ray daemon, to the runtime API, and into the pipe of the log."""
    host, _, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].partition(":")
    header = b'{"format": "json", "version": 1}\n'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as traces:
        for packet in (b"", b"no more documents", b"\xff" * 60_000, header + b"[1]", header + b"[" * 50_000, header):
            traces.sendto(packet, (host, int(port)))
        traces.sendto(header + b'{"id": "real"}', (host, int(port)))
    api = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    for text in (
        b"\x00\xff garbage\r\n\r\n",
        b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n",
        b"GET /elsewhere HTTP/1.1\r\n\r\n",
        b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]",
        b"POST /2018-06-01/runtime/invocation/request-7/response HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /2018-06-01/runtime/invocation/request-0/response HTTP/1.1\r\nContent-Length: -4\r\n\r\n",
        b"POST /2018-06-01/runtime/invocation/request-0/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ):
        with socket.create_connection((api[0], int(api[1]))) as connection:
            connection.sendall(text)
            assert b" 200 " not in connection.recv(4096).partition(b"\r\n")[0]
    for descriptor in range(3, 64):
        try:
            if os.readlink(f"/proc/self/fd/{descriptor}").startswith("pipe:"):
                os.write(descriptor, b"garbage in the log, more than a header\n")
        except OSError:
            continue
    return ""


def report_nonsense(body: str) -> str:
    """Answers its own event with a report of an error that has no form, and ends."""
    api = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    path = f"/2018-06-01/runtime/invocation/{json.loads(body)['request']}/error"
    with socket.create_connection((api[0], int(api[1]))) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        connection.recv(4096)
    os._exit(0)


def handler(event: dict[str, Any], context: object) -> str:
    attempt: Callable[[Any], str] = globals()[event["do"]]
    try:
        got = attempt(event.get("at"))
    except (OSError, MemoryError):
        return ""
    if got:
        logging.error("got %s", got[:1000])
    return got
