"""How a run that changes things ended: what was done is told whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provisioner.cli.options import Common
from provisioner.engine.errors import ApplyError, AwsError, Interrupted, ProvisionerError, StateError
from provisioner.engine.running.executor import Outcome

_FROM_AWS = "What the record lacks, the next plan finds in AWS by its tags."


def tell(common: Common, outcome: Outcome, final: str, wrong: Sequence[ProvisionerError]) -> None:
    """Say that it is done, all of it being ``final``, or raise what says why not and how far it came.

    ``wrong`` is what went wrong besides single changes, in its order.
    """
    done, failed = len(outcome.done), len(outcome.failed)
    total = done + len(outcome.left) + failed
    recorded = not any(isinstance(error, StateError) for error in wrong)
    if wrong:
        first, *others = wrong
        lines = [
            *_failures(outcome),
            *(line for other in others if other.message != first.message for line in _lines(other)),
        ]
        first.details = (*first.details, *lines, *([so_far(outcome, recorded=recorded)] if total else []))
        first.remedy = first.remedy if recorded else f"{first.remedy} {_FROM_AWS}".strip()
        raise first
    if failed or (outcome.left and not outcome.interrupted):
        raise ApplyError(
            f"{failed} of {total} changes failed",
            details=_failures(outcome),
            remedy=f"{so_far(outcome)}. Mend what failed, then run the command again.",
        )
    if outcome.interrupted:
        raise Interrupted(f"interrupted: {so_far(outcome)}", remedy="Run the command again to go on.")
    if done:
        common.err.say(f"Done: {done} of {total} changes; they {final}.", style="green")


def so_far(outcome: Outcome, *, recorded: bool = True) -> str:
    """How many changes were carried out, and how many not."""
    done, left, begun = len(outcome.done), len(outcome.left), len(outcome.begun)
    are = "are applied and recorded" if recorded else "are applied in AWS, and may not all be on record"
    said = f"{done} of {done + left + len(outcome.failed)} changes {are}"
    unfinished = f", {left - begun} were not started" if left else ""
    return said + unfinished + (f", {begun} only begun" if begun else "")


def _failures(outcome: Outcome) -> list[str]:
    """What failed, and why; what failed for one reason stands together."""
    reasons: dict[tuple[str, ...], list[str]] = {}
    for change, error in outcome.failed:
        reasons.setdefault(tuple(_lines(error)), []).append(str(change.address))
    return [
        line for (first, *rest), where in reasons.items() for line in (f"{', '.join(where)}: {first}", *_deeper(rest))
    ]


def _lines(error: Exception) -> list[str]:
    """``error`` in lines, the first of them without its resource."""
    if isinstance(error, AwsError):
        words = f"{error.code}: {error.said}" if error.code else error.said
        return [f"{error.operation} failed: {words}", *_remedy(error)]
    details = error.details if isinstance(error, ProvisionerError) else ()
    return [str(error.args[0]), *details, *_remedy(error)]


def _remedy(error: Exception) -> Iterator[str]:
    if isinstance(error, ProvisionerError) and error.remedy:
        yield error.remedy


def _deeper(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
