"""A plan does only what a person has agreed to."""

from __future__ import annotations

from provisioner.engine.consent import EVERYTHING, Consent, Options
from provisioner.engine.model import Address

A, B = Address("box", "a"), Address("box", "b")


def test_by_default_there_is_no_consent() -> None:
    assert A not in Consent()
    assert A not in Options().adopt
    assert not Options().insist
    assert not Options().retain


def test_consent_to_addresses_covers_these_and_no_others() -> None:
    assert A in Consent.to([A])
    assert B not in Consent.to([A])


def test_consent_to_everything_covers_every_address() -> None:
    assert A in EVERYTHING
