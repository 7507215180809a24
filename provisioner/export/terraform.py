"""The files of Terraform: its provider, an import block and a resource block for each thing, the variables.

They are in Terraform's JSON syntax, where no text needs a syntax of its own but ``${`` and ``%{``. ARNs stand as they
are; what is removed before what is said by ``depends_on``, as this tool would do it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from provisioner.engine.adoption import MANAGED_BY
from provisioner.engine.model import Address
from provisioner.engine.ownership import OURS_PREFIX
from provisioner.engine.reconciler import Scope
from provisioner.export.pieces import (
    Export,
    Named,
    Ours,
    Piece,
    Secret,
    given,
    kept_tags,
    left_out,
    named,
    notes,
    unseen,
)
from provisioner.export.terraform_words import WORDS
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup


def terraform(scope: Scope, ours: Ours) -> Export:
    """Everything that is ours, to be imported by Terraform 1.5 or newer; the code of functions stays as it is."""
    items = named(ours, WORDS, _path)
    secrets: dict[str, Secret] = {}
    blocks = [(item, _block(item, secrets)) for item in items]
    resources: dict[str, dict[str, object]] = {}
    for item, block in blocks:
        resources.setdefault(item.piece.type, {})[item.name.partition(".")[2]] = block
    files = {
        "provider.tf.json": _provider(scope, ours),
        "import.tf.json": {"import": [{"to": item.name, "id": _literal(item.piece.identity["id"])} for item in items]},
        "main.tf.json": {"resource": resources},
    }
    if secrets:
        files["variables.tf.json"] = {"variable": {name: _variable(secret) for name, secret in secrets.items()}}
    texts = {name: json.dumps(content, indent=1) + "\n" for name, content in files.items()}
    return Export(texts, (*notes(ours, items), *_unsaid(ours)))


_UNKNOWN = ("selection", "system_dimensions", "evaluation_window", "warm_up", "criteria", "action_configuration")
"""What filters and alarms may be given and Terraform's provider has no words for, as far as is known here."""


def _unsaid(ours: Ours) -> Iterable[str]:
    for live in ours.lives:
        there = live.resource
        for name in _UNKNOWN:
            if there.values().get(name) and not left_out(live):
                yield f"{there.address}: {name} is left out, and Terraform's next change of it would take that away"
        if isinstance(there, LogGroup) and there.deletion_protection:
            yield f"{there.address}: its deletion protection stays; Terraform's provider knows it since version 6 only"
        if isinstance(there, LambdaFunction):
            yield f"{there.address}: its code stays as it is, as ignore_changes says; filename names none"


def _provider(scope: Scope, ours: Ours) -> dict[str, object]:
    ours_alone = not any(MANAGED_BY[0] in kept_tags(live) for live in ours.lives)
    ignored = {"key_prefixes": [OURS_PREFIX], **({"keys": [MANAGED_BY[0]]} if ours_alone else {})}
    aws = {"source": "hashicorp/aws", "version": ">= 5.0"}
    return {
        "//": "Tags of provisioner are ignored until it lets go of the things: release --all --hand-over",
        "terraform": {"required_version": ">= 1.5", "required_providers": {"aws": aws}},
        "provider": {
            "aws": {
                "region": scope.region,
                "allowed_account_ids": [scope.account],
                "ignore_tags": ignored,
            }
        },
    }


def _block(item: Named, secrets: dict[str, Secret]) -> dict[str, object]:
    piece = item.piece
    block: dict[str, object] = {key: _said(value, secrets) for key, value in given(piece.values).items()}
    if item.needs:
        block["depends_on"] = list(item.needs)
    ignored = [*piece.unmanaged, *unseen(piece)]
    return {**block, **({"lifecycle": {"ignore_changes": ignored}} if ignored else {})}


def _said(value: Any, secrets: dict[str, Secret]) -> object:
    """``value`` in JSON syntax, a variable in place of each secret."""
    match value:
        case Secret():
            name = _word(f"{value.of.name}_{value.what}")
            while secrets.get(name, value) != value:
                name += "_"
            secrets[name] = value
            return f"${{var.{name}}}"
        case str():
            return _literal(value)
        case Mapping():
            return {_literal(str(key)): _said(item, secrets) for key, item in value.items()}
        case list() | tuple():
            return [_said(item, secrets) for item in value]
        case _:
            return value


def _variable(secret: Secret) -> dict[str, object]:
    return {"type": "string", "sensitive": True, "description": f"{secret.what} of {secret.of.kind} {secret.of.name}"}


def _literal(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def _path(address: Address, piece: Piece) -> str:
    return f"{piece.type}.{_word(f'{address.name}_{piece.part}' if piece.part else address.name)}"


def _word(text: str) -> str:
    word = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_")
    return word if re.match(r"[A-Za-z_]", word) else f"_{word}"
