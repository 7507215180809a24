"""A plan as JSON: ``plan --json`` and saved plans."""

from __future__ import annotations

from typing import Any

from provisioner.engine.plan import SCHEMA, Plan
from provisioner.engine.planning.taken import taken_away
from provisioner.render.rows import plan_notes, refusal_text


def plan_document(plan: Plan, *, everything: bool = False) -> dict[str, Any]:
    """The changes of ``plan`` that would do something; with ``everything`` the kept resources too."""
    return {
        "schema": SCHEMA,
        "platform": plan.scope.platform,
        "environment": plan.scope.environment,
        "account": plan.scope.account,
        "region": plan.scope.region,
        "digest": plan.digest,
        "notes": plan_notes(plan),
        "taken_away": [
            {"address": str(item.address), "field": item.field, "items": list(item.items)}
            for item in taken_away(plan.changes)
        ],
        "data_loss": [
            {"address": str(loss.address), "field": loss.field or None, "loss": loss.text, "agreed": loss.agreed}
            for loss in plan.losses
        ],
        "refusals": [refusal_text(refusal) for refusal in plan.refusals],
        "estimate": {"seconds": round(plan.estimate.seconds, 1), "limited_by": plan.estimate.limited_by},
        "summary": plan.summary,
        "changes": [change.to_json() for change in (plan.changes if everything else plan.pending)],
    }
