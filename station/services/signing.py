"""From an intent to a signed credential that another reader has read before and after.

The linter shares no code with the builders; what differs from the verified data is not released.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apdu.crypto.curves import PublicKey
from station.credentials import mdoc, sd_jwt_vc
from station.credentials.claims import CONFIGURATIONS, MDOC_CONFIGURATION
from station.credentials.lint import (
    Expected,
    lint_mdoc,
    lint_mdoc_draft,
    lint_sd_jwt,
    lint_sd_jwt_draft,
)
from station.credentials.terms import StatusReference, Terms
from station.credentials.validity import validity
from station.domain.credential import MobileCard, TechnicalCredential
from station.domain.deferral import RETRY_INTERVAL
from station.domain.grant import korean_day
from station.domain.identity import Identity
from station.ports import IssuerKey, IssuerKeys, Randomness
from station.services.claims import claims_of


@dataclass(frozen=True, slots=True)
class Intent:
    """What was reserved and committed before a signature."""

    credential: TechnicalCredential
    card: MobileCard
    identity: Identity
    device_key: PublicKey = field(repr=False)


class Outage:
    """How long a key device that was away is left alone; what one process remembers.

    Every try costs status entries for good, so waiting wallets share one try an interval.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: datetime | None = None

    def begin(self, now: datetime) -> None:
        with self._lock:
            self._next = now + RETRY_INTERVAL

    def end(self) -> None:
        with self._lock:
            self._next = None

    @property
    def known(self) -> bool:
        """Whether the device was away when it was last asked."""
        with self._lock:
            return self._next is not None

    def may_try(self, now: datetime) -> bool:
        """Always where no outage is known; during one for a single caller an interval."""
        with self._lock:
            if self._next is None:
                return True
            if now < self._next:
                return False
            self._next = now + RETRY_INTERVAL
            return True


@dataclass(frozen=True, slots=True)
class Signing:
    """Makes the credential of an intent."""

    keys: IssuerKeys
    random: Randomness
    issuer: str
    outages: Mapping[str, Outage] = field(
        default_factory=lambda: {each: Outage() for each in CONFIGURATIONS}
    )

    def key(self, configuration: str) -> IssuerKey:
        return self.keys.mdoc if configuration == MDOC_CONFIGURATION else self.keys.sd_jwt

    def sign(self, intent: Intent) -> bytes | str:
        """An mdoc's octets or an SD-JWT VC.

        Errors  `CredentialError`, `LintFailed`, `SignerUnavailable`.
        """
        key = self.key(intent.credential.configuration)
        expected = self._expected(intent, key)
        if intent.credential.configuration == MDOC_CONFIGURATION:
            return self._sign_mdoc(expected, key)
        return self._sign_sd_jwt(expected, key)

    def _expected(self, intent: Intent, key: IssuerKey) -> Expected:
        credential = intent.credential
        terms = Terms(
            device_key=intent.device_key,
            validity=validity(credential.intended_at, (credential.valid_until,), key.not_before),
            status=StatusReference(
                f"{self.issuer}/status/{credential.status_list}", credential.status_index
            ),
        )
        claims = claims_of(intent.identity, intent.card, korean_day(credential.intended_at))
        return Expected(claims, terms, key.chain, self.keys.anchor, self.issuer)

    def _sign_mdoc(self, expected: Expected, key: IssuerKey) -> bytes:
        item = mdoc.prepare(expected.claims, expected.terms, self.random, key.chain)
        lint_mdoc_draft(item.draft, expected)
        octets = item.complete(key.sign(item.to_sign))
        lint_mdoc(octets, expected)
        return octets

    def _sign_sd_jwt(self, expected: Expected, key: IssuerKey) -> str:
        unsigned = sd_jwt_vc.prepare(
            expected.claims, expected.terms, self.random, key.chain, self.issuer
        )
        lint_sd_jwt_draft(unsigned.draft, expected)
        text = unsigned.complete(key.sign(unsigned.to_sign))
        lint_sd_jwt(text, expected)
        return text
