"""Nothing is agreed to that nobody agreed to."""

from __future__ import annotations

from provisioner.engine.consent import EVERYTHING, Consent, Options
from provisioner.engine.model import Address

A, B = Address("box", "a"), Address("box", "b")


def test_without_a_word_nothing_is_agreed_to() -> None:
    assert A not in Consent()
    assert A not in Options().adopt
    assert not Options().insist
    assert not Options().retain


def test_who_names_addresses_agrees_to_these_and_no_others() -> None:
    assert A in Consent.to([A])
    assert B not in Consent.to([A])


def test_who_agrees_to_everything_names_none() -> None:
    assert A in EVERYTHING
