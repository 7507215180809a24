"""What follows from the evidence: for one filter, and for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from provisioner import blueprint, runtime
from provisioner.blueprint.file.schema import Config
from provisioner.engine.reconciler import World
from provisioner.proof import handlers, live
from provisioner.proof.live import LiveProof
from provisioner.proof.offline import Evidence, Offline, judge
from provisioner.proof.samples import FOLDER, folder, sampled
from provisioner.proof.target import Target, targets


class Verdict(Enum):
    """There is evidence against the filter, there is none at all, or there is evidence for it alone."""

    DISPROVED = "disproved"
    UNPROVED = "unproved"
    PROVED = "proved"


@dataclass
class Proof:
    """One filter; ``live`` is ``None`` where AWS was not asked."""

    target: Target
    offline: Offline
    live: LiveProof | None = None

    @property
    def verdict(self) -> Verdict:
        if self.offline.wrong or (self.live and self.live.problems):
            return Verdict.DISPROVED
        if self.offline.proved or (self.live and self.live.matched):
            return Verdict.PROVED
        return Verdict.UNPROVED

    def to_json(self) -> dict[str, Any]:
        """One of ``filters`` in ``verify --json``."""
        return {
            "address": self.target.address,
            "owner": self.target.owner,
            "signal": self.target.signal,
            "log_group": self.target.log_group,
            "pattern": self.target.pattern,
            "value": self.target.value,
            "verdict": self.verdict.value,
            "offline": asdict(self.offline),
            "live": asdict(self.live) if self.live else None,
        }


@dataclass
class Report:
    """All filters of an environment, and ``notes``: what a person should know of how they were proved."""

    environment: str
    proofs: list[Proof]
    notes: list[str] = field(default_factory=list)
    error: str = ""
    """Why AWS could not be asked about all of them; what was found before that is kept."""

    @property
    def proved(self) -> bool:
        return all(proof.verdict is Verdict.PROVED for proof in self.proofs)

    def to_json(self) -> dict[str, Any]:
        """``verify --json``."""
        filters = [proof.to_json() for proof in self.proofs]
        return {
            "schema": 1,
            "environment": self.environment,
            "proved": self.proved,
            "notes": self.notes,
            "filters": filters,
            **({"error": self.error} if self.error else {}),
        }


def prove_offline(config: Config, *, confined: bool = True) -> Report:
    """Every filter against the user's samples and against what the functions write. Runs the handlers of those whose
    code is ours, ``confined`` where the system can. Raises ``ProvisionerError``.
    """
    ran = handlers.Ran()
    if config.deployed and runtime.version():
        ran = handlers.run(config, blueprint.build_bundles(config), confined=confined)
    proofs = [Proof(target, judge(target, _evidence(config, target, ran.written))) for target in targets(config)]
    return Report(config.environment, proofs, _notes(config, ran.exposed))


def _evidence(config: Config, target: Target, written: Mapping[str, handlers.Written]) -> Sequence[Evidence]:
    return [*sampled(config, target), *written.get(target.owner, {}).get(target.signal, [])]


def _notes(config: Config, exposed: str) -> list[str]:
    notes = []
    if exposed:
        notes.append(f"The handlers ran unconfined ({exposed}): they could read your files and use the network.")
    if config.deployed and not runtime.version():
        notes.append(
            "The functions were not run: there is no runtime client (pip install 'observability-provisioner[verify]')."
        )
    strangers = sorted(path.name for path in folder(config).glob("*/") if path.name not in config.workloads)
    notes += [f"{FOLDER}/{name}/ belongs to no declared function or service." for name in strangers]
    return notes


def prove_live(world: World, report: Report, *, hours: float, most: int) -> None:
    """Add to ``report`` what AWS has: the newest ``most`` events of each log group, at most ``hours`` old."""
    filters = live.deployed(world)
    groups = list(dict.fromkeys(proof.target.log_group for proof in report.proofs))
    found = world.each(lambda group: live.newest(world, group, hours=hours, most=most), groups)
    events = dict(zip(groups, found, strict=True))
    for proof in report.proofs:
        target = proof.target
        proof.live = live.prove(world, target, filters.get((target.log_group, target.name)), events[target.log_group])
