"""The IACA's revocation list, signed anew before it grows old."""

from datetime import timedelta

from station.credentials.certificates import Issuer
from station.credentials.crl import make_crl
from station.ports import Clock

FRESH = timedelta(days=1)
LIFE = timedelta(days=7)


class FreshCrl:
    """Nothing is revoked in it yet: the signers of a demo live and die with its folder."""

    def __init__(self, issuer: Issuer, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._signed_at = clock.now() - LIFE
        self._der = b""

    def der(self) -> bytes:
        now = self._clock.now().replace(microsecond=0)
        if now - self._signed_at >= FRESH:
            self._der = make_crl(self._issuer, now, now + LIFE)
            self._signed_at = now
        return self._der
