"""Looking for others who use what is to be removed, as far as these credentials may look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from provisioner.aws.codes import is_denied
from provisioner.engine.errors import AwsError
from provisioner.engine.reconciler import Memo

T = TypeVar("T")


def allowed(memo: Memo, what: str, ask: Callable[[], T]) -> T | None:
    """The answer; ``None`` where these credentials may not ask, and then the plan says that ``what`` is not known.

    A removal is stopped by what was found, not by what could not be looked at: who may remove a thing need not be
    allowed to list everything in the account.
    """
    try:
        return ask()
    except AwsError as error:
        if not is_denied(error):
            raise
        memo.unseen(what, error.code)
        return None
