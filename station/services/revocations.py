"""Taking over Google's list of attestation certificates that are no longer believed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from station.domain.errors import StationError
from station.openid4vci import android_revocations
from station.openid4vci.android_attestation import RevocationList
from station.openid4vci.android_revocations import RevocationsError
from station.ports import Clock, Records, RevocationStore


@dataclass(frozen=True, slots=True)
class Revocations:
    """Keeps the list; the station itself never calls anybody."""

    records: Records
    clock: Clock
    store: RevocationStore

    def take(self, octets: bytes, fetched: datetime, officer: str) -> RevocationList:
        """Put the list of `octets`, had from Google at `fetched`, in place of the one there was.

        Rule    Never an older one: it would revive what was revoked since.
        Errors  `StationError("input.invalid")`.
        """
        if fetched > self.clock.now():
            raise StationError("input.invalid", "the revocation list is from the future")
        try:
            new = RevocationList(android_revocations.parse(octets), fetched)
        except RevocationsError as error:
            raise StationError("input.invalid", f"revocation list: {error}") from None
        present = self.store.current()
        if present is not None and fetched < present.fetched:
            raise StationError("input.invalid", "the revocation list is older than the present one")
        self.store.replace(new)
        digest = hashlib.sha256(octets).hexdigest()
        with self.records.transaction() as tx:
            fields = {"count": str(len(new.serials)), "digest": digest}
            tx.audit.append("revocations.taken", officer, fetched=fetched.isoformat(), **fields)
        return new
