"""The X-Ray sampling rules.

A rule finds its environment by the service name ``*-{env}``. Attributes or a resource ARN would say it better, but the
Python X-Ray SDK ignores every rule that has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.blueprint.file.schema import Sampling
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared
from provisioner.resources.sampling_rule import SamplingRule

_NO_EFFECT_ON_LAMBDA = (
    "{rule} has no effect on functions with active tracing, as all that are deployed here have: AWS fixes their rate."
)


def sampling_rules(context: Context, _: Blueprint) -> Iterator[Declared[SamplingRule]]:
    """One rule for functions, one for ECS services."""
    names, tracing = context.names, context.config.tracing
    functions = _rule(context, names.functions_rule, 1000, "AWS::Lambda::Function", tracing.functions)
    services = _rule(context, names.services_rule, 1001, "AWS::ECS::Container", tracing.services)
    notes = (_NO_EFFECT_ON_LAMBDA.format(rule=functions.name),) if context.config.deployed else ()
    yield Declared(functions, ("tracing", "functions"), purpose="functions", notes=notes)
    yield Declared(services, ("tracing", "services"), purpose="services")


def _rule(context: Context, name: str, priority: int, service_type: str, sampling: Sampling) -> SamplingRule:
    return SamplingRule(
        name=name,
        priority=priority,
        fixed_rate=sampling.fixed_rate,
        reservoir=sampling.reservoir,
        service_name=f"*-{context.config.environment}",
        service_type=service_type,
        tags=context.tags(SamplingRule, name),
    )
