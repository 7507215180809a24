"""What must not be shown: AWS's words may repeat what they were about, an endpoint's address, a password."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

HIDDEN = "(secret)"

_OF_CREDENTIALS = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)

_USER_IN_URL = re.compile(r"(?<=://)[^\s/?#@'\"]*@")
_PLAIN_WORDS = re.compile(r"[a-z_-]+|[A-Z_-]+")
_PARTS = re.compile(r"[/?&=#:@]+")
_SHORTEST = 4
_LONG = 8


class Secrets:
    """Those that a run has learned of."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    @classmethod
    def of_environment(cls, environ: Mapping[str, str] = os.environ) -> Secrets:
        """With those of the environment: credentials, and what stands in the URLs of endpoints and proxies."""
        secrets = cls()
        secrets.learn(environ.get(name, "") for name in _OF_CREDENTIALS)
        urls = [value for name, value in environ.items() if _names_a_url(name)]
        secrets.learn(part for url in urls for part in _parts(url))
        return secrets

    def learn(self, texts: Iterable[str]) -> None:
        """Hide each of ``texts`` from now on, as it is and as it may be written in JSON, XML or a URL."""
        new = {form for text in texts for whole in (text, *_parts(text)) for form in _forms(whole)} - self._texts
        if new:
            self._texts |= new
            self._pattern = re.compile("|".join(map(_expression, sorted(self._texts, key=len, reverse=True))))

    def hide(self, text: str) -> str:
        """``text`` with :data:`HIDDEN` in place of each secret, and of user and password in any URL."""
        known = self._pattern.sub(HIDDEN, text) if self._pattern else text
        return _USER_IN_URL.sub(f"{HIDDEN}@", known) if "://" in known else known


def _names_a_url(variable: str) -> bool:
    name = variable.upper()
    return name.startswith("AWS_ENDPOINT_URL") or name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def _parts(text: str) -> Iterator[str]:
    """Of a URL what may be a secret by itself: user, password, path, and the pieces of it that are no mere words."""
    _, found, rest = text.partition("://")
    if found:
        authority, _, tail = rest.partition("/")
        user, _, _ = authority.rpartition("@")
        pieces = _PARTS.split(f"{user}/{tail}")
        yield from (piece for piece in [tail, user, *pieces] if _is_strong(piece))
        yield user.rpartition(":")[2]


def _forms(text: str) -> Iterator[str]:
    if len(text) >= _LONG or (len(text) >= _SHORTEST and not text.isalpha()):
        yield from (text, quote(text, safe=""), html.escape(text, quote=False), json.dumps(text)[1:-1])


def _is_strong(text: str) -> bool:
    """Whether it is no word that may stand in a name, and so would not be met but as itself."""
    return len(text) >= _LONG and _PLAIN_WORDS.fullmatch(text) is None


def _expression(text: str) -> str:
    """What finds ``text``: anywhere, or where it is short or a word, by itself; ``prod`` is no part of a name."""
    return re.escape(text) if _is_strong(text) else rf"(?<![\w/-]){re.escape(text)}(?![\w/-])"
