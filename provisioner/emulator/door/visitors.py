"""Who may come in. Credentials are not checked here, and Invoke runs code: no web page may send a request.

A page of any site that a browser on this machine shows can send requests to the loopback interface. The browser tells
of it, by ``Origin`` and ``Sec-Fetch-Site``; and a page that has had a name of its own resolve to 127.0.0.1 (DNS
rebinding), so that its browser takes it for ours, is known by that name in ``Host``. What a page can send without
asking first has no header of its own choice: neither a signature, unless in the URL, nor a content type of JSON.
"""

from __future__ import annotations

import ipaddress
import re

from moto.core.request import Request

_HOST = re.compile(r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)

_READS = re.compile(r"(Get|List|Describe|Head)[A-Z]")


def unwelcome(request: Request) -> str:
    """Why nothing of ``request`` is looked at; ``""`` if it may come in."""
    host = request.environ.get("HTTP_HOST", "")
    if not _is_loopback(host):
        return "The emulator answers requests to localhost, 127.0.0.1 or [::1], by these names alone."
    if request.headers.get("Origin", f"http://{host}").lower() != f"http://{host}".lower():
        return "The emulator does not answer web browsers that show pages of others."
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return "The emulator does not answer web browsers that show pages of others."
    return ""


def _is_loopback(host: str) -> bool:
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].lower().strip("[]")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_plain_json(request: Request) -> bool:
    """Whether a control request is one that no page could send unasked: it reads, or says that its body is JSON."""
    if request.method in ("POST", "PUT", "PATCH") or request.content_type:
        return request.mimetype == "application/json"
    return True


def may_act(request: Request, operation: str) -> bool:
    """Whether ``operation`` may be asked for so: by a signature in the URL, which a link can hold, only what reads."""
    signed = "Authorization" in request.headers
    return signed or (request.method in ("GET", "HEAD") and _READS.match(operation) is not None)
