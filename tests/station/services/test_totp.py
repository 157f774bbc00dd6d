"""Codes of authenticators, by the vectors of RFC 6238 and by an authenticator of the test's own."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.services import totp
from tests.station.services.staff import code

RFC_SECRET = b"12345678901234567890"
AT = datetime(2026, 11, 23, 4, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
     (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_the_vectors_of_rfc_6238(seconds: int, eight_digits: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.step_of(RFC_SECRET, eight_digits[2:], at) == seconds // 30 == totp.step_at(at)


@given(st.binary(min_size=20, max_size=20), st.integers(-3, 3), st.integers(0, 29))
def test_a_code_is_that_of_a_step_near_by(secret: bytes, off: int, second: int) -> None:
    start = AT.replace(second=0)
    step = totp.step_at(start)
    found = totp.step_of(secret, code(secret, step + off), start + timedelta(seconds=second))
    near = [each for each in (1, 0, -1) if code(secret, step + each) == code(secret, step + off)]
    assert found == (step + near[0] if near else None)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "１２３４５６", "12 456", "\n"])
def test_what_is_no_code_is_of_no_step(text: str) -> None:
    assert totp.step_of(RFC_SECRET, text, AT) is None


def test_what_apps_scan_names_account_and_office() -> None:
    uri = totp.uri_of(RFC_SECRET, "kim", "TEST 센터 + 1")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/TEST 센터 + 1:kim"
    assert "+" not in uri
    assert parse_qs(parts.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["TEST 센터 + 1"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
