"""Examples: RFC 8949, appendices A and F."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.credentials.lint import LintFailed, Reason
from station.credentials.lint.cbor import Tagged, loads

KEYS = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.binary() | st.text(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(KEYS, each, max_size=4),
    max_leaves=12,
)


def plain(value: Any) -> Any:
    """cbor2 gives tuples for arrays in some places."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


@given(VALUES)
def test_reading_restores_what_another_library_wrote(value: Any) -> None:
    assert loads(cbor2.dumps(value)) == plain(value)


def writable(value: Any) -> Any:
    if isinstance(value, Tagged):
        return cbor2.CBORTag(value.tag, writable(value.value))
    if isinstance(value, list):
        return [writable(each) for each in value]
    if isinstance(value, dict):
        return {key: writable(each) for key, each in value.items()}
    return value


@given(st.binary(max_size=64) | VALUES.map(cbor2.dumps))
def test_whatever_is_accepted_has_no_second_form(octets: bytes) -> None:
    try:
        value = loads(octets)
    except LintFailed:
        return
    assert cbor2.dumps(writable(value)) == octets


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00", 0), ("17", 23), ("1818", 24), ("1903e8", 1000), ("1bffffffffffffffff", 2**64 - 1),
        ("3bffffffffffffffff", -(2**64)), ("20", -1), ("f4", False), ("f5", True), ("f6", None),
        ("4401020304", b"\x01\x02\x03\x04"), ("62c3bc", None), ("80", []), ("a10102", {1: 2}),
    ],
)  # fmt: skip
def test_examples_of_rfc_8949_are_read(text: str, value: Any) -> None:
    assert loads(bytes.fromhex(text)) == (value if text != "62c3bc" else "ü")


def test_a_tagged_item_keeps_its_octets() -> None:
    tagged = loads(bytes.fromhex("82d8184101d9 03ec60".replace(" ", "")))
    assert tagged[0].octets == bytes.fromhex("d8184101")
    assert tagged[1] == Tagged(1004, "", bytes.fromhex("d903ec60"))


@pytest.mark.parametrize(
    "text",
    [
        "", "18", "19ff", "1b01020304050607", "41", "6261", "81", "a1", "a101", "c0", "8201",
        "5affffffff00", "9bffffffffffffffff", "bbffffffffffffffff", "9affffffff00",
        "0000", "8000",
        "1800", "1817", "190018", "1900ff", "1a0000ffff", "1b00000000ffffffff", "5801ff", "f818",
        "5f4101ff", "7f6161ff", "9f01ff", "bf0102ff", "1c", "1d", "1e", "1f", "3f", "df", "ff",
        "1c" + "ff" * 16, "3d" + "ff" * 32, "1e" + "ff" * 64, "1f" + "ff" * 128,
        "a201020103", "a2616101616102", "a1f401", "a1410102", "a18001", "a1c0600a",
        "61ff", "62c328", "63eda080", "f7", "f0", "f814", "f97e00", "fa7fc00000",
        "fb7ff8000000000000", "f93c00",
    ],
)  # fmt: skip
def test_what_is_cut_long_doubled_or_not_deterministic_is_refused(text: str) -> None:
    with pytest.raises(LintFailed) as refused:
        loads(bytes.fromhex(text))
    assert refused.value.reason is Reason.ENCODING


@pytest.mark.parametrize("head", [b"\x81", b"\xc1", b"\xa1\x00"])
def test_deep_nesting_is_refused_before_it_recurses(head: bytes) -> None:
    assert loads(b"\x81" * 16 + b"\x00")
    with pytest.raises(LintFailed) as refused:
        loads(head * 1_000_000 + b"\x00")
    assert refused.value.where == "CBOR: nested too deep"
