"""state list, show, forget, unlock: the records, without asking AWS about anything but who we are."""

from __future__ import annotations

from provisioner.cli.options import Common
from provisioner.cli.session import Session
from provisioner.engine.errors import ProvisionerError, UsageError
from provisioner.engine.keeping import state as states
from provisioner.engine.keeping.lock import unlock as take_away
from provisioner.engine.model import Address


def list_(common: Common, *, as_json: bool) -> None:
    """Every address on record."""
    session = Session(common, quiet=True, services=())
    records = sorted(session.load_state().records)
    if as_json:
        common.out.json([str(address) for address in records])
        return
    for address in records:
        common.out.say(str(address))


def show(common: Common, address: str) -> None:
    """One record, as JSON."""
    record = Session(common, quiet=True, services=()).load_state().records.get(_address(address))
    if record is None:
        raise ProvisionerError(f"{address} is not on record", remedy="state list shows what is.")
    document = {"address": address, "outputs": record.outputs, "applied": record.applied, "partial": record.partial}
    common.out.json({**document, "needs": [str(need) for need in record.needs]})


def forget(common: Common, address: str, *, patience: float) -> None:
    """Drop one record. AWS is not touched: what bears our tags is found again by the next plan."""
    session = Session(common, quiet=True, services=())
    with session.writing(patience):
        known = states.forget(session.store, session.scope, session.load_state(), _address(address))
    if not known:
        raise ProvisionerError(f"{address} is not on record", remedy="state list shows what is.")
    common.err.say(f"{address} is forgotten.")


def unlock(common: Common) -> None:
    """Take the lock away from a run that is certainly dead, and say whose it was."""
    session = Session(common, quiet=True, services=())
    holder = take_away(session.store, f"{states.state_name(session.scope)}.lock")
    states.fence(session.store, session.scope)
    said = f"Unlocked. It was held by {holder}" if holder else "It was not locked."
    common.err.say(said)


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
