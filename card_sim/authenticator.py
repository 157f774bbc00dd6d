"""The authenticator app on somebody's own phone: TOTP, RFC 6238."""

import base64
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS = 30
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Authenticator:
    """One account in the app; `secret` is in base 32, as it was shown once."""

    secret: str = field(repr=False)

    @classmethod
    def scan(cls, uri: str) -> "Authenticator":
        """Take over the secret of an otpauth URI."""
        [secret] = parse_qs(urlsplit(uri).query)["secret"]
        return cls(secret)

    def code(self, at: float) -> str:
        """The code at a time. Units: `at`, seconds since 1970. Errors: `ValueError`."""
        key = base64.b32decode(self.secret + "=" * (-len(self.secret) % 8))
        # As every authenticator app makes it: SHA-1, six digits, 30 seconds.
        totp = TOTP(key, _DIGITS, SHA1(), STEP_SECONDS, enforce_key_length=False)  # noqa: S303
        return totp.generate(int(at)).decode()
