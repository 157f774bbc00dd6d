"""Nonces that need not be stored: each carries its own end and a MAC (docs/decisions/0005)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from station.ports import Clock, CodeMaker, Randomness

_RANDOM = 16
_TIME = 8


@dataclass(frozen=True, slots=True)
class Opened:
    """A nonce of ours that has not expired. Units: `digest` SHA-256 of its octets."""

    digest: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Nonces:
    """One kind of nonce; those of another `label` are strangers."""

    codes: CodeMaker
    clock: Clock
    random: Randomness
    label: str
    life: timedelta

    def make(self) -> str:
        """A fresh one: end of life, random octets, MAC.

        Only a used nonce takes room in the database, so asking for nonces cannot fill it.
        """
        expires = int((self.clock.now() + self.life).timestamp())
        body = expires.to_bytes(_TIME) + self.random(_RANDOM)
        return base64.urlsafe_b64encode(body + self._mac(body)).decode().rstrip("=")

    def open(self, nonce: str) -> Opened | None:
        """None for one that is not ours or too old."""
        try:
            octets = base64.b64decode(
                nonce + "=" * (-len(nonce) % 4), altchars=b"-_", validate=True
            )
        except ValueError:
            return None
        body, mac = octets[: _TIME + _RANDOM], octets[_TIME + _RANDOM :]
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        expires = datetime.fromtimestamp(int.from_bytes(body[:_TIME]), UTC)
        if self.clock.now() > expires:
            return None
        # The octets are hashed, not the text: one nonce has several base64 spellings.
        return Opened(hashlib.sha256(octets).hexdigest(), expires)

    def _mac(self, body: bytes) -> bytes:
        return self.codes.derive(self.label, body.hex())
