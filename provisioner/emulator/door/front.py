"""The WSGI application: every request passes here, is recorded, may fail on demand, and is answered."""

from __future__ import annotations

import io
import logging
import re
import socket
from collections.abc import Iterable
from functools import partial
from http.client import responses
from wsgiref.types import StartResponse

from botocore.exceptions import UnknownServiceError
from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException

from provisioner.emulator.core.call import Answer, ApiCall, ApiRefusal, Relayed
from provisioner.emulator.core.place import Place
from provisioner.emulator.door import protocol, visitors
from provisioner.emulator.door.checks import check_model
from provisioner.emulator.door.control import PREFIX, control
from provisioner.emulator.door.faults import ChanceSettings, Fault, ThrottleSettings
from provisioner.emulator.door.protocol import Incoming
from provisioner.emulator.door.services import HANDLERS, SERVICES, catch_up, relayed_by_moto, takes_no_lock

_READS = re.compile(r"(Get|List|Describe|Head|BatchGet|Test|Lookup|Filter|Search|Simulate|Receive)[A-Z]")

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())


class _Moto(DomainDispatcherApplication):
    """moto's applications by host. For each request it looks through all of its folders and patterns: here once."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, object] = {}

    def get_backend_for_host(self, host: str | None) -> object:
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class Front:
    """A door to the emulated AWS, as a WSGI application. ``account`` is whose resources a caller sees by
    default; an access key id of twelve digits selects the account of that number instead."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.control = control()
        self.world = self.control.world
        self._moto = _Moto()

    def __call__(self, environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        if why := visitors.unwelcome(request):
            answer = Relayed(403, [("Content-Type", "text/plain")], why.encode())
        elif request.path.startswith(PREFIX):
            answer = self._controlled(request)
        else:
            answer = self._aws(request)
        # moto lets every page read its answers.
        headers = [(name, value) for name, value in answer.headers if not name.lower().startswith("access-control-")]
        # The answer to a HEAD has no body, and the length of the one that a GET would have.
        if request.method != "HEAD":
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {responses.get(answer.status, 'Status')}", headers)
        return [answer.body]

    def _controlled(self, request: Request) -> Relayed:
        if not visitors.is_plain_json(request):
            return Relayed(415, [("Content-Type", "text/plain")], b"Send Content-Type: application/json.")
        return self.control.answer(request.method, request.path, request.get_data())

    def _aws(self, request: Request) -> Relayed:
        try:
            incoming = protocol.read(request)
        except (UnknownServiceError, NotImplementedError) as problem:
            return Relayed(501, [], str(problem).encode())
        if incoming is None:
            return Relayed(403, [("Content-Type", "text/xml")], _UNSIGNED)
        if not visitors.may_act(request, incoming.name):
            return protocol.refusal(incoming, ApiRefusal("AccessDenied", _IN_THE_URL, status=403))
        chance = self.world.settings(ChanceSettings)
        fault = self.control.faults.next(incoming.service, incoming.name, chance)
        if fault is not None:
            self.control.faults.delay(fault)
        answer = self._performed(incoming, fault)
        if fault is not None and fault.drop_connection:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("the answer is lost on purpose")
        return protocol.refusal(incoming, fault.refusal) if fault is not None and fault.after_effect else answer

    def _performed(self, incoming: Incoming, fault: Fault | None) -> Relayed:
        """Take effect, or refuse; either way record it, in the order in which calls took effect."""
        if takes_no_lock(incoming.service, incoming.name):
            with self.world.lock:
                catch_up(self.world)
            answer = self._answered(incoming, fault)
            with self.world.lock:
                self._record(incoming, answer.status)
            return answer
        with self.world.lock:
            catch_up(self.world)
            answer = self._answered(incoming, fault)
            self._record(incoming, answer.status)
            return answer

    def _answered(self, incoming: Incoming, fault: Fault | None) -> Relayed:
        place = self._place(incoming)
        try:
            if fault is not None:
                fault.refuse()
            if fault is not None and fault.body is not None:
                return Relayed(fault.status or 200, [("Content-Type", "text/html")], fault.body.encode())
            rates, now = self.world.settings(ThrottleSettings).rates, self.world.now()
            self.control.throttle.take(rates, incoming.service, incoming.name, place, now)
            result = self._handled(incoming, place)
            return result if isinstance(result, Relayed) else protocol.answer(incoming, result)
        except ApiRefusal as refused:
            return protocol.refusal(incoming, refused)
        except ServiceException as refused:
            return protocol.refusal(incoming, ApiRefusal(refused.code, refused.message))
        except HTTPException as refused:
            code = getattr(refused, "error_type", "InternalFailure")
            return protocol.refusal(incoming, ApiRefusal(code, getattr(refused, "message", ""), status=refused.code))
        except NotImplementedError as problem:
            return protocol.refusal(incoming, ApiRefusal("NotImplemented", str(problem), status=501))
        except Exception as problem:
            _log.exception("%s %s", incoming.service, incoming.name)
            return protocol.refusal(incoming, ApiRefusal("InternalFailure", repr(problem), status=500))

    def _handled(self, incoming: Incoming, place: Place) -> Answer:
        handler = HANDLERS.get((incoming.service, incoming.name))
        if handler is None:
            if incoming.operation is None or not relayed_by_moto(incoming.service, incoming.name):
                raise NotImplementedError(f"The emulator does not know {incoming.service} {incoming.name}.")
            return self._relayed(incoming, place)

        assert incoming.operation is not None
        params = protocol.parameters(incoming)
        check_model(SERVICES[incoming.service], incoming.operation.input_shape, params)
        host = f"http://{incoming.request.host}"
        relay = partial(self._relayed, incoming, place)
        return handler(ApiCall(incoming.service, incoming.name, place, params, self.world, host, relay))

    def _relayed(self, incoming: Incoming, place: Place) -> Relayed:
        """moto's answer. Its Flask applications let exceptions through, and HTML means an unknown path."""
        status, headers = 500, list[tuple[str, str]]()

        def start_response(line: str, given: list[tuple[str, str]], *_: object) -> None:
            nonlocal status, headers
            status, headers = int(line.split()[0]), given

        request, body = incoming.request, incoming.request.get_data()
        moto_environ = {
            **{name: value for name, value in request.environ.items() if not name.startswith("werkzeug.request")},
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_MOTO_ACCOUNT_ID": place.account,
        }
        content = b"".join(self._moto(moto_environ, start_response))
        if status == 404 and any("text/html" in value for _, value in headers):
            raise NotImplementedError(f"moto does not know {incoming.service} {incoming.name}.")
        return Relayed(status, headers, content)

    def _place(self, incoming: Incoming) -> Place:
        key = incoming.access_key
        return Place(key if re.fullmatch(r"\d{12}", key) else self.account, incoming.region)

    def _record(self, incoming: Incoming, status: int) -> None:
        self.control.calls.append(
            {
                "service": incoming.service,
                "operation": incoming.name,
                "status": status,
                "region": incoming.region,
                "write": not _READS.match(incoming.name),
            }
        )


_IN_THE_URL = "The emulator takes a signature in the URL for what only reads."
_UNSIGNED = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>"
    b"<Message>Request is missing Authentication Token</Message></Error></ErrorResponse>"
)
