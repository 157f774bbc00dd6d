"""What a wallet gets anew: the same card, the old device keys, today's data.

Source  Enforcement Decree of the Resident Registration Act, Art. 38(3); docs/decisions/0016.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from station.domain.credential import CardState, IssueState, MobileCard, TechnicalCredential
from station.domain.deferral import RETRY_INTERVAL
from station.domain.grant import Token, korean_day
from station.domain.identity import Identity
from station.domain.registry import RegistryRecord, identity_of
from station.domain.renewal import Anew, is_under_way, present, renewed, why_due
from station.openid4vci.errors import Unavailable, invalid_proof
from station.openid4vci.proofs import Proven
from station.ports import Clock, Records, Transaction
from station.services.binding import denied
from station.services.release import Release, Wanted


@dataclass(frozen=True, slots=True)
class Renewing:
    """Decides on requests under refreshed tokens."""

    records: Records
    release: Release
    clock: Clock

    def check_signer(self, configuration: str) -> None:
        """Leave a key device alone that is away: every try costs status entries for good.

        Errors  `Unavailable`.
        """
        if not self.release.signing.outages[configuration].may_try(self.clock.now()):
            raise away()

    def wanted(
        self,
        tx: Transaction,
        token: Token,
        request: tuple[str, str],
        proven: Proven,
        record: RegistryRecord,
    ) -> Wanted:
        """What is to be signed, decided in the commit of its intents.

        Units   `request`: the configuration, and what the answer will be found by.
        Rule    An active card, keys that have its present credentials, and a reason. Whoever is
                suspended or ended stays so.
        Errors  `OpenId4VciError`: `invalid_proof`, denied.
        """
        configuration, digest = request
        now = self.clock.now()
        case = tx.cases.by_id(token.case_id)
        card = _active(tx.credentials.card_of_case(case.id))
        identity, address = self._identity(tx, card, record)
        mine = self._proven(tx, card, configuration, proven)
        after = renewed(card, korean_day(now))
        until = self.release.end_of(configuration, after, identity)
        if why_due(card, mine, Anew(now, identity, address, until)) is None:
            raise denied("the credential is not due for renewal")
        return Wanted(token, case, after, identity, configuration, digest, proven.keys, address)

    def _identity(
        self, tx: Transaction, card: MobileCard, record: RegistryRecord
    ) -> tuple[Identity, str | None]:
        """Who the registry says it is, and the address as a credential notes it."""
        identity, taken = identity_of(record), tx.cases.identity(card.case_id)
        if identity is None or taken is None:
            raise denied("the resident registration does not allow it")
        if identity.address == taken.address:
            return identity, None
        return identity, self.records.pseudonym_of_address(card.subject, identity.address)

    def _proven(
        self, tx: Transaction, card: MobileCard, configuration: str, proven: Proven
    ) -> list[TechnicalCredential]:
        """The present credentials of the proven keys."""
        copies = [
            each
            for each in tx.credentials.of_card(card.id)
            if each.configuration == configuration and each.state is not IssueState.VOIDED
        ]
        mine = [each for each in present(copies) if each.device_key in proven.thumbprints]
        if not set(proven.thumbprints) <= _keys(mine):
            raise invalid_proof("refresh is proven by the old device key")
        if is_under_way(copies, self.clock.now()):
            raise denied("this credential is being issued already")
        return mine


def away() -> Unavailable:
    """The answer while key device or registry is away: the old credential is good until then."""
    return Unavailable("nothing can be signed at the moment", RETRY_INTERVAL)


def _active(card: MobileCard | None) -> MobileCard:
    if card is None or card.state is not CardState.ACTIVE:
        raise denied("the card is not active")
    return card


def _keys(credentials: Iterable[TechnicalCredential]) -> set[str]:
    return {each.device_key for each in credentials}
