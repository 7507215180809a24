"""AWS's wire protocols: from an HTTP request to a service, an operation and its parameters, and back.

The operation is found and its parameters are parsed by botocore's service models, so one handler serves
the JSON protocols of today's clients and the query protocol of older ones alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.core.model import OperationModel, ServiceModel, StructureShape
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from provisioner.emulator.core.call import ApiRefusal, Relayed
from provisioner.emulator.door.services import SERVICES

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Incoming:
    """A request whose service is known; ``operation`` is None when the service has no such operation."""

    request: Request
    service: str
    region: str
    access_key: str
    protocol: str
    operation: OperationModel | None
    path_params: Mapping[str, object]

    @property
    def name(self) -> str:
        """The operation's name, as far as it can be told."""
        if self.operation is not None:
            return str(self.operation.name)
        target = self.request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        return str(target or self.request.values.get("Action") or f"{self.request.method} {self.request.path}")


def read(request: Request) -> Incoming | None:
    """Recognise a request by its signature; None when it bears none."""
    found = _SCOPE.search(request.headers.get("Authorization", "")) or _SCOPE.search(
        f"Credential={request.args.get('X-Amz-Credential', '')}"
    )
    if found is None:
        return None
    access_key, region, signing_name = found.groups()
    service = _client_names().get(signing_name, signing_name)
    request.get_data(cache=True, parse_form_data=False)
    protocol = determine_request_protocol(get_service_model(service), request.content_type)
    operation, path_params = _matched(service, request)
    return Incoming(request, service, region, access_key, protocol, operation, path_params)


def _matched(service: str, request: Request) -> tuple[OperationModel | None, Mapping[str, object]]:
    try:
        return get_service_router(service).match(request)
    except NotFound:
        return None, {}


@cache
def _client_names() -> dict[str, str]:
    """boto3's name of a client, by the one in a signature's credential scope: ``cloudwatch`` for ``monitoring``."""
    return {get_service_model(name).signing_name: name for name in SERVICES}


def parameters(incoming: Incoming) -> Mapping[str, object]:
    """The parameters of a request as boto3 spells them; timestamps are naive datetimes in UTC."""
    assert incoming.operation is not None
    request = incoming.request
    shape = incoming.operation.input_shape
    whole_body = shape is not None and "payload" in shape.serialization  # Invoke's event is no member among others
    if incoming.protocol in ("json", "rest-json") and request.data and not whole_body:
        try:
            json.loads(request.data)
        except ValueError as problem:
            raise ApiRefusal("SerializationException", "The request body is not valid JSON.") from problem
    parsed: Mapping[str, object] = PROTOCOL_PARSERS[incoming.protocol](incoming.operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": dict(incoming.path_params),
        }
    )
    return parsed


def answer(incoming: Incoming, result: Mapping[str, object] | None) -> Relayed:
    """Write a result, which is given as boto3 returns it, with times in epoch seconds. Members that are None are left
    out.
    """
    operation = incoming.operation
    assert operation is not None
    if incoming.protocol in ("json", "rest-json"):
        # moto's serializer walks the model for every member: 100 alarms take it 58 ms, and this 2 ms.
        body = json.dumps(_without_none(result or {})).encode()
        return Relayed(operation.http.get("responseCode", 200), _headers(incoming), body)
    serializer = get_serializer_class(incoming.service, incoming.protocol)(operation)
    written = serializer.serialize(_without_none(result or {}))
    return Relayed(written["status_code"], _headers(incoming), str(written["body"]).encode())


def refusal(incoming: Incoming, refused: ApiRefusal) -> Relayed:
    """Write an error in the request's protocol."""
    shape = _errors(incoming.service).get(refused.code)
    error = shape.metadata.get("error", {}) if shape else {}
    status = refused.status or error.get("httpStatusCode", 400)
    code = str(error.get("code", shape.name if shape else refused.code))
    headers = _headers(incoming)
    if incoming.protocol in ("json", "rest-json"):
        name = shape.name if shape else refused.code
        if "awsQueryCompatible" in get_service_model(incoming.service).metadata:
            headers.append(("x-amzn-query-error", f"{code};{'Sender' if status < 500 else 'Receiver'}"))
        headers.append(("x-amzn-errortype", name))
        # Services disagree about the capital letter; clients accept both.
        body = {"__type": name, "message": refused.message, "Message": refused.message, **refused.members}
        return Relayed(status, headers, json.dumps(body).encode())
    fault = "Sender" if status < 500 else "Receiver"
    inner = f"<Code>{escape(code)}</Code><Message>{escape(refused.message)}</Message>"
    if incoming.protocol == "rest-xml":
        text = f"<Error>{inner}</Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>{fault}</Type>{inner}</Error><RequestId>{uuid4()}</RequestId></ErrorResponse>"
        )
    return Relayed(status, headers, text.encode())


@cache
def _errors(service: str) -> dict[str, StructureShape]:
    """The modelled errors of a service, by their name and by their code on the wire."""
    model: ServiceModel = get_service_model(service)
    found: dict[str, StructureShape] = {}
    for shape in model.error_shapes:
        found.setdefault(str(shape.metadata.get("error", {}).get("code", shape.name)), shape)
    for shape in model.error_shapes:
        found[shape.name] = shape
    return found


def _headers(incoming: Incoming) -> list[tuple[str, str]]:
    kind = {"json": "application/x-amz-json-1.1", "rest-json": "application/json"}.get(incoming.protocol, "text/xml")
    return [("Content-Type", kind), ("x-amzn-RequestId", str(uuid4()))]


def _without_none(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value
