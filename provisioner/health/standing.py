"""What every check looks at: the platform that is declared, and how AWS shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from provisioner.aws.arns import arn
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.model import R, Resource
from provisioner.engine.observer import Observed
from provisioner.engine.reconciler import Live, Scope, World
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue


@dataclass(frozen=True)
class Standing:
    """A platform as it is declared in ``blueprint`` and ``observed`` in AWS."""

    world: World
    blueprint: Blueprint
    observed: Observed

    @property
    def scope(self) -> Scope:
        return self.world.scope

    @cached_property
    def topic(self) -> str:
        """The ARN of the topic that alarms publish to."""
        return arn(self.scope, "sns", self.blueprint.one(SnsTopic).name)

    @cached_property
    def key(self) -> str | None:
        """The ARN of the platform's key, if it is there."""
        return next((live.outputs["arn"] for live in self.lives(KmsKey)), None)

    @cached_property
    def queues(self) -> frozenset[str]:
        """ARNs of the platform's own queues."""
        return frozenset(live.outputs["arn"] for live in self.lives(SqsQueue))

    def lives(self, kind: type[R]) -> Iterator[Live[R]]:
        """Everything of ``kind`` that is there, by its address."""
        for _, live in sorted(self.observed.lives.items()):
            if is_of(live, kind):
                yield live

    def pairs(self) -> Iterator[tuple[Declared[Resource], Live[Resource] | None]]:
        """Everything declared, with what AWS has of it."""
        for item in self.blueprint.declared:
            yield item, self.observed.lives.get(item.resource.address)


def is_of(live: Live[Resource], kind: type[R]) -> TypeGuard[Live[R]]:
    """Whether ``live`` is a thing of ``kind``."""
    return isinstance(live.resource, kind)
