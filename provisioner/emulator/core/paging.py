"""One page of a listing. Every AWS service pages like this, with its own names for size and token."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import TypeVar

from provisioner.emulator.core.call import ApiRefusal

T = TypeVar("T")


def page(
    items: Iterable[T],
    key: Callable[[T], str],
    *,
    token: str | None,
    size: int,
    bad_token: ApiRefusal,
) -> tuple[list[T], str | None]:
    """The next ``size`` items in ascending order of ``key``, and the token for those after them.

    A token names the last key that was shown, so what is created or deleted between two pages neither
    repeats nor hides another item. Raises ``bad_token`` for a token that this function did not make.
    """
    ordered = sorted(items, key=key)
    if token:
        try:
            after = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
        except ValueError:
            raise bad_token from None
        ordered = [item for item in ordered if key(item) > after]
    shown = ordered[:size]
    more = len(ordered) > size
    return shown, base64.urlsafe_b64encode(key(shown[-1]).encode()).decode() if more else None
