"""What a confined handler sees of the file system: Python, the system's programs and libraries, its own code, a /tmp.

Everything is left out but what is listed, so nobody has to know where credentials are. What is shown cannot be written.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypedDict

Kind = Literal["show", "hide", "write"]

_SYSTEM = (
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/libexec", "/usr/share"),
    *("/usr/local/bin", "/usr/local/lib", "/usr/local/lib64", "/usr/local/share"),
    *("/nix/store", "/gnu/store", "/home/linuxbrew/.linuxbrew/Cellar", "/home/linuxbrew/.linuxbrew/opt"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/mime.types"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/hosts"),
    *("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/tls/openssl.cnf", "/etc/pki/ca-trust"),
    *("/etc/crypto-policies", "/etc/ca-certificates"),
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"),
)
_LINKS = {f"/dev/{name}": f"/proc/self/{at}" for name, at in {"fd": "fd", "stdout": "fd/1", "stderr": "fd/2"}.items()}
_OF_PYTHON = ("bin", "lib", "lib32", "lib64", "ssl", "pyvenv.cfg")
"""Below a prefix of Python, which may be anything: somebody's home, too."""


class View(TypedDict):
    """``places`` from above to below; where else symbolic ``links`` lead; ``root``, a folder to put it all together."""

    root: str
    places: list[tuple[Kind, str]]
    links: dict[str, str]


def view(root: Path, shown: Iterable[Path], hidden: Iterable[Path]) -> View:
    """With the folders ``shown``; the home and the folders ``hidden`` are empty, also below a folder that is shown."""
    kinds: dict[str, Kind] = {"/tmp": "write", "/dev/shm": "write"}
    for path in (os.path.expanduser("~"), *map(str, hidden)):
        if os.path.isabs(path):
            kinds[os.path.realpath(path)] = "hide"
    always, links = _always()
    own: dict[str, str] = {}
    kinds |= dict.fromkeys([*always, *(_resolved(os.path.abspath(path), own) for path in shown)], "show")
    return {"root": str(root), "places": list(_needed(kinds)), "links": links | own}


@cache
def _always() -> tuple[list[str], dict[str, str]]:
    """What everybody sees, of all that there is on this machine, and the symbolic links on the way there."""
    links = dict(_LINKS)
    return [_resolved(path, links) for path in (*_SYSTEM, *_python()) if os.path.exists(path)], links


def _python() -> Iterator[str]:
    yield sys.executable
    for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix):
        yield from (os.path.join(prefix, name) for name in _OF_PYTHON)
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def _resolved(path: str, links: dict[str, str]) -> str:
    """``path`` without symbolic links; each on the way is noted in ``links``, so that ``path`` still leads there."""
    done, ahead = "/", path.split("/")
    while ahead:
        name, *ahead = ahead
        here = os.path.normpath(os.path.join(done, name))
        if os.path.islink(here):
            links[here] = os.readlink(here)
            done, ahead = ("/" if os.path.isabs(links[here]) else done), [*links[here].split("/"), *ahead]
        else:
            done = here
    return done


def _needed(kinds: dict[str, Kind]) -> Iterator[tuple[Kind, str]]:
    """From above to below, without what is so by what stands above it."""
    kept: dict[str, Kind] = {}
    for path in sorted(kinds, key=lambda path: path.split("/")):
        above: Sequence[Kind] = [kept[str(parent)] for parent in Path(path).parents if str(parent) in kept]
        kind = kinds[path]
        if kind == "hide" and (not above or above[0] != "show"):
            continue
        if kind == "write" or not above or above[0] != kind:
            kept[path] = kind
            yield kind, path
