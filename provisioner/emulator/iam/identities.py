"""The principals that policies name: whether they exist, and what becomes of a policy when one is deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from moto.backends import get_backend

from provisioner.emulator.core.policy import Statement, principals, statements

_IAM_PRINCIPAL = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):(root|user/.+|role/.+)")
_SERVICE = re.compile(r"[\w.-]+\.(amazonaws\.com(\.cn)?|amazonaws\.eu|aws\.internal|[\w.-]+\.gov)")


def unknown_principal(found: Iterable[Statement], account: str) -> str | None:
    """The first principal of some statements that cannot exist; None where all can.

    A role or user must be there, if it is of this account or of another one that is in use here. A service's name must
    have the form of one.
    """
    for statement in found:
        for name in principals(statement, "AWS"):
            if name != "*" and not re.fullmatch(r"\d{12}", name) and _identity(name, account) is None:
                return name
        for name in principals(statement, "Service"):
            if name != "*" and not _SERVICE.fullmatch(name):
                return name
    return None


def _identity(arn: str, home: str = "") -> str | None:
    """The unique id behind an IAM ARN. Where none can be known it is the ARN itself; None: nobody has that ARN."""
    if re.fullmatch(r"A(ROA|IDA|GPA)[A-Z0-9]+", arn) or re.match(r"arn:aws[a-z-]*:sts::", arn):
        return arn
    found = _IAM_PRINCIPAL.fullmatch(arn)
    if found is None:
        return None
    partition, account, who = found.groups()
    known = get_backend("iam")
    if who == "root" or (account != home and account not in known):
        return arn
    backend = known[account][partition]
    if who.startswith("role/"):
        return next((str(role.id) for role in backend.roles.values() if role.arn == arn), None)
    return next((str(user.id) for user in backend.users.values() if user.arn == arn), None)


@dataclass
class Policy:
    """A stored policy. AWS keeps the unique ids of the roles and users that it names: when one is deleted, the policy
    shows the id, and a new role of the same name does not get the old one's permissions back (IAM User Guide, "AWS JSON
    policy elements: Principal").
    """

    text: str
    _ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for statement in statements(self.text, resource=None):
            for name in principals(statement, "AWS"):
                if _IAM_PRINCIPAL.fullmatch(name) and (identity := _identity(name)):
                    self._ids[name] = identity

    def shown(self) -> str:
        """The document as AWS returns it."""
        text = self.text
        for arn, identity in self._ids.items():
            if _identity(arn) != identity:
                text = text.replace(json.dumps(arn), json.dumps(identity))
        return text
