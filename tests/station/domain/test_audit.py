"""The audit chain against somebody with the database open in an editor."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.domain.audit import GENESIS, AuditEntry, Checkpoint, make_entry, verify_chain
from station.domain.errors import Exit, StationError
from tests.station.people import NOW

WORDS = st.text('abc.:"\\,|가 \n', max_size=8)
CONTENT = st.tuples(
    WORDS, WORDS, st.none() | WORDS, st.dictionaries(WORDS, WORDS, max_size=3), st.integers(0, 9)
)


def chain(contents: list[tuple[str, str, str | None, dict[str, str], int]]) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    at = NOW
    for event, actor, case_id, fields, seconds in contents:
        at += timedelta(seconds=seconds)
        last = entries[-1] if entries else None
        entries.append(make_entry(last, at, event, actor, (case_id, fields)))
    return entries


CHAINS = st.lists(CONTENT, min_size=1, max_size=6).map(chain)
LONG_CHAINS = st.lists(CONTENT, min_size=2, max_size=6).map(chain)


FEW = settings(max_examples=40)


def broken_at(entries: list[AuditEntry]) -> int:
    with pytest.raises(StationError) as broken:
        verify_chain(entries)
    assert broken.value.code == "audit.broken"
    assert broken.value.exit is Exit.NOT_AUTHENTIC
    return int(broken.value.detail.removeprefix("entry "))


@FEW
@given(CHAINS)
def test_an_untouched_chain_verifies(entries: list[AuditEntry]) -> None:
    assert verify_chain(entries) == entries[-1]
    assert [each.sequence for each in entries] == list(range(1, len(entries) + 1))


def test_an_empty_chain_has_no_last_entry() -> None:
    assert verify_chain([]) is None


def test_the_first_entry_stands_on_zeros() -> None:
    first = make_entry(None, NOW, "case.opened", "officer", (None, {}))
    assert (first.sequence, first.previous) == (1, GENESIS)


EDITS: dict[str, Callable[[AuditEntry], AuditEntry]] = {
    "sequence": lambda e: replace(e, sequence=e.sequence + 1),
    "at": lambda e: replace(e, at=e.at + timedelta(microseconds=1)),
    "event": lambda e: replace(e, event=e.event + "x"),
    "actor": lambda e: replace(e, actor=e.actor + "x"),
    "case_id": lambda e: replace(e, case_id=(e.case_id or "") + "x"),
    "no case": lambda e: replace(e, case_id=None if e.case_id is not None else ""),
    "field added": lambda e: replace(e, fields={**e.fields, "x": ""}),
    "field moved into its neighbour": lambda e: replace(e, event=e.event + e.actor, actor=""),
    "previous": lambda e: replace(e, previous="f" * 64),
    "digest": lambda e: replace(e, digest="f" * 64),
}


@pytest.mark.parametrize("edit", EDITS)
@settings(max_examples=25)
@given(entries=CHAINS, data=st.data())
def test_an_edited_entry_is_detected(
    edit: str, entries: list[AuditEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    edited = EDITS[edit](entries[place])
    if edited == entries[place]:  # Nothing to move.
        return
    entries[place] = edited
    assert broken_at(entries) == place + 1


@FEW
@given(CHAINS, st.data())
def test_an_edit_that_mends_its_own_digest_breaks_the_next_link(
    entries: list[AuditEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    before = entries[place - 1] if place else None
    old = entries[place]
    mended = make_entry(before, old.at, old.event + "x", old.actor, (old.case_id, old.fields))
    entries[place] = mended
    if place == len(entries) - 1:
        assert verify_chain(entries) == mended  # Only a checkpoint can tell.
    else:
        assert broken_at(entries) == place + 2


@FEW
@given(LONG_CHAINS, st.data())
def test_a_deleted_entry_is_detected(entries: list[AuditEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    del entries[place]
    assert broken_at(entries) == place + 1


@FEW
@given(LONG_CHAINS, st.data())
def test_swapped_entries_are_detected(entries: list[AuditEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    entries[place], entries[place + 1] = entries[place + 1], entries[place]
    assert broken_at(entries) == place + 1


@FEW
@given(CHAINS, st.data())
def test_an_inserted_entry_is_detected(entries: list[AuditEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    before = entries[place - 1] if place else None
    forged = make_entry(before, entries[place].at, "forged", "nobody", (None, {}))
    entries.insert(place, forged)
    assert broken_at(entries) == place + 2


@FEW
@given(CHAINS)
def test_a_repeated_entry_is_detected(entries: list[AuditEntry]) -> None:
    assert broken_at([*entries, entries[-1]]) == len(entries) + 1


@FEW
@given(LONG_CHAINS)
def test_a_chain_that_lost_its_beginning_is_detected(entries: list[AuditEntry]) -> None:
    assert broken_at(entries[1:]) == 1


def test_a_cut_end_verifies_so_checkpoints_are_needed() -> None:
    entries = chain([("a", "b", None, {}, 0)] * 3)
    assert verify_chain(entries[:2]) == entries[1]


def test_time_going_backwards_is_detected() -> None:
    first = make_entry(None, NOW, "a", "b", (None, {}))
    earlier = make_entry(first, NOW - timedelta(microseconds=1), "a", "b", (None, {}))
    assert broken_at([first, earlier]) == 2


def test_two_entries_at_the_same_time_are_well() -> None:
    first = make_entry(None, NOW, "a", "b", (None, {}))
    assert verify_chain([first, make_entry(first, NOW, "a", "b", (None, {}))]) is not None


def test_the_order_of_fields_does_not_matter() -> None:
    one = make_entry(None, NOW, "a", "b", (None, {"x": "1", "y": "2"}))
    other = make_entry(None, NOW, "a", "b", (None, {"y": "2", "x": "1"}))
    assert one.digest == other.digest


def test_a_checkpoint_signs_everything_it_says() -> None:
    checkpoint = Checkpoint(41, "ab" * 32, datetime(2026, 11, 23, 4, tzinfo=UTC), "sig")
    assert checkpoint.to_sign == (
        b"station-audit-checkpoint\n41\n" + b"ab" * 32 + b"\n2026-11-23T04:00:00+00:00"
    )
    assert replace(checkpoint, signature="other").to_sign == checkpoint.to_sign
    for other in (
        replace(checkpoint, sequence=42),
        replace(checkpoint, digest="cd" * 32),
        replace(checkpoint, at=checkpoint.at + timedelta(seconds=1)),
    ):
        assert other.to_sign != checkpoint.to_sign
