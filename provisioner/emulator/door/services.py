"""The services that there are here, one line each, and who answers what."""

from __future__ import annotations

from provisioner.emulator.cloudwatch.service import CLOUDWATCH
from provisioner.emulator.core.call import Handler
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.iam.service import IAM
from provisioner.emulator.kms.service import KMS
from provisioner.emulator.lambda_.service import LAMBDA
from provisioner.emulator.logs.service import LOGS
from provisioner.emulator.others import ecs, quotas, s3, tagging, xray
from provisioner.emulator.sns.service import SNS
from provisioner.emulator.sqs.service import SQS

SERVICES = {
    service.name: service
    for service in (
        IAM,
        SQS,
        KMS,
        SNS,
        CLOUDWATCH,
        LOGS,
        LAMBDA,
        ecs.ECS,
        quotas.SERVICE_QUOTAS,
        s3.S3,
        tagging.TAGGING,
        xray.XRAY,
    )
}
"""By boto3's name of the client. Any other service is moto's entirely."""

HANDLERS: dict[tuple[str, str], Handler] = {
    (service.name, operation): handler
    for service in SERVICES.values()
    for api in service.apis
    for operation, handler in api.handlers.items()
}
"""What answers an operation of a service."""


def relayed_by_moto(service: str, operation: str) -> bool:
    """Whether moto answers an operation that no function here does."""
    return service not in SERVICES or operation in SERVICES[service].moto


def takes_no_lock(service: str, operation: str) -> bool:
    """Whether other calls must take effect while this one is answered."""
    return service in SERVICES and operation in SERVICES[service].without_lock


def catch_up(world: EmulatedWorld) -> None:
    """Let happen in every service what is due by the clock. The caller holds the world's lock."""
    for service in SERVICES.values():
        if service.catch_up is not None:
            service.catch_up(world)
