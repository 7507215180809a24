"""The process between us and a handler: it closes the handler off, and ends all that the handler has started.

Run by ``cell`` in an interpreter of its own, for nobody may fork or change namespaces where threads are; once for each
run of a handler, so that it imports only what is in C: ``socket`` and ``json`` would double its time. Its orders come
through a socket, and when that is closed, whoever closed it and why (``verify`` killed, too), everything here ends::

    us ── main ── first ── the handler ── what it starts        first is process 1 of namespaces of its own
    us ── main ── the handler ── what it starts                 unconfined: main adopts what loses its parent

Linux namespaces: "namespaces(7)", "user_namespaces(7)", "pid_namespaces(7)", "mount_namespaces(7)".
"""

from __future__ import annotations

import _socket
import ctypes
import errno
import fcntl
import marshal
import os
import resource
import select
import struct
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NoReturn

    from provisioner.runtime.cell import Orders
    from provisioner.runtime.view import View

# linux/sched.h, sys/mount.h, linux/mount.h, linux/prctl.h, linux/capability.h, linux/if.h
_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_READ_ONLY, _NO_SUID, _NO_DEV, _NO_EXEC, _BIND, _RECURSIVE, _PRIVATE = 1, 2, 4, 8, 0x1000, 0x4000, 0x40000
_DETACH = 2
_HERE, _AND_BELOW, _SET_MOUNT = -100, 0x8000, 442
_ON_PARENTS_DEATH, _DROP_BOUND, _SUBREAPER, _NO_NEW_PRIVILEGES = 1, 24, 36, 38
_CAPABILITIES_3 = 0x20080522
_SET_INTERFACE, _UP = 0x8914, 1
_KILL = 9
_KEYCTL, _JOIN_SESSION = {"x86_64": 250, "aarch64": 219, "riscv64": 219}, 1

_FILE_BYTES = _TMP_BYTES = 512 * 2**20
"""Of one file, and of /tmp: what Lambda gives by default."""
_OPEN_FILES = 1024
"""Lambda's own limit."""
_SLACK_BYTES = 2**30
"""On top of the function's memory: here counts what is reserved, such as a thread's stack, in Lambda what is used."""
_GRACE_SECONDS = 3.0
_LOOK_SECONDS = 0.02
_READY = b"ready"
"""Sent with the sockets; anything else is why there are none."""

_LIBC = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any, known_as: str = "") -> None:
    """A function of the C library. Raises ``OSError`` that names it."""
    if getattr(_LIBC, name)(*arguments):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), known_as or name)


def _if_possible(act: Callable[..., None], *arguments: Any) -> None:
    try:
        act(*arguments)
    except (OSError, ValueError):
        return


def main(control: _socket.socket) -> int:
    """Run the handler that the orders name. Returns its exit status, 128 and more for a signal."""
    os.set_inheritable(control.fileno(), False)
    order: Orders = marshal.loads(_received(control))
    view = order["view"]
    try:
        _separate() if view else _adopt_orphans()
        child = os.fork()
        if not child:
            _first(order, view, control) if view else _handle(order, _sockets(order, control))
    except OSError as error:
        _refuse(control, error)
    status = _exit_status(_outlast(child, control))
    if not view:
        _end_descendants(child)
    return status


def _received(control: _socket.socket) -> bytes:
    """A text with its length before it."""
    content = b""
    while len(content) < 4 or len(content) - 4 < int.from_bytes(content[:4], "big"):
        chunk = control.recv(65_536)
        if not chunk:
            os._exit(126)
        content += chunk
    return content[4:]


def _refuse(control: _socket.socket, error: OSError) -> NoReturn:
    control.sendall(f"{error.filename or 'the system'}: {error.strerror}".encode())
    os._exit(126)


def _outlast(child: int, control: _socket.socket) -> int:
    """Wait until the child ends, and have it end when ``control`` is closed. Returns its status.

    Looks now and then, for no thread can be started where the namespace of processes has been changed.
    """
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if select.select([control], [], [], _LOOK_SECONDS)[0]:
            os.kill(child, _KILL)
            return os.waitpid(child, 0)[1]


def _exit_status(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


# -- confined: process 1 and its world


def _separate() -> None:
    """Namespaces for what this process starts; one of users too, where the kernel has that: so nobody needs root."""
    user, group = os.geteuid(), os.getegid()
    others = _NEWNS | _NEWIPC | _NEWPID | _NEWNET
    try:
        _call("unshare", _NEWUSER | others)
    except OSError:
        if user:
            raise
        _call("unshare", others)
        return
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(content)


def _first(order: Orders, view: View, control: _socket.socket) -> NoReturn:
    """Process 1: when it ends, the kernel ends all others of the namespace, wherever they have hidden."""
    try:
        _call("prctl", _ON_PARENTS_DEATH, _KILL, 0, 0, 0)
        _close_off(view)
        _loopback_up()
        _leave_keyring()
        _give_up_privileges()
        environment = _sockets(order, control)
    except OSError as error:
        _refuse(control, error)
    control.close()
    handler = os.fork()
    if not handler:
        _handle(order, environment)
    while True:
        ended, status = os.wait()
        if ended == handler:
            os._exit(_exit_status(status))


def _close_off(view: View) -> None:
    """A root of what the handler needs, to be read, and a /tmp. Of the rest there is not even a mount any longer."""
    root = view["root"]
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", root, "tmpfs", _NO_SUID, "mode=755,size=4m")
    for kind, path in view["places"]:
        _place(kind, path, root + path)
    os.mkdir(f"{root}/proc")
    # Where a container masks parts of /proc the kernel gives no fresh one. There is none then: few programs miss it.
    _if_possible(_mount, "proc", f"{root}/proc", "proc", _NO_SUID | _NO_DEV | _NO_EXEC | _READ_ONLY)
    for path, target in view["links"].items():
        if not os.path.lexists(root + path):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            os.symlink(target, root + path)
    _set_read_only(root, True)
    for kind, path in view["places"]:
        if kind == "write":
            _set_read_only(root + path, False)
    os.chdir(root)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _DETACH)
    os.chdir("/")


def _place(kind: str, path: str, target: str) -> None:
    if kind == "show" and not os.path.isdir(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "a"):
            pass
    else:
        os.makedirs(target, exist_ok=True)
    match kind:
        case "show":
            _mount(path, target, None, _BIND | _RECURSIVE)
        case "write":
            _mount("tmpfs", target, "tmpfs", _NO_SUID | _NO_DEV, f"mode=1777,size={_TMP_BYTES}")
        case "hide":
            _mount("tmpfs", target, "tmpfs", _NO_SUID | _NO_DEV, "mode=755,size=1m")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    names = [None if name is None else os.fsencode(name) for name in (source, target, kind, data)]
    try:
        _call("mount", *names[:3], ctypes.c_ulong(flags), names[3])
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"mount {target}") from error


def _set_read_only(path: str, wanted: bool) -> None:
    """Of all mounts at ``path`` and below, since Linux 5.12. The system call has this number on every processor."""
    attributes = struct.pack("4Q", wanted * _READ_ONLY, (not wanted) * _READ_ONLY, 0, 0)
    below = _AND_BELOW if wanted else 0
    call = (ctypes.c_long(_SET_MOUNT), _HERE, os.fsencode(path), below, attributes, ctypes.c_size_t(len(attributes)))
    _call("syscall", *call, known_as="mount_setattr")


def _loopback_up() -> None:
    fcntl.ioctl(_socket.socket(type=_socket.SOCK_DGRAM), _SET_INTERFACE, struct.pack("16sH22x", b"lo", _UP))


def _leave_keyring() -> None:
    """The kernel keeps keys for a session, "keyrings(7)", and there is no namespace of them: begin one of one's own."""
    if number := _KEYCTL.get(os.uname().machine):
        _LIBC.syscall(ctypes.c_long(number), _JOIN_SESSION, None)


def _give_up_privileges() -> None:
    """For good, also for a root that runs this: what has been hidden cannot be unmounted, nor devices made."""
    for capability in range(64):
        try:
            _call("prctl", _DROP_BOUND, capability, 0, 0, 0)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            break  # there are no more
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _call("capset", struct.pack("Ii", _CAPABILITIES_3, 0), bytes(24))


# -- unconfined


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        _call("prctl", _SUBREAPER, 1, 0, 0, 0)
        _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _end_descendants(child: int) -> None:
    """The child's group, and on Linux whatever has left it: what loses its parent becomes our own child."""
    _if_possible(os.killpg, child, _KILL)
    until = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < until:
        for pid in _children():
            _if_possible(os.kill, pid, _KILL)
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.002)
        except ChildProcessError:
            return


def _children() -> Iterator[int]:
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        try:
            with open(f"/proc/{int(name)}/stat", "rb") as file:
                # The name of the program stands before this in parentheses, and may contain anything.
                if int(file.read().rpartition(b")")[2].split()[1]) == os.getpid():
                    yield int(name)
        except (OSError, ValueError):
            continue  # no process, or one that has ended meanwhile


# -- both


def _sockets(order: Orders, control: _socket.socket) -> dict[str, str]:
    """Send the sockets that the handler will talk to, which belong to its network. Returns its environment."""
    view, forward = order["view"], order["forward"]
    api, traces = _listener(_socket.SOCK_STREAM, 0), _listener(_socket.SOCK_DGRAM, 0)
    sent = [api, traces, *([_listener(_socket.SOCK_STREAM, forward)] if view and forward else [])]
    environment = {"HOME": "/tmp" if view else order["home"]} | order["environment"]
    environment["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{api.getsockname()[1]}"
    environment.setdefault("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{traces.getsockname()[1]}")
    descriptors = struct.pack(f"{len(sent)}i", *(one.fileno() for one in sent))
    control.sendmsg([_READY], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptors)])
    for one in sent:
        one.close()
    return environment


def _listener(kind: int, port: int) -> _socket.socket:
    made = _socket.socket(_socket.AF_INET, kind)
    made.bind(("127.0.0.1", port))
    if kind == _socket.SOCK_STREAM:
        made.listen()
    return made


def _handle(order: Orders, environment: dict[str, str]) -> NoReturn:
    """Become the handler."""
    try:
        os.setsid()
        os.chdir(order["folder"])
        # Other systems than Linux refuse some of these.
        _if_possible(_bound, resource.RLIMIT_CORE, 0)
        _if_possible(_bound, resource.RLIMIT_FSIZE, _FILE_BYTES)
        _if_possible(_bound, resource.RLIMIT_NOFILE, _OPEN_FILES)
        _if_possible(_bound, resource.RLIMIT_DATA, order["memory_mb"] * 2**20 + _SLACK_BYTES)
        os.execve(order["command"][0], order["command"], environment)
    except (OSError, ValueError) as error:
        print(f"the handler cannot be started: {error}", file=sys.stderr, flush=True)  # noqa: T201  # it has no other voice
    os._exit(126)


def _bound(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (limit, limit))
