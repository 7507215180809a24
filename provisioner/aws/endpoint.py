"""Another endpoint than AWS's own, as it may be shown: what else stands in its URL may be a password."""

from __future__ import annotations

import os
from urllib.parse import urlsplit


def named() -> str:
    """Scheme, host and port of ``AWS_ENDPOINT_URL``; ``""`` where it is not set."""
    text = os.environ.get("AWS_ENDPOINT_URL", "")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not a URL)"
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else "(not a URL)"
