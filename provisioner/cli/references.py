"""Following the references of the file: what they lead to, and a finding for each that leads nowhere."""

from __future__ import annotations

import os
from collections.abc import Iterator

from provisioner.aws import secrets
from provisioner.blueprint import Config, Flaw
from provisioner.blueprint.file.references import Reference, references, with_values
from provisioner.engine.errors import AwsError, ProvisionerError
from provisioner.engine.reconciler import World
from provisioner.resources.lambda_function import conceal_environment
from provisioner.resources.sns_subscription import conceals

_FIXES = {
    "variable": "Set it in the environment of this command.",
    "ssm": "It must be in {region}, and this identity needs ssm:GetParameter on it; for a SecureString also kms:Decrypt"
    " on its key.",
    "secret": "It must be in {region}, unless its ARN says otherwise, and this identity needs"
    " secretsmanager:GetSecretValue on it, and kms:Decrypt on its key where that is one of your own.",
}


def followed(config: Config, world: World) -> tuple[Config, list[Flaw]]:
    """``config`` with what its references lead to in their place, and a flaw for each of which that is not known.

    Each thing is asked for once, side by side.
    """
    found = references(config)
    if not found:
        return config, []
    each = list(dict.fromkeys(found.values()))
    answers = dict(zip(each, world.each(lambda reference: _value(reference, world), each), strict=True))
    values = {reference: answer for reference, answer in answers.items() if isinstance(answer, str)}
    flaws = [
        Flaw(path, f"{reference} {_words(answer)}", fix=_FIXES[reference.kind].format(region=world.scope.region))
        for path, reference in found.items()
        if not isinstance(answer := answers[reference], str)
    ]
    return with_values(config, values), flaws


def secrets_in(config: Config) -> Iterator[str]:
    """What nobody may see of what the file itself holds, or this command's environment holds for it."""
    for subscription in config.notifications.subscriptions:
        if isinstance(subscription.endpoint, str) and conceals(subscription.endpoint):
            yield subscription.endpoint
    for function in config.deployed.values():
        texts = {name: value for name, value in function.environment.items() if isinstance(value, str)}
        shown = conceal_environment(texts)
        yield from (value for name, value in texts.items() if shown[name] != value)
    yield from (os.environ.get(item.name, "") for item in references(config).values() if item.kind == "variable")


def _value(reference: Reference, world: World) -> str | ProvisionerError:
    try:
        if reference.kind == "variable":
            return _variable(reference.name)
        if reference.kind == "ssm":
            return secrets.parameter(world, reference.name)
        return secrets.secret(world, reference.name, reference.key)
    except ProvisionerError as error:
        return error


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ProvisionerError("is empty" if value is not None else "is not set")
    return value


def _words(error: ProvisionerError) -> str:
    if isinstance(error, AwsError):
        return f"cannot be read: {f'{error.code}: ' if error.code else ''}{error.said}"
    return error.message
