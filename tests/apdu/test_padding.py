"""Padding method 2 of ISO/IEC 9797-1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.crypto.padding import pad, unpad
from apdu.errors import EncodingError


@pytest.mark.parametrize(
    ("length", "added"), [(0, 16), (1, 15), (15, 1), (16, 16), (17, 15), (223, 1)]
)
def test_pad_fills_the_block_and_is_never_empty(length: int, added: int) -> None:
    assert pad(b"\xaa" * length, 16) == b"\xaa" * length + b"\x80" + bytes(added - 1)


@pytest.mark.parametrize(
    "padded",
    ["", "00" * 16, "AA" * 16, "80" + "00" * 14, "AA" * 16 + "80" + "00" * 16, "80" + "00" * 16],
    ids=["nothing", "no mark", "no padding", "cut", "more than a block", "not whole blocks"],
)
def test_wrong_padding_is_refused(padded: str) -> None:
    with pytest.raises(EncodingError):
        unpad(bytes.fromhex(padded), 16)


@given(st.binary(max_size=100), st.sampled_from((8, 16)))
def test_what_was_padded_is_found_again(data: bytes, block: int) -> None:
    assert unpad(pad(data, block), block) == data
    assert unpad(pad(data + b"\x80\x00", block), block) == data + b"\x80\x00"
