"""Taking over Google's list of attestation certificates that are no longer believed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.roles import Operation
from station.domain.text import Words
from station.openid4vci import android_revocations
from station.openid4vci.android_attestation import RevocationList
from station.openid4vci.android_revocations import RevocationsError
from station.ports import Clock, Records, RevocationStore
from station.services.authority import Authority


@dataclass(frozen=True, slots=True)
class Revocations:
    """Keeps the list; the station itself never calls anybody."""

    records: Records
    authority: Authority
    clock: Clock
    store: RevocationStore

    def take(self, octets: bytes, fetched: datetime, officer: SignedIn) -> RevocationList:
        """Put the list of `octets`, had from Google at `fetched`, in place of the one there was.

        Rule    Never an older one: it would revive what was revoked since.
        Errors  `StationError("input.invalid")`.
        """
        if fetched > self.clock.now():
            raise StationError(
                "input.invalid",
                Words("폐기 목록의 시각이 미래입니다", "the revocation list is from the future"),
            )
        try:
            new = RevocationList(android_revocations.parse(octets), fetched)
        except RevocationsError as error:
            raise StationError(
                "input.invalid", Words("폐기 목록을 읽을 수 없습니다", f"revocation list: {error}")
            ) from None
        present = self.store.current()
        if present is not None and fetched < present.fetched:
            raise StationError(
                "input.invalid",
                Words(
                    "지금 목록보다 오래된 폐기 목록입니다",
                    "the revocation list is older than the present one",
                ),
            )
        digest = hashlib.sha256(octets).hexdigest()
        with self.records.transaction() as tx:
            self.authority.require(tx, officer, Operation.TAKE_REVOCATIONS)
            fields = {"count": str(len(new.serials)), "digest": digest}
            fields |= {"fetched": fetched.isoformat()}
            tx.audit.append("revocations.taken", officer.officer, **fields)
            self.store.replace(new)
        return new
