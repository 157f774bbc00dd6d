"""ECDSA in the plain format of TR-03111."""

from itertools import count

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from apdu.crypto.curves import BRAINPOOL_P512, CURVES, P256, Curve
from apdu.crypto.signatures import sign_plain, verify_plain
from apdu.lds import cvc
from tests.vectors import load

KEY = P256.private_key(0x1234567)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_a_signature_is_twice_as_wide_as_the_order_and_verifies(curve: Curve) -> None:
    key = curve.private_key(0x1234567)
    signature = sign_plain(key, b"message", SHA256())
    assert len(signature) == 2 * curve.order_size
    verify_plain(key.public_key(), signature, b"message", SHA256())


def test_a_half_with_a_leading_zero_keeps_its_width() -> None:
    signature = next(
        made for _ in count() if (made := sign_plain(KEY, b"message", SHA256()))[0] == 0
    )
    assert len(signature) == 64
    verify_plain(KEY.public_key(), signature, b"message", SHA256())


def test_what_was_not_signed_is_refused() -> None:
    signature = sign_plain(KEY, b"message", SHA256())
    public = KEY.public_key()
    with pytest.raises(InvalidSignature):
        verify_plain(public, signature, b"massage", SHA256())
    with pytest.raises(InvalidSignature):
        verify_plain(public, signature[32:] + signature[:32], b"message", SHA256())
    with pytest.raises(InvalidSignature):
        verify_plain(P256.private_key(2).public_key(), signature, b"message", SHA256())
    with pytest.raises(InvalidSignature):
        verify_plain(public, bytes(64), b"message", SHA256())


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + b"\0", lambda s: b""])
def test_a_signature_of_another_length_is_refused(change: object) -> None:
    assert callable(change)
    signature = change(sign_plain(KEY, b"message", SHA256()))
    with pytest.raises(InvalidSignature):
        verify_plain(KEY.public_key(), signature, b"message", SHA256())


@pytest.mark.vectors
def test_the_terminal_signature_of_the_eac_worked_example_verifies() -> None:
    values = load("eac2_ecdh_worked_example")["values"]
    certificate = cvc.decode(bytes.fromhex(values["at_cert"]))
    key = certificate.public_key.on(BRAINPOOL_P512).key
    signature = bytes.fromhex(values["ta_signature_plain"])
    verify_plain(key, signature, bytes.fromhex(values["ta_signed_message"]), SHA512())
