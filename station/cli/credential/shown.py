"""How mobile cards are shown: with their national status, and nobody's name."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import click

from station.cli.output import card_content
from station.domain.credential import Cause, MobileCard, Reason
from station.domain.lifecycle import DomesticStatus, domestic_status
from station.domain.notice import REASONS

credential_argument = click.argument("name", metavar="CREDENTIAL")

STATUSES = {
    DomesticStatus.NORMAL: ("정상", "normal"),
    DomesticStatus.SUSPENDED: ("정지", "suspended"),
    DomesticStatus.RENEWAL_DUE: ("갱신필요", "renewal due"),
    DomesticStatus.REVOKED: ("폐기", "revoked"),
}
CAUSES = {
    "phone-lost": Cause.PHONE_LOST,
    "card-lost": Cause.PHYSICAL_LOST,
    "ordered": Cause.ORDERED,
}
REVOCATIONS = {
    "rrn-changed": Reason.RRN_CHANGED,
    "name-changed": Reason.NAME_CHANGED,
    "reissue-needed": Reason.REISSUE_NEEDED,
    "deleted": Reason.DELETED,
    "expired": Reason.EXPIRED,
    "deceased": Reason.DECEASED,
    "deregistered": Reason.DEREGISTERED,
    "emigrated": Reason.EMIGRATED,
}

reason_option = click.option(
    "--reason",
    type=click.Choice(list(REVOCATIONS)),
    required=True,
    help="Why; goes into the record.",
)


def content(card: MobileCard, today: date) -> dict[str, Any]:
    """A mobile card as JSON."""
    status, reason = domestic_status(card, today)
    return card_content(card) | {"status": int(status), "status_reason": reason.value}


def line(card: MobileCard, today: date) -> str:
    """A mobile card in one line, in both languages."""
    status, reason = domestic_status(card, today)
    (status_ko, status_en), (reason_ko, reason_en) = STATUSES[status], REASONS[reason]
    return (
        f"{card.document_number}  {card.state.value:<18} {status_ko}/{status_en}"
        f" ({reason.value} {reason_ko}/{reason_en})  until {card.expiry_date}"
    )


def all_content(cards: Iterable[MobileCard], today: date) -> dict[str, Any]:
    return {"credentials": [content(card, today) for card in cards]}
