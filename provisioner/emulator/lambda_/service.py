"""What Lambda answers here; nothing is left to moto."""

from __future__ import annotations

from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.lambda_ import access, event_sources, functions, invoke, management, model

LAMBDA = EmulatedService(
    name="lambda",
    apis=(functions.api, access.api, event_sources.api, invoke.api, management.api),
    malformed="ValidationException",
    own_enums=frozenset({"Runtime"}),
    settings=model.FunctionSettings,
    without_lock=frozenset({"Invoke"}),  # the function may call AWS itself
    warm_up=("ListFunctions", {}),
)
