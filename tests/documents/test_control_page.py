"""``docs/without-a-network.md`` against the control API: every request, every switch, every part of a fault."""

from __future__ import annotations

from dataclasses import fields

from provisioner.emulator.door.control import control
from provisioner.emulator.door.faults import ChanceSettings, Fault, ThrottleSettings
from provisioner.emulator.door.services import SERVICES
from tests.documents.pages import quoted, rows, sections

TEXT = sections("docs/without-a-network.md")["Its control API"]
TOLD = {name for row in rows(TEXT) for name in quoted(row[0])}
REQUESTS = {name for name in TOLD if name.startswith(("GET ", "POST ", "DELETE "))}


def test_every_request_is_told_and_exists() -> None:
    assert {f"{method} {path}" for method, path in control().routes} == REQUESTS


def test_every_switch_is_told_and_exists() -> None:
    kinds = [ThrottleSettings, ChanceSettings, *(service.settings for service in SERVICES.values() if service.settings)]
    assert {item.name for kind in kinds for item in fields(kind)} == TOLD - REQUESTS


def test_every_part_of_a_fault_is_told() -> None:
    (text,) = (part for part in TEXT.split("\n\n") if part.startswith("A fault"))
    assert {item.name for item in fields(Fault)} <= set(quoted(text))
