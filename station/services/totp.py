"""One-time codes as authenticator apps make them."""

import re
from datetime import datetime

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_LENGTH = 20
STEP_SECONDS = 30
DIGITS = 6


def step_at(now: datetime) -> int:
    """The number of the time step."""
    return int(now.timestamp()) // STEP_SECONDS


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step whose code it is: this one, the one before or the one after; None if none.

    Source  RFC 6238, 5.2; RFC 4226, 5.3: SHA-1 is what every app speaks.
    """
    if not re.fullmatch(f"[0-9]{{{DIGITS}}}", code):
        return None
    typed, middle = code.encode(), step_at(now)
    fitting = [
        step
        for step in (middle - 1, middle, middle + 1)
        if bytes_eq(_totp(secret).generate(step * STEP_SECONDS), typed)
    ]
    return fitting[-1] if fitting else None


def uri_of(secret: bytes, account: str, issuer: str) -> str:
    """What an authenticator app scans."""
    uri = _totp(secret).get_provisioning_uri(account, issuer)
    return uri.replace("+", "%20")  # Apps show a plus as a plus.


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - as an HMAC it is sound
