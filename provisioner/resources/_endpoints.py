"""Who hears of a topic: the name of a subscription, and what of its endpoint may be shown."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from provisioner.aws.arns import last_part


def subscription_name(topic: str, protocol: str, endpoint: str) -> str:
    """``topic/protocol/queue`` (``topic`` by name); a digest in place of an endpoint that may be secret."""
    if protocol in ("sqs", "lambda", "firehose"):
        return f"{topic}/{protocol}/{last_part(endpoint)}"
    return f"{topic}/{protocol}/{hashlib.sha256(endpoint.encode()).hexdigest()[:12]}"


def conceal_endpoint(endpoint: Any) -> Any:
    """A web hook's path, query and user are its password."""
    if isinstance(endpoint, str) and endpoint.startswith(("http://", "https://")):
        parts = urlsplit(endpoint)
        return f"{parts.scheme}://{parts.hostname}/(secret)"
    return endpoint
