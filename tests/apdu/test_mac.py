"""AES-CMAC of eight octets."""

import pytest

from apdu.crypto.mac import Authenticator, cmac8
from tests.vectors import load


@pytest.mark.vectors
def test_cmac_agrees_with_rfc_4493_and_sp_800_38b() -> None:
    cases = load("aes_cmac_rfc4493_nist")["values"]["cases"]
    assert len(cases) == 12
    for case in cases:
        key, message, tag = (bytes.fromhex(case[name]) for name in ("key", "message", "tag"))
        assert cmac8(key, message) == tag[:8]


@pytest.mark.parametrize("length", [0, 4, 15, 16, 17, 240])
def test_a_message_under_a_counter_is_padded_behind_the_counters_block(length: int) -> None:
    key, message = bytes(range(16)), bytes(length)
    padding = b"\x80" + bytes(15 - length % 16)
    authenticated = (7).to_bytes(16) + message + padding
    assert Authenticator(key).mac8_under(7, message) == cmac8(key, authenticated)
