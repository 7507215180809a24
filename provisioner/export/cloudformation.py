"""The files of CloudFormation: a template that retains everything, and the list of resources to import.

ARNs stand as they are, and ``DependsOn`` says what is made after what. One change set imports at most
:data:`MOST_IMPORTED` resources; where there are more, each template is for a stack of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from provisioner.engine.model import Address
from provisioner.engine.reconciler import Scope
from provisioner.export.cloudformation_words import WORDS
from provisioner.export.pieces import Code, Export, Named, Ours, Piece, Secret, given, named, notes
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.sns_topic import SnsTopic

MOST_IMPORTED = 200
"""Of ResourcesToImport in the API's model."""

INLINE_BYTES = 51_200
"""The largest template that a request carries itself; a larger one is read from S3."""

Parameters = dict[str, Secret | Code]


def cloudformation(scope: Scope, ours: Ours, most: int = MOST_IMPORTED) -> Export:
    """Everything that is ours, to be imported into a new stack, or into several of at most ``most`` resources."""
    items = named(ours, WORDS, _logical_id)
    stacks = [items[start : start + most] for start in range(0, len(items), most)]
    files: dict[str, str] = {}
    for number, stack in enumerate(stacks, start=1):
        suffix = f"-{number}" if len(stacks) > 1 else ""
        files[f"template{suffix}.json"] = _dump(_template(scope, stack))
        files[f"resources-to-import{suffix}.json"] = _dump([_to_import(item) for item in stack])
    return Export(files, (*notes(ours, items), *_unsaid(ours), *_on_size(files)))


def _unsaid(ours: Ours) -> Iterator[str]:
    for live in ours.lives:
        there = live.resource
        if isinstance(there, SnsTopic) and there.delivery_policy:
            yield f"{there.address}: its delivery policy stays as it is, for CloudFormation knows none of a topic"
        if isinstance(there, LambdaFunction):
            yield f"{there.address}: its code stays as it is; two parameters say where the next one will be"


def _on_size(files: Mapping[str, str]) -> Iterator[str]:
    for name, text in files.items():
        if name.startswith("template") and len(text.encode()) > INLINE_BYTES:
            yield f"{name} is too large for --template-body: put it into a bucket and pass --template-url"


def _template(scope: Scope, stack: Sequence[Named]) -> dict[str, object]:
    parameters: Parameters = {}
    here = {item.name for item in stack}
    resources = {item.name: _resource(item, here, parameters) for item in stack}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{scope.platform} ({scope.environment}) in {scope.region}, as provisioner left it",
        **({"Parameters": {name: _parameter(of) for name, of in parameters.items()}} if parameters else {}),
        "Resources": resources,
    }


def _resource(item: Named, here: set[str], parameters: Parameters) -> dict[str, object]:
    needs = [name for name in item.needs if name in here]
    return {
        "Type": item.piece.type,
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        **({"DependsOn": needs} if needs else {}),
        "Properties": {name: _said(value, parameters) for name, value in given(item.piece.values).items()},
    }


def _to_import(item: Named) -> dict[str, object]:
    return {
        "ResourceType": item.piece.type,
        "LogicalResourceId": item.name,
        "ResourceIdentifier": dict(item.piece.identity),
    }


def _said(value: Any, parameters: Parameters) -> object:
    """``value``, a parameter in place of what does not stand in a file."""
    match value:
        case Secret() | Code():
            name = _camel(f"{value.of.name} {value.what}")
            while parameters.get(name, value) != value:
                name += "2"
            parameters[name] = value
            return {"Ref": name}
        case Mapping():
            return {key: _said(item, parameters) for key, item in value.items()}
        case list() | tuple():
            return [_said(item, parameters) for item in value]
        case _:
            return value


def _parameter(of: Secret | Code) -> dict[str, object]:
    if isinstance(of, Code):
        text = f"The S3 {of.what} of the code of {of.of.name}; on import it is not read"
        return {"Type": "String", "Description": text}
    return {"Type": "String", "NoEcho": True, "Description": f"{of.what} of {of.of.kind} {of.of.name}"}


def _logical_id(address: Address, piece: Piece) -> str:
    return _camel(f"{address.kind} {address.name} {piece.part}")[:_LONGEST]


def _camel(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", text))


_LONGEST = 250
"""Of the 255 characters of a logical id, so that a number may follow."""


def _dump(content: Mapping[str, object] | Iterable[object]) -> str:
    return json.dumps(content, indent=1) + "\n"
