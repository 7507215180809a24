"""A plan as JSON: ``plan --json`` and saved plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.engine.asides import in_passing
from provisioner.engine.compare import fingerprint
from provisioner.engine.plan import SCHEMA, Action, Plan
from provisioner.engine.planning.taken import taken_away
from provisioner.render.rows import plan_notes, refusal_text


def plan_document(
    plan: Plan, *, consent: Mapping[str, object] | None = None, everything: bool = False
) -> dict[str, Any]:
    """The changes of ``plan`` that would do something; with ``everything`` the kept resources too.

    ``consent`` is what was agreed to when it was made.
    """
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "platform": plan.scope.platform,
        "environment": plan.scope.environment,
        "account": plan.scope.account,
        "region": plan.scope.region,
        "digest": "",
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
        **in_passing(plan.lives).to_json(),
        "estimate": {"seconds": round(plan.estimate.seconds, 1), "limited_by": plan.estimate.limited_by},
        "summary": plan.summary,
        **({} if consent is None else {"consent": consent}),
        "changes": [change.to_json() for change in (plan.changes if everything else plan.pending)],
    }
    return {**document, "digest": digest_of(document)}


def digest_of(document: Mapping[str, Any]) -> str:
    """Of all that a plan's ``document`` shows, but of what is kept: the same plan at the same place has the same.

    No secret is in the document, so none can be found out by the digest. ``KeyError`` or ``TypeError`` for no document.
    """
    pending = [change for change in document["changes"] if change["action"] != Action.KEEP.value]
    return fingerprint({**document, "digest": None, "changes": pending})
