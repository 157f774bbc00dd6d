import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.adapters.sealing import Sealer
from station.domain.errors import Exit, StationError
from tests.station.people import shown

PLAIN = b"the name of a resident"
SEALER = Sealer(b"d" * 32, b"p" * 32)


def refusal(sealer: Sealer, place: str, sealed: bytes) -> StationError:
    with pytest.raises(StationError) as refused:
        sealer.open(place, sealed)
    assert refused.value.code == "key.unusable"
    assert refused.value.exit is Exit.KEY_DEVICE
    assert "name" not in str(refused.value)
    return refused.value


@given(st.binary(max_size=64), st.text(max_size=20))
def test_a_sealed_row_opens_at_its_place(plain: bytes, place: str) -> None:
    assert SEALER.open(place, SEALER.seal(place, plain)) == plain


def test_a_row_moved_to_another_place_does_not_open() -> None:
    refusal(SEALER, "identities/2", SEALER.seal("identities/1", PLAIN))


def test_a_row_moved_to_another_table_does_not_open() -> None:
    refusal(SEALER, "residents/1", SEALER.seal("identities/1", PLAIN))


@pytest.mark.parametrize("place", range(12 + len(PLAIN) + 16))
def test_a_row_with_any_octet_altered_does_not_open(place: int) -> None:
    sealed = bytearray(SEALER.seal("identities/1", PLAIN))
    sealed[place] ^= 1
    refusal(SEALER, "identities/1", bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27, 28, 12 + len(PLAIN) + 15])
def test_a_row_cut_short_does_not_open(length: int) -> None:
    refusal(SEALER, "identities/1", SEALER.seal("identities/1", PLAIN)[:length])


def test_another_key_does_not_open_a_row() -> None:
    refusal(Sealer(b"e" * 32, b"p" * 32), "identities/1", SEALER.seal("identities/1", PLAIN))


def test_sealing_twice_gives_two_different_rows() -> None:
    assert SEALER.seal("identities/1", PLAIN) != SEALER.seal("identities/1", PLAIN)


def test_a_sealed_row_shows_nothing() -> None:
    assert PLAIN not in SEALER.seal("identities/1", PLAIN)
    assert "dddd" not in shown(SEALER)
    assert "pppp" not in shown(SEALER)


def test_a_pseudonym_stands_for_one_value_under_one_label_and_key() -> None:
    pseudonym = SEALER.pseudonym("subject", "1")
    assert pseudonym == Sealer(b"x" * 32, b"p" * 32).pseudonym("subject", "1")
    assert len(pseudonym) == 64
    others = {
        SEALER.pseudonym("subject", "2"),
        SEALER.pseudonym("device", "1"),
        Sealer(b"d" * 32, b"q" * 32).pseudonym("subject", "1"),
    }
    assert len(others | {pseudonym}) == 4
