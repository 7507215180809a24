"""What every part of the blueprint needs: the configuration, the place, the names, and the tags of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from provisioner.aws import arns
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.parts.names import Names
from provisioner.bundle import Bundle
from provisioner.engine.model import Address, Resource
from provisioner.engine.ownership import ADDRESS_TAG, STACK_TAG
from provisioner.engine.reconciler import Scope

RESERVED_TAGS = ("Name", "Environment", "ManagedBy", "Service", STACK_TAG, ADDRESS_TAG)


@dataclass(frozen=True)
class Context:
    """``bundles`` are the functions' zips by declared name; without them no code is compared."""

    config: Config
    scope: Scope
    bundles: Mapping[str, Bundle] | None = None

    @cached_property
    def names(self) -> Names:
        return Names(self.config, self.scope.region)

    @property
    def account_root(self) -> str:
        return arns.arn(self.scope, "iam", "root", region="")

    def arn(self, service: str, resource: str) -> str:
        """An ARN as text, where a reference would make a change wait without need."""
        return arns.arn(self.scope, service, resource)

    def tags(self, kind: type[Resource], name: str, owner: str | None = None) -> dict[str, str]:
        """The tags of the ``kind`` called ``name``; of the function or service ``owner``, if it belongs to one."""
        return {
            **self.config.platform.tags,
            **(self.config.workloads[owner].tags | {"Service": owner} if owner else {}),
            "Name": name,
            "Environment": self.config.environment,
            "ManagedBy": "provisioner",
            STACK_TAG: self.scope.stack,
            ADDRESS_TAG: str(Address(kind.kind, name)),
        }
