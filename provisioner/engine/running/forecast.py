"""How long a plan will take: the jobs run through the same lines as they will, on a clock that does not tick."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from provisioner.engine.plan import Estimate
from provisioner.engine.running.jobs import Agenda, Frontier
from provisioner.engine.running.turns import Turns
from provisioner.engine.steps import Call, Pace

ROUND_TRIP_SECONDS = 0.15
"""How long one call is assumed to take."""


def forecast(agenda: Agenda, pace: Pace, round_trip: float = ROUND_TRIP_SECONDS) -> Estimate:
    """The least seconds that ``agenda`` takes at ``pace``, and the operation that all wait for longest."""
    frontier, weights = Frontier(agenda), agenda.weights(pace)
    turns: Turns[int] = Turns(pace)
    calls: dict[int, Iterator[Call]] = {}
    answers: list[tuple[float, int]] = []
    now = 0.0

    def go_on(number: int) -> None:
        if call := next(calls[number], None):
            turns.join(number, pace.line(call), weights[number], now)
        else:
            frontier.end(number, done=True)

    while True:
        for number in frontier.start():
            calls[number] = iter([call for change in agenda.jobs[number].changes for call in change.calls])
            go_on(number)
        for number in turns.due(now):
            heappush(answers, (now + round_trip, number))
        soonest = min((at for at in (turns.next, answers[0][0] if answers else None) if at is not None), default=None)
        if soonest is None:
            return Estimate(now, _limit(agenda, pace))
        now = soonest
        while answers and answers[0][0] <= now:
            go_on(heappop(answers)[1])


def _limit(agenda: Agenda, pace: Pace) -> str | None:
    """The operation whose line is busy for longest."""
    seconds: dict[str, float] = {}
    named: dict[str, str] = {}
    for job in agenda.jobs:
        for change in job.changes:
            for call in change.calls:
                line = pace.line(call)
                seconds[line] = seconds.get(line, 0.0) + pace.interval(line)
                named.setdefault(line, str(call))
    return named[max(seconds, key=seconds.__getitem__)] if seconds else None
