"""What ``verify`` found, in words: a filter and its evidence, or a pattern and its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provisioner.proof.lines import Evaluated, Reading
from provisioner.proof.live import LiveProof
from provisioner.proof.misses import Miss, shown
from provisioner.proof.offline import Offline
from provisioner.proof.verdict import Proof, Report, Verdict
from provisioner.render.rows import Row

_SYMBOLS = {Verdict.PROVED: "+", Verdict.UNPROVED: "~", Verdict.DISPROVED: "-"}
_WORDS = {Verdict.PROVED: "proved", Verdict.UNPROVED: "not proved", Verdict.DISPROVED: "wrong"}
_NO_EVIDENCE = (
    "no line speaks for it: keep some in samples/{owner}/{signal}.match.log and {signal}.nomatch.log, one event a"
    " line; for a function with source, events in samples/{owner}/events.json"
)
_LINE_CHARACTERS = 2000


def report_rows(report: Report, *, verbose: bool = False) -> Iterator[Row]:
    """One line for each filter, and beneath it the evidence for it and against it."""
    for proof in report.proofs:
        yield from _proof_rows(proof, verbose)
    for note in report.notes:
        yield Row(0, "", f"note: {note}")
    counts = {verdict: sum(proof.verdict is verdict for proof in report.proofs) for verdict in reversed(Verdict)}
    said = ", ".join(f"{count} {_WORDS[verdict]}" for verdict, count in counts.items() if count)
    yield Row(0, "", f"{len(report.proofs)} metric filters: {said or 'none is declared'}.")


def _proof_rows(proof: Proof, verbose: bool) -> Iterator[Row]:
    target = proof.target
    yield Row(
        0, _SYMBOLS[proof.verdict], f"{target.address}  {_WORDS[proof.verdict]}  ({target.owner} {target.signal})"
    )
    if verbose or proof.verdict is not Verdict.PROVED:
        yield Row(1, "", f"pattern: {target.pattern}")
    if proof.offline.lines:
        yield from _offline_rows(proof.offline)
    if proof.live:
        yield from _live_rows(proof.live, target.log_group)
    if proof.verdict is Verdict.UNPROVED:
        yield Row(1, "", _NO_EVIDENCE.format(owner=target.owner, signal=target.signal))


def _offline_rows(offline: Offline) -> Iterator[Row]:
    where = ", ".join(dict.fromkeys(origin.rpartition("/")[0] or origin for origin in offline.origins))
    yield Row(1, "", f"offline: {offline.matched} of {offline.lines} lines match{_values(offline.values)} ({where})")
    for wrong in offline.wrong:
        yield Row(1, "-", f"{wrong.source}: {wrong.what}")
        yield from _miss_rows(wrong.shown)


def _live_rows(live: LiveProof, log_group: str) -> Iterator[Row]:
    if live.events:
        agreed = "" if live.disputed else ", and AWS and this tool agree on all"
        yield Row(
            1,
            "",
            f"live: {live.matched:,} of {live.events:,} events of {log_group} match{_values(live.values)}{agreed}",
        )
    elif not live.problems:
        yield Row(1, "", f"live: no events in {log_group}")
    for problem in live.problems:
        yield Row(1, "-", problem)
    yield from _miss_rows(live.disputed)
    if live.matched and live.alike:
        yield Row(1, "", f"{live.alike:,} more contain {live.clue} and do not match, the newest:")
    yield from _miss_rows(live.misses)


def _values(values: Sequence[float]) -> str:
    """The range of what is published; a filter that counts publishes 1 each time."""
    if set(values) <= {1.0}:
        return ""
    return f", values {min(values):g} to {max(values):g}"


def _miss_rows(misses: Sequence[Miss]) -> Iterator[Row]:
    for item in misses:
        yield Row(2, "", item.line)
        if item.view:
            yield Row(2, "", f"  there: {_fields(item.view)}")


def _fields(fields: dict[str, str]) -> str:
    return ", ".join(f"{name} = {text!r}" for name, text in fields.items())


def pattern_rows(reading: Reading, evaluated: Sequence[Evaluated], *, several: bool) -> Iterator[Row]:
    """One line for each log line: whether it matches, what is extracted and published; with ``several``, its file."""
    for item in evaluated:
        place = f"{item.file}:{item.line}" if several else f"{item.line}"
        value = "" if not item.matched or reading.value == "1" else f"  value {_value(item)}"
        yield Row(0, "+" if item.matched else "=", f"{place}: {shown(item.text, _LINE_CHARACTERS)}{value}")
        if fields := item.fields or item.view:
            yield Row(2, "", _fields(fields))
    for ambiguity in reading.ambiguities:
        yield Row(0, "~", f"ambiguous: {ambiguity}")
    matched = sum(item.matched for item in evaluated)
    yield Row(0, "", f"{matched:,} of {len(evaluated):,} lines match.")


def _value(item: Evaluated) -> str:
    return "none: it is no number" if item.value is None else f"{item.value:g}"
