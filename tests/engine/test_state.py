"""Nothing is lost: the file and its journal."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from provisioner.engine.errors import StateError
from provisioner.engine.keeping.lock import hold
from provisioner.engine.keeping.state import Ledger, State, claim, forget, load, state_name
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Record
from tests.engine.stores import MemoryStore
from tests.engine.toys import SCOPE

NAME = state_name(SCOPE)
JOURNAL = f"{NAME}.journal"
BOX, NOTE = Address("box", "a"), Address("note", "b.c")
MADE = Record(NOTE, {"id": "n-1"}, {"text": "ä"}, (BOX,))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def ledger(store: MemoryStore) -> Ledger:
    return Ledger(store, SCOPE, State())


def test_each_environment_of_each_account_and_region_has_a_file_of_its_own() -> None:
    assert NAME == "123456789012/us-east-1/shop-dev.json"


def test_a_missing_file_is_an_empty_state(store: MemoryStore) -> None:
    assert load(store, SCOPE) == State()
    assert State() == State({}, 0)


def test_a_closed_ledger_reads_back(store: MemoryStore, ledger: Ledger) -> None:
    ledger.applied(MADE)
    ledger.close()
    assert load(store, SCOPE) == State({NOTE: MADE}, serial=1)
    assert store.read(JOURNAL) is None


def test_the_file_is_sorted_and_readable(store: MemoryStore, ledger: Ledger) -> None:
    ledger.applied(MADE)
    ledger.begun(Record(BOX))
    ledger.close()
    text = store.blobs[NAME].decode()
    assert list(json.loads(text)["resources"]) == ["box.a", "note.b.c"]
    assert "partial" in json.loads(text)["resources"]["box.a"]
    assert "partial" not in json.loads(text)["resources"]["note.b.c"]
    assert '"ä"' in text
    assert text.endswith("}\n")


def test_each_rewrite_raises_the_serial(store: MemoryStore) -> None:
    for number in (1, 2, 3):
        ledger = Ledger(store, SCOPE, load(store, SCOPE))
        ledger.applied(MADE)
        ledger.close()
        assert load(store, SCOPE).serial == number


def test_each_fact_is_in_the_journal_when_it_is_flushed(store: MemoryStore, ledger: Ledger) -> None:
    ledger.begun(Record(NOTE, applied={"text": "a"}, needs=(BOX,)))
    assert not store.blobs
    ledger.flush()
    assert load(store, SCOPE).records == {NOTE: Record(NOTE, {}, {"text": "a"}, (BOX,), partial=True)}
    ledger.remember(NOTE, {"id": "n-1"})
    ledger.flush()
    assert load(store, SCOPE).records == {NOTE: Record(NOTE, {"id": "n-1"}, {"text": "a"}, (BOX,), partial=True)}
    ledger.remember(NOTE, {"page": 2})
    ledger.flush()
    assert load(store, SCOPE).records[NOTE].outputs == {"id": "n-1", "page": 2}
    ledger.applied(MADE)
    ledger.flush()
    assert load(store, SCOPE).records == {NOTE: MADE}
    ledger.removed(NOTE)
    ledger.flush()
    assert load(store, SCOPE).records == {}
    assert store.read(NAME) is None


def test_a_ledger_knows_the_records_it_wrote(ledger: Ledger) -> None:
    assert ledger.record(NOTE) is None
    ledger.remember(NOTE, {"id": "n-1"})
    assert ledger.record(NOTE) == Record(NOTE, {"id": "n-1"}, partial=True)


def test_the_journal_of_a_killed_run_is_folded_in_by_the_next(store: MemoryStore, ledger: Ledger) -> None:
    ledger.applied(MADE)
    ledger.flush()
    again = Ledger(store, SCOPE, load(store, SCOPE))
    assert json.loads(store.blobs[NAME])["serial"] == 1
    assert store.read(JOURNAL) is None
    again.removed(NOTE)
    again.close()
    assert load(store, SCOPE) == State({}, serial=2)


def test_an_unfinished_change_is_marked_in_the_file(store: MemoryStore, ledger: Ledger) -> None:
    ledger.begun(MADE)
    ledger.close()
    assert load(store, SCOPE).records == {NOTE: replace(MADE, partial=True)}


@pytest.mark.parametrize("adopted", [None, {}, {"Team": "b"}])
def test_the_tags_of_an_adoption_are_kept(store: MemoryStore, ledger: Ledger, adopted: dict[str, str] | None) -> None:
    ledger.applied(replace(MADE, adopted=adopted))
    ledger.flush()
    assert load(store, SCOPE).records[NOTE].adopted == adopted
    ledger.close()
    assert load(store, SCOPE).records[NOTE].adopted == adopted
    assert ("adopted" in store.blobs[NAME].decode()) == (adopted is not None)


def test_removing_an_unrecorded_address_is_harmless(store: MemoryStore, ledger: Ledger) -> None:
    ledger.removed(NOTE)
    assert load(store, SCOPE).records == {}


def test_a_last_line_that_is_torn_is_left_out(store: MemoryStore, ledger: Ledger) -> None:
    ledger.remember(NOTE, {"id": "1"})
    ledger.flush()
    store.set(JOURNAL, store.blobs[JOURNAL] + b'{"op": "remem')
    state = load(store, SCOPE)
    assert state.records[NOTE].outputs == {"id": "1"}
    again = Ledger(store, SCOPE, state)
    again.remember(NOTE, {"arn": "a"})
    again.flush()
    assert load(store, SCOPE).records[NOTE].outputs == {"id": "1", "arn": "a"}


def test_a_torn_line_within_the_journal_is_refused(store: MemoryStore, ledger: Ledger) -> None:
    store.set(JOURNAL, b'{"op": "remem\n')
    ledger.remember(NOTE, {"id": "1"})
    ledger.flush()
    with pytest.raises(StateError, match=r"memory:.*\.journal, line 1: not a journal") as caught:
        load(store, SCOPE)
    assert "Move that file away" in caught.value.remedy


def test_a_ledger_without_a_fact_writes_nothing(store: MemoryStore, ledger: Ledger) -> None:
    ledger.close()
    assert not store.blobs


def test_a_ledger_writes_the_file_once(store: MemoryStore, ledger: Ledger) -> None:
    ledger.applied(MADE)
    ledger.close()
    ledger.close()
    assert load(store, SCOPE).serial == 1


def test_the_former_file_is_kept_as_a_backup(store: MemoryStore) -> None:
    for number in ("1", "2"):
        ledger = Ledger(store, SCOPE, load(store, SCOPE))
        ledger.remember(NOTE, {"id": number})
        ledger.close()
        assert (f"{NAME}.backup" in store.blobs) == (number == "2")
    backup = json.loads(store.blobs[f"{NAME}.backup"])
    assert backup["resources"][str(NOTE)]["outputs"] == {"id": "1"}


def test_what_several_changes_have_to_tell_is_written_at_once(store: MemoryStore, ledger: Ledger) -> None:
    ledger.begun(Record(NOTE))
    ledger.applied(MADE)
    ledger.flush()
    ledger.flush()
    assert store.appended == 1
    assert load(store, SCOPE).records == {NOTE: MADE}


def test_a_change_that_is_done_as_it_was_begun_is_told_in_few_words(store: MemoryStore, ledger: Ledger) -> None:
    ledger.begun(MADE)
    ledger.applied(MADE)
    ledger.flush()
    _, done = store.blobs[JOURNAL].splitlines()
    assert json.loads(done) == {"op": "done", "address": str(NOTE), "outputs": MADE.outputs}
    assert load(store, SCOPE).records == {NOTE: MADE}
    ledger.applied(replace(MADE, adopted={}))
    ledger.flush()
    assert load(store, SCOPE).records == {NOTE: replace(MADE, adopted={})}


def test_the_file_has_a_line_for_each_record(store: MemoryStore, ledger: Ledger) -> None:
    ledger.applied(MADE)
    ledger.applied(Record(BOX))
    ledger.close()
    lines = store.blobs[NAME].decode().splitlines()
    assert [line.partition(":")[0] for line in lines if line.startswith('"')] == ['"box.a"', '"note.b.c"']


def test_what_could_not_be_written_is_written_the_next_time(ledger: Ledger, store: MemoryStore) -> None:
    ledger.applied(MADE)
    store.failing.add("append")
    with pytest.raises(StateError):
        ledger.flush()
    store.failing.clear()
    ledger.flush()
    assert load(store, SCOPE).records == {NOTE: MADE}


def test_forget_drops_one_record(store: MemoryStore, ledger: Ledger) -> None:
    ledger.applied(MADE)
    ledger.applied(Record(BOX))
    ledger.close()
    assert forget(store, SCOPE, load(store, SCOPE), NOTE)
    assert store.read(JOURNAL) is None
    assert load(store, SCOPE) == State({BOX: Record(BOX)}, serial=2)
    assert not forget(store, SCOPE, load(store, SCOPE), NOTE)
    assert load(store, SCOPE).serial == 2


@pytest.mark.parametrize("name", ["account", "region", "platform", "environment"])
@pytest.mark.parametrize("text", ["../../../x", "", "a/b", "-", "a\nb"])
def test_no_name_leads_to_another_place(store: MemoryStore, name: str, text: str) -> None:
    with pytest.raises(StateError, match="is no name for a state"):
        load(store, replace(SCOPE, **{name: text}))


HEAD = '"serial": 1, "account": "{}", "region": "us-east-1", "platform": "shop", "environment": "dev", "resources": {}'


def made(record: object) -> str:
    """A file with that as a record."""
    return '{"schema": 1, ' + HEAD.format("123456789012", json.dumps({"box.a": record})) + "}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not a state file"),
        ("[]", "not a state file"),
        ('{"schema": 1}', "not a state file: 'account'"),
        ('{"schema": "1"}', "not a state file"),
        ('{"schema": 1, ' + HEAD.format("123456789012", "[]") + "}", "not a state file"),
        ('{"schema": 1, ' + HEAD.format("123456789012", '{"box": {}}') + "}", "not a state file: 'box' is not an addr"),
        ("[" * 100_000, "not a state file"),
        ('{"schema": true, ' + HEAD.format("123456789012", "{}") + "}", "not a state file: a number is expected"),
        ('{"schema": 1, ' + HEAD.format("123456789012", '{"box.a": []}') + "}", "not a state file"),
        ('{"schema": 1, ' + HEAD.format("123456789012", '{"box.a": {"outputs": [["a", 1]]}}') + "}", "not a state"),
        (made({"outputs": {"id": ["x"]}, "applied": {}, "needs": []}), "a single value is expected in place of"),
        (made({"outputs": {}, "applied": {"tags": 5}, "needs": []}), "a table is expected in place of '5'"),
        (made({"outputs": {}, "applied": {"tags": {"Team": []}}, "needs": []}), "a single value is expected"),
        ('{"schema": 2, ' + HEAD.format("123456789012", "{}") + "}", "schema 2; this version of the provisioner knows"),
        ('{"schema": 1, ' + HEAD.format("1", "{}") + "}", "is the state of 1/us-east-1/shop/dev, and this run is for"),
    ],
)
def test_an_invalid_state_file_is_refused_in_words(store: MemoryStore, content: str, words: str) -> None:
    store.set(NAME, content.encode())
    with pytest.raises(StateError, match=words) as caught:
        load(store, SCOPE)
    assert caught.value.remedy
    assert store.blobs == {NAME: content.encode()}


JOURNALS = [
    b"3\n",
    b"[]\n",
    b"{}\n",
    b'{"op": "applied", "address": "box.a"}\n',
    b'{"op": "begun", "address": "box.a", "record": 7}\n',
    b'{"op": "removed", "address": 7}\n',
    b"[" * 100_000 + b"\n",
    b"\xff\n",
]


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_journal_that_is_none_is_refused_before_anything_is_written(store: MemoryStore, journal: bytes) -> None:
    store.set(JOURNAL, journal)
    with pytest.raises(StateError, match=r"\.journal, line 1: not a journal"), hold(store, "lock", "apply") as lock:
        claim(store, SCOPE, lock)
    assert store.blobs == {JOURNAL: journal}


@pytest.mark.parametrize("other", ["platform", "environment", "region"])
def test_a_state_of_another_place_is_refused(store: MemoryStore, ledger: Ledger, other: str) -> None:
    ledger.applied(MADE)
    ledger.close()
    document = json.loads(store.blobs[NAME])
    store.set(NAME, json.dumps({**document, other: "elsewhere"}).encode())
    with pytest.raises(StateError, match=r"is the state of .*elsewhere"):
        load(store, SCOPE)


def test_where_the_file_cannot_be_written_at_the_end_the_journal_has_all(store: MemoryStore, ledger: Ledger) -> None:
    ledger.begun(MADE)
    ledger.flush()
    ledger.applied(MADE)
    store.failing.add("put")
    with pytest.raises(StateError, match="cannot put"):
        ledger.close()
    store.failing.clear()
    assert not load(store, SCOPE).records[NOTE].partial


def test_where_nothing_can_be_written_at_the_end_the_file_is_named(store: MemoryStore, ledger: Ledger) -> None:
    ledger.applied(MADE)
    store.failing |= {"put", "append"}
    with pytest.raises(StateError, match="cannot put"):
        ledger.close()
