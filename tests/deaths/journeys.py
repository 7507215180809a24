"""What a process may be doing when it dies, and what must be so when another has done it again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from provisioner.engine.keeping.lock import unlock
from provisioner.engine.keeping.store import Store
from provisioner.engine.model import Resource
from provisioner.engine.plan import Plan
from tests.deaths.fate import Fate, MortalStore
from tests.resources.driver import Platform, Stopped, pending
from tests.resources.examples import EXAMPLES, PLATFORM, standing

LOCK = "lock.json"


@dataclass(frozen=True)
class Journey:
    """From ``given`` to where ``plan`` leads."""

    given: Sequence[Resource]
    plan: Callable[[Platform], Plan]
    after: Callable[[Platform], object] = lambda platform: None
    """What else came before it."""


def journeys(bases: Sequence[Resource] = PLATFORM) -> dict[str, Journey]:
    """By name, each of a platform of ``bases`` and what they stand on."""
    all_of = standing(*bases)
    changed = [_changed(resource) for resource in all_of]
    key = standing(EXAMPLES["kms_key"].base)
    return {
        "apply": Journey([], lambda platform: platform.plan(all_of)),
        "update": Journey(all_of, lambda platform: platform.plan(changed)),
        "teardown": Journey(all_of, lambda platform: platform.teardown(all_of)),
        "revive": Journey(
            key, lambda platform: platform.plan(key), lambda platform: platform.apply(platform.teardown(key))
        ),
        "release": Journey(
            all_of, lambda platform: platform.release(all_of, *(resource.address for resource in all_of))
        ),
    }


def _changed(resource: Resource) -> Resource:
    tags = resource.tags_if_any
    return resource if tags is None else replace(resource, tags={**tags, "Team": "night"})  # type: ignore[call-arg]  # of those that have tags


@dataclass
class Traveller:
    """Makes journeys on ``platform``, with the state in the place that ``store`` makes anew."""

    platform: Platform
    store: Callable[[], Store]

    def clean(self, journey: Journey) -> tuple[list[str], Counter[str]]:
        """A whole life: its events, and what there is then."""
        fate = self._begin(journey)
        self._go(journey, fate)
        return fate.events, self.census()

    def interrupted(self, journey: Journey, number: int, when: str) -> Counter[str]:
        """A death at event ``number``, and one more run; what there is then, with nothing left to do.

        What several changes have to tell is written at once, now more and now less of it: the last events of one life
        may not come in another, which then ends well.
        """
        fate = self._begin(journey)
        fate.number, fate.when = number, when
        try:
            self._go(journey, fate)
        except Stopped:
            fate.wait_until_quiet()
        self._live(Fate())
        unlock(self.platform.store, LOCK)  # of a dead process
        plan = journey.plan(self.platform)
        assert not plan.refusals, plan.refusals
        self.platform.apply(plan)
        left = pending(journey.plan(self.platform))
        assert left == {}, left
        return self.census()

    def census(self) -> Counter[str]:
        """What bears our tags, and all keys, by their state."""
        kms = self.platform.client("kms")
        states = {
            key["KeyArn"]: kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
            for key in kms.list_keys()["Keys"]
        }
        ours = [arn for arn in self.platform.world.tagged() if arn not in states]
        return Counter([*(re.sub(r"[0-9a-f-]{36}", "ID", arn) for arn in ours), *states.values()])

    def _begin(self, journey: Journey) -> Fate:
        self.platform.control("POST", "reset")
        self._place = self.store()
        self._live(Fate())
        if journey.given:
            self.platform.converge(journey.given)
        journey.after(self.platform)
        fate = Fate()
        self._live(fate)
        return fate

    def _live(self, fate: Fate) -> None:
        self.platform.store = MortalStore(self._place, fate)

    def _go(self, journey: Journey, fate: Fate) -> None:
        self.platform.apply(journey.plan(self.platform), fate.wrap)
