"""Ask each service something at start, so that the first real request does not wait for models and backends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.serialize import create_serializer
from moto.core.utils import get_service_model
from werkzeug.test import EnvironBuilder, run_wsgi_app

from provisioner.emulator.door.services import SERVICES

if TYPE_CHECKING:
    from provisioner.emulator.door.front import Front

_OF_MOTO = (("sts", "GetCallerIdentity"),)


def warm(front: Front, region: str) -> None:
    """Load the model, the router and moto's part of every service, and leave no trace of it."""
    for service in SERVICES.values():
        _ask(front, region, service.name, *service.warm_up)
        if service.prepare is not None:
            service.prepare()
    for name, operation in _OF_MOTO:
        _ask(front, region, name, operation, {})
    front.control.reset()


def _ask(front: Front, region: str, service: str, operation: str, params: Mapping[str, object]) -> None:
    model = get_service_model(service)
    written = create_serializer(model.resolved_protocol).serialize_to_request(params, model.operation_model(operation))
    scope = f"Credential=warm/20260101/{region}/{model.signing_name}/aws4_request"
    headers = {**written["headers"], "Authorization": f"AWS4-HMAC-SHA256 {scope}"}
    request = EnvironBuilder(written["url_path"], method=written["method"], headers=headers, data=written["body"])
    run_wsgi_app(front, request.get_environ())
