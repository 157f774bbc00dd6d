"""Keys from secrets and passwords."""

import pytest

from apdu.protocols.key_derivation import PASSWORD, derive, session_keys
from apdu.protocols.password import Password
from tests.vectors import load

LENGTHS = (16, 24, 32)


@pytest.mark.vectors
def test_session_keys_agree_with_the_worked_example_and_the_longer_hashes() -> None:
    cases = load("kdf_vectors")["values"]["cases"]
    full = next(case for case in cases if "AES256_enc" in case)
    for length in LENGTHS:
        keys = session_keys(bytes.fromhex(full["K"]), length)
        assert keys.encryption.hex().upper() == full[f"AES{length * 8}_enc"]
        assert keys.mac.hex().upper() == full[f"AES{length * 8}_mac"]
        pi = derive(bytes.fromhex(full["K"]), PASSWORD, length)
        assert pi.hex().upper() == full[f"AES{length * 8}_pi"]


@pytest.mark.vectors
def test_the_chip_nonce_goes_between_secret_and_counter() -> None:
    case = load("kdf_vectors")["values"]["cases"][0]
    salted = bytes.fromhex(case["K"])
    keys = session_keys(salted[:32], 16, nonce=salted[32:])
    assert keys.encryption.hex().upper() == case["AES128_enc"]
    assert keys.mac.hex().upper() == case["AES128_mac"]


@pytest.mark.vectors
def test_password_keys_agree_with_the_worked_examples() -> None:
    cases = load("kdf_vectors")["values"]["cases"]
    digits, mrz = (case for case in cases if "password" in case)
    for length in LENGTHS:
        name = f"AES{length * 8}_pi"
        for password in (Password.pin, Password.can, Password.puk):
            assert password(digits["password"]).key(length).hex().upper() == digits[name]
        assert Password.mrz(mrz["password"]).key(length).hex().upper() == mrz[name]


def test_a_leading_zero_of_the_secret_counts() -> None:
    assert session_keys(b"\x00" + b"k" * 31, 16) != session_keys(b"k" * 31, 16)
