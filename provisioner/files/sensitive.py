"""Names under which keys and passwords are kept. Nothing that is called so is packed or shown."""

from __future__ import annotations

import re
from pathlib import PurePath

_FILE = re.compile(
    r".*\.env|\.env(rc|\..*)"  # .env, prod.env, .envrc, .env.prod
    r"|.*\.(pem|key|p12|pfx|p8|jks|keystore|ppk|kdbx)|\.htpasswd"
    r"|id_(rsa|dsa|ecdsa|ed25519)(_sk)?"
    r"|credentials|credentials\.(csv|json)|.*accesskeys\.csv|rootkey\.csv"
    r"|client_secret.*\.json|service[-_]?account.*\.json"
    r"|[._]netrc|\.pypirc|\.npmrc|\.pgpass|\.my\.cnf|\.git-credentials|\.dockercfg|\.boto",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"\.env\.(example|sample|template|dist)", re.IGNORECASE)
_FOLDERS = frozenset({".aws", ".ssh", ".gnupg", ".azure", ".docker", ".kube"})


def holds_keys(path: PurePath, *, folder: bool = False) -> bool:
    """Whether what is called so usually holds keys or passwords: by a folder in its path, or, unless it is a ``folder``
    itself, by its name.
    """
    if any(part.lower() in _FOLDERS for part in path.parts):
        return True
    return not folder and bool(_FILE.fullmatch(path.name)) and not _EXAMPLE.fullmatch(path.name)
