"""The issuer's metadata as they are published: plain, and signed anew before they grow old."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from station.credentials.jose import prepare_jws
from station.openid4vci.languages import localized
from station.openid4vci.metadata import SIGNED_TYP
from station.ports import Clock, IssuerKey

FRESH = timedelta(hours=1)
LIFE = timedelta(days=1)
_Languages = tuple[str, ...]


class MetadataPublisher:
    """Hands out the metadata in the languages asked for.

    Rule    Signed with the key of the status lists: a credential's key signs nothing that was not
            recorded as intended (docs/decisions/0012).
    """

    def __init__(self, content: Mapping[str, Any], key: IssuerKey, clock: Clock) -> None:
        self._content = content
        self._key = key
        self._clock = clock
        self._signed: dict[_Languages, tuple[datetime, bytes]] = {}
        self._signing = threading.Lock()

    def plain(self, languages: _Languages) -> dict[str, Any]:
        """The JSON document."""
        return dict(localized(self._content, languages))

    def signed(self, languages: _Languages) -> bytes:
        """The same as a JWT. Source: OpenID4VCI 1.0, 12.2.3."""
        now = self._clock.now().replace(microsecond=0)
        with self._signing:  # Anybody may ask: one signature an hour is enough.
            kept = self._signed.get(languages)
            if kept is None or not timedelta() <= now - kept[0] < FRESH:
                kept = self._signed[languages] = (now, self._sign(languages, now))
        return kept[1]

    def _sign(self, languages: _Languages, now: datetime) -> bytes:
        issuer = self._content["credential_issuer"]
        times = {
            "iat": int(now.timestamp()),
            "exp": int(min(now + LIFE, self._key.not_after).timestamp()),
        }
        payload = {"iss": issuer, "sub": issuer, **times, **self.plain(languages)}
        jws = prepare_jws(SIGNED_TYP, payload, self._key.chain)
        return jws.complete(self._key.sign(jws.to_sign)).encode("ascii")
