"""Processes an order: ``{"order_id": "o-1", "items": [...]}``. The answer's shape is in ``lambdas/README.md``."""

from __future__ import annotations

from typing import Any

from lambdas.shared.service import Answer, BadRequest, Event, Service, simulate_failure

service = Service("order_processor", identifier="order_id")


def handler(event: object, context: object) -> Answer:
    """Lambda's entry: 200 with ``order_id``, ``items_processed`` and ``duration_ms``; 400 or 500 with ``error``."""
    return service.serve(process_order, event, context)


def process_order(event: Event) -> dict[str, Any]:
    """What the answer says beyond the identifier. Raises ``BadRequest`` unless there is at least one item."""
    items = event.get("items")
    if not isinstance(items, list) or not items:
        raise BadRequest("items must be a list that is not empty")
    simulate_failure(usual_rate=0.05)
    return {"items_processed": len(items)}
