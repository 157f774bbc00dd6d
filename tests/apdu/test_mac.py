"""AES-CMAC of eight octets."""

import pytest

from apdu.crypto.mac import cmac8
from tests.vectors import load


@pytest.mark.vectors
def test_cmac_agrees_with_rfc_4493_and_sp_800_38b() -> None:
    cases = load("aes_cmac_rfc4493_nist")["values"]["cases"]
    assert len(cases) == 12
    for case in cases:
        key, message, tag = (bytes.fromhex(case[name]) for name in ("key", "message", "tag"))
        assert cmac8(key, message) == tag[:8]
