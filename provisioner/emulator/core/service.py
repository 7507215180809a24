"""How a service makes itself known: one declaration, in its own folder, of all that others must know of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field

from provisioner.emulator.core.call import Api
from provisioner.emulator.core.world import EmulatedWorld


class _Everything:
    def __contains__(self, operation: object) -> bool:
        return True


EVERYTHING: Container[str] = _Everything()
"""All operations that the service's own modules do not answer."""


@dataclass(frozen=True)
class EmulatedService:
    """What a service answers, and what else the door must know of it. ``name`` is that of boto3's client.

    ``moto`` are the other operations that moto answers. Where our modules keep the resources, moto may answer only what
    does not touch them: it would look for resources that it does not have.

    ``malformed`` is the code for a request that botocore's model does not admit (AWS API references, "Common Errors").
    ``own_enums`` are shapes of the model whose values the service checks by itself, with a code and words of its own.

    ``warm_up`` is a harmless operation and its parameters: it is called once at start, so that the first real request
    does not wait for models and backends to be loaded. ``prepare`` loads what that call leaves out.
    """

    name: str
    apis: tuple[Api, ...]
    malformed: str
    warm_up: tuple[str, Mapping[str, object]]
    moto: Container[str] = frozenset()
    own_enums: frozenset[str] = frozenset()
    prepare: Callable[[], object] | None = None
    settings: type | None = None
    """A dataclass of its switches, each off by default and set by the control API under its own name."""
    without_lock: frozenset[str] = frozenset()
    """Operations that wait, or that may call AWS themselves: other calls must take effect meanwhile."""
    catch_up: Callable[[EmulatedWorld], None] | None = None
    """Lets happen what is due by the clock. Called before each request, whichever service it is for."""
    controls: Mapping[str, Callable[[EmulatedWorld, Mapping[str, object]], object]] = field(default_factory=dict)
    """What a POST to the control API may do to it, by the path under ``/_emulator/``. Raises ValueError, TypeError,
    KeyError or ApiRefusal for a body that it cannot take."""
