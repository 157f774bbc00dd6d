"""The kept cipher of a channel against CBC made anew for each message."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from hypothesis import given
from hypothesis import strategies as st

from apdu.crypto.cbc import BLOCK, CountedCipher

LENGTHS = pytest.mark.parametrize("length", [16, 24, 32])
MESSAGES = st.lists(
    st.tuples(st.integers(0, 2**128 - 1), st.integers(1, 5), st.booleans()), max_size=8
)


def made_anew(key: bytes, counter: int) -> Cipher[CBC]:
    ecb = Cipher(AES(key), ECB()).encryptor()
    return Cipher(AES(key), CBC(ecb.update(counter.to_bytes(BLOCK))))


@LENGTHS
@given(messages=MESSAGES)
def test_every_message_begins_with_its_own_encrypted_counter(
    length: int, messages: list[tuple[int, int, bool]]
) -> None:
    """Whatever went before, in whatever direction and of whatever length."""
    key = bytes(range(length))
    kept = CountedCipher(key)
    for counter, blocks, encrypted in messages:
        text = bytes((counter + i) % 256 for i in range(blocks * BLOCK))
        anew = made_anew(key, counter)
        if encrypted:
            assert kept.encrypt(counter, text) == anew.encryptor().update(text)
        else:
            assert kept.decrypt(counter, text) == anew.decryptor().update(text)


@LENGTHS
def test_one_counter_twice_gives_the_same_ciphertext(length: int) -> None:
    kept = CountedCipher(bytes(length))
    assert kept.encrypt(5, bytes(32)) == kept.encrypt(5, bytes(32))
    assert kept.encrypt(6, bytes(32)) != kept.encrypt(5, bytes(32))


def test_both_ends_understand_each_other_over_a_whole_session() -> None:
    reader, chip = CountedCipher(bytes(16)), CountedCipher(bytes(16))
    for counter in range(1, 40):
        sender, receiver = (reader, chip) if counter % 2 else (chip, reader)
        text = bytes((counter,)) * BLOCK * counter
        assert receiver.decrypt(counter, sender.encrypt(counter, text)) == text
