"""Passwords as they are stored: slow, salted, and as slow for nobody's."""

import re
import threading
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from station.adapters import passwords
from station.adapters.passwords import Argon2Passwords
from station.ports import Passwords

PASSWORD = "some long words of nobody"
STORED = r"\$argon2id\$v=19\$m=65536,t=3,p=4\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})"


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "ITERATIONS", 1)


def made(salt: bytes = b"0123456789abcdef") -> Passwords:
    return Argon2Passwords(lambda count: salt[:count])


def test_a_password_is_stored_as_argon2id_with_64_mib_three_passes_and_four_lanes() -> None:
    """RFC 9106, 4: the second recommended option."""
    found = re.fullmatch(STORED, made().digest(PASSWORD))
    assert found is not None
    salt, digest = (b64decode(each + "=" * (-len(each) % 4)) for each in found.groups())
    assert salt == b"0123456789abcdef"
    again = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=65536)
    assert digest == again.derive(PASSWORD.encode())


def test_nobodys_password_costs_as_much_as_any() -> None:
    assert re.fullmatch(STORED, passwords._NOBODYS)


@pytest.mark.usefixtures("cheap")
def test_two_officers_with_one_password_do_not_show_it() -> None:
    assert made(b"a" * 16).digest(PASSWORD) != made(b"b" * 16).digest(PASSWORD)


@pytest.mark.usefixtures("cheap")
def test_the_password_matches_and_nothing_else_does() -> None:
    stored = made().digest(PASSWORD)
    assert made().match(PASSWORD, stored)
    for other in ("", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper(), stored, "\udcff", "\0"):
        assert not made().match(other, stored)


@pytest.mark.usefixtures("cheap")
def test_every_character_of_a_long_password_counts() -> None:
    stored = made().digest("x" * 200)
    assert not made().match("x" * 199 + "y", stored)


@pytest.mark.parametrize(
    "stored",
    [None, "", "none", PASSWORD, "invitation 00 2026-01-01", "$argon2id$", "$argon2i$v=19$m=8,t=1",
     "$argon2id$v=19$m=65536,t=3,p=4$$"],
)  # fmt: skip
def test_what_is_no_hash_matches_nothing(stored: str | None) -> None:
    for password in (PASSWORD, "", stored or "none"):
        assert not made().match(password, stored)


def test_nobody_has_the_password_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a password whose hash were the one of nobody's account opens nothing."""
    monkeypatch.setattr(Argon2id, "verify_phc_encoded", lambda *_: None)
    assert not made().match(PASSWORD, None)


@pytest.mark.usefixtures("cheap")
def test_a_crowd_gets_two_hashes_worth_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, at_work, most, together = threading.Lock(), [0], [0], threading.Barrier(2)

    def verify(*_: object) -> None:
        with lock:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        together.wait()  # Two are at work, or the test does not end.
        with lock:
            at_work[0] -= 1

    monkeypatch.setattr(Argon2id, "verify_phc_encoded", verify)
    shared = made()
    crowd = [threading.Thread(target=shared.match, args=(PASSWORD, "x")) for _ in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert most == [2]
