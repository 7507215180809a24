"""What is on record of a secret: enough to tell whether it is still the same, and as little help as can be to guess it.

A stamp is a salted hash that is slow on purpose (scrypt, RFC 7914), so that each guess costs as much as a look. It is
made once for each secret and run. Former versions recorded a plain SHA-256, which is still compared, and replaced when
the record is next written.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from functools import cache

COST = 15
"""The binary logarithm of scrypt's N: 32 MB and a tenth of a second."""

_STAMP = re.compile(r"scrypt:(?P<cost>\d\d):(?P<salt>[0-9a-f]{32}):(?P<hash>[0-9a-f]{64})")
_PLAIN = re.compile(r"sha256:[0-9a-f]{64}")
_COSTS = range(14, 18)
"""Those that are computed: whoever writes the state must not choose how long we take."""


@cache
def stamp(secret: str, owner: str) -> str:
    """A stamp of ``secret``, the same for ``owner`` throughout a run; that two owners share one is not to be seen."""
    salt = secrets.token_hex(16)
    return f"scrypt:{COST}:{salt}:{_hash(secret, salt, COST)}"


def is_stamp(value: object) -> bool:
    """Whether ``value`` stands for a secret on record."""
    return isinstance(value, str) and bool(_STAMP.fullmatch(value) or _PLAIN.fullmatch(value))


def is_outdated(value: str) -> bool:
    """Whether a stamp should be made anew, with another cost or salt."""
    found = _STAMP.fullmatch(value)
    return found is None or int(found["cost"]) != COST


def is_of(value: object, secret: str) -> bool:
    """Whether ``value`` is a stamp of ``secret``."""
    if not isinstance(value, str):
        return False
    found = _STAMP.fullmatch(value)
    if found is None:
        return hmac.compare_digest(value.encode("utf-8", "surrogatepass"), plain_stamp(secret).encode())
    cost = int(found["cost"])
    return cost in _COSTS and hmac.compare_digest(found["hash"], _hash(secret, found["salt"], cost))


def plain_stamp(secret: str) -> str:
    """What former versions put on record."""
    return "sha256:" + hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _hash(secret: str, salt: str, cost: int) -> str:
    text, grains = secret.encode("utf-8", "surrogatepass"), bytes.fromhex(salt)
    return hashlib.scrypt(text, salt=grains, n=2**cost, r=8, p=1, maxmem=2 ** (cost + 11), dklen=32).hex()
