"""The status lists as they are published: signed anew when something changed, else as they were."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from station.credentials.status_list import CWT_TYP, ListTerms, Status, prepare_cwt, prepare_jwt
from station.domain.credential import PublishedStatus
from station.ports import Clock, IssuerKey, Records

STATUS_TTL = 240  # With a minute in HTTP caches, a change is public within five.
STATUS_LIFE = timedelta(days=1)
_ENTRY = {
    PublishedStatus.VALID: Status.VALID,
    PublishedStatus.INVALID: Status.INVALID,
    PublishedStatus.SUSPENDED: Status.SUSPENDED,
}


class Form(Enum):
    """The forms of a list, by their media types."""

    JWT = "application/statuslist+jwt"
    CWT = CWT_TYP


@dataclass(frozen=True, slots=True)
class Published:
    """One list in both forms, signed at the same second."""

    version: int
    terms: ListTerms
    octets: dict[Form, bytes]


class StatusPublisher:
    """Signs a status list anew when it changed or grew old; else hands out the last one."""

    def __init__(self, records: Records, key: IssuerKey, clock: Clock, issuer: str) -> None:
        self._records = records
        self._key = key
        self._clock = clock
        self._issuer = issuer
        self._published: dict[int, Published] = {}
        self._signing = threading.Lock()

    def token(self, number: int, form: Form = Form.JWT) -> bytes | None:
        """The Status List Token of list `number`; None if there is no such list."""
        with self._records.reading() as tx:
            version = tx.credentials.status_version(number)
        if version is None:
            return None
        kept = self._kept(number, version)
        if kept is None:
            with self._signing:  # Of many who ask at once, one signs.
                kept = self._kept(number, version) or self._publish(number)
        return None if kept is None else kept.octets[form]

    def uris(self) -> list[str]:
        """Every list there is, for verifiers that fetch ahead.

        Source  draft-ietf-oauth-status-list, 9.3.
        """
        with self._records.reading() as tx:
            return [self._uri(number) for number in tx.credentials.status_lists()]

    @property
    def aggregation_uri(self) -> str:
        return f"{self._issuer}/status"

    def _uri(self, number: int) -> str:
        return f"{self._issuer}/status/{number}"

    def _kept(self, number: int, version: int) -> Published | None:
        kept = self._published.get(number)
        if kept is None or kept.version < version or not self._fresh(kept.terms):
            return None
        return kept

    def _fresh(self, terms: ListTerms) -> bool:
        return self._clock.now() < terms.issued_at + STATUS_LIFE / 2

    def _publish(self, number: int) -> Published | None:
        """Sign what the list says now.

        Rule    Many entries take long to read, and nobody waits for that. The time is claimed
                afterwards: whoever finds that a newer version was published meanwhile, perhaps by
                another process, reads again. So a later list never says less.
        """
        while True:
            with self._records.reading() as tx:
                version = tx.credentials.status_version(number)
                size, entries = tx.credentials.published(number)
            if version is None:
                return None
            with self._records.transaction() as tx:
                issued_at = tx.credentials.claim_publication(number, version, self._clock.now())
            if issued_at is not None:
                break
        expires = min(issued_at + STATUS_LIFE, self._key.not_after)
        terms = ListTerms(self._uri(number), issued_at, expires, STATUS_TTL, self.aggregation_uri)
        published = Published(version, terms, self._signed(_octets(size, entries), terms))
        self._published[number] = published
        return published

    def _signed(self, statuses: bytes, terms: ListTerms) -> dict[Form, bytes]:
        jwt = prepare_jwt(statuses, terms, self._key.chain)
        cwt = prepare_cwt(statuses, terms, self._key.chain)
        return {
            Form.JWT: jwt.complete(self._key.sign(jwt.to_sign)).encode("ascii"),
            Form.CWT: cwt.complete(self._key.sign(cwt.to_sign)),
        }


def _octets(size: int, entries: Mapping[int, PublishedStatus]) -> bytes:
    statuses = bytearray(size)
    for index, status in entries.items():
        statuses[index] = _ENTRY[status]
    return bytes(statuses)
