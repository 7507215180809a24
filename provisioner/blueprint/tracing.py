"""How much X-Ray samples."""

from __future__ import annotations

from provisioner.blueprint.config import Config
from provisioner.blueprint.names import Names
from provisioner.resources.sampling_rule import SamplingRule

NOTE = (
    "{name} has no effect on functions with active tracing: AWS fixes their rate. It is for what calls X-Ray from "
    "outside Lambda under that service type"
)


def sampling_rules(config: Config, names: Names) -> list[SamplingRule]:
    """One rule for functions and one for services of this environment.

    The scope is the service name: the Python SDK ignores every rule with attributes or a resource ARN. So an ECS
    service must name its segments ``{service}-{env}`` (``AWS_XRAY_TRACING_NAME``).
    """
    kinds = (
        ("lambda-sampling", 1000, "AWS::Lambda::Function", config.tracing.functions),
        ("ecs-sampling", 1001, "AWS::ECS::Container", config.tracing.services),
    )
    return [
        SamplingRule(
            name=names.suffixed(stem),
            priority=priority,
            fixed_rate=sampling.fixed_rate,
            reservoir=sampling.reservoir,
            service_type=service_type,
            service_name=f"*-{names.env}",
            tags=names.tags("sampling_rule", names.suffixed(stem)),
        )
        for stem, priority, service_type, sampling in kinds
    ]
