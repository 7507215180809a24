"""Takes a payment: ``{"payment_id": "p-1", "amount": 12.5}``. The answer's shape is in ``lambdas/README.md``."""

from __future__ import annotations

import sys
from typing import Any, TypeGuard

from lambdas.shared.service import Answer, BadRequest, Event, Service, simulate_failure

# NaN compares false with everything; above this are infinity and integers that no JSON reader holds as a number.
_LARGEST = sys.float_info.max

service = Service("payment_handler", identifier="payment_id")


def handler(event: object, context: object) -> Answer:
    """Lambda's entry: 200 with ``payment_id``, ``amount`` and ``duration_ms``; 400 or 500 with ``error``."""
    return service.serve(take_payment, event, context)


def take_payment(event: Event) -> dict[str, Any]:
    """What the answer says beyond the identifier. Raises ``BadRequest`` unless the amount is a positive number."""
    amount = event.get("amount")
    if not _is_number(amount) or not 0 < amount <= _LARGEST:
        raise BadRequest("amount must be a positive number")
    simulate_failure(usual_rate=0.10)
    return {"amount": amount}


def _is_number(value: object) -> TypeGuard[int | float]:
    # To Python a bool is an int; to a payment it is a mistake.
    return isinstance(value, int | float) and not isinstance(value, bool)
