"""Rows that change when credentials are made anew."""

from sqlalchemy import select, update

from station.adapters.records.status_lists import EntryRows
from station.adapters.records.tables import credentials, mobile_cards
from station.domain.credential import (
    PUBLISHED,
    CardState,
    IssueState,
    MobileCard,
    PublishedStatus,
)


class RenewalRows(EntryRows):
    """What a newer credential does to older ones, and to their card."""

    def status_of_new(self, card_id: str) -> PublishedStatus:
        """What the lists say of a credential from its reservation on: what its card says."""
        query = select(mobile_cards.c.state).where(mobile_cards.c.id == card_id)
        return PUBLISHED[CardState(self._connection.execute(query).scalar_one())]

    def supersede(self, credential_id: str) -> None:
        this = credentials.c.id == credential_id
        self._publish(this, PublishedStatus.INVALID)
        values = {"superseded": True, "response": None}
        self._connection.execute(update(credentials).where(this).values(**values))

    def renew_card(self, card: MobileCard) -> None:
        active = mobile_cards.c.state == CardState.ACTIVE.value
        dates = {
            "issue_date": card.issue_date.isoformat(),
            "expiry_date": card.expiry_date.isoformat(),
            "due": card.due,
        }
        this = (mobile_cards.c.id == card.id) & active
        self._connection.execute(update(mobile_cards).where(this).values(**dates))

    def forget_answers(self, token_hash: str) -> list[str]:
        """Erase what a token could still be sent; the ids of what never left the station."""
        of_token = credentials.c.token_hash == token_hash
        kept = of_token & credentials.c.response.is_not(None)
        self._connection.execute(update(credentials).where(kept).values(response=None))
        left = [IssueState.INTENDED.value, IssueState.SIGNED.value]
        query = select(credentials.c.id).where(of_token & credentials.c.state.in_(left))
        return list(self._connection.scalars(query))
