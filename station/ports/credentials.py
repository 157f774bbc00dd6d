"""Mobile cards and technical credentials as the services store them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from station.domain.credential import (
    IssueState,
    MobileCard,
    PublishedStatus,
    TechnicalCredential,
)
from station.ports.outside import Randomness


class Credentials(Protocol):
    """Mobile cards, technical credentials and their status entries."""

    def add_card(self, card: MobileCard) -> bool:
        """False if the person has an open one already."""
        ...

    def card_of_case(self, case_id: str) -> MobileCard | None: ...
    def cards_of_case(self, case_id: str) -> Sequence[MobileCard]:
        """Also those that ended."""
        ...

    def card(self, card_id: str) -> MobileCard | None: ...
    def card_by_number(self, document_number: str) -> MobileCard | None: ...
    def cards_of(self, subject: str) -> Sequence[MobileCard]: ...
    def cards_on_device(self, device: str) -> Sequence[MobileCard]: ...
    def cards_on_physical(self, physical: str) -> Sequence[MobileCard]: ...
    def cards(self, limit: int) -> Sequence[MobileCard]:
        """The newest."""
        ...

    def expiring(self, before: date, limit: int) -> Sequence[MobileCard]:
        """Active and suspended ones whose last day is before `before`."""
        ...

    def renewable(self, before: date, limit: int) -> Sequence[MobileCard]:
        """Active ones whose last day is before `before`, and that are not due yet."""
        ...

    def save_card(self, card: MobileCard) -> None:
        """Store state, reason, causes and `due`, unless the card is final.

        Also publishes the new status of every technical credential of the card.
        """
        ...

    def revoke_cards(self, cards: Sequence[MobileCard], reason: str) -> None:
        """Revoke those of many that are active or suspended; nothing of them can be used."""
        ...

    def bind_device_key(self, thumbprint: str, subject: str) -> bool:
        """Note whose key it is; False if it is another resident's."""
        ...

    def bind_attestation_signer(self, signer: str, subject: str) -> bool:
        """Note whom a device's attestation key serves; False if another resident came first."""
        ...

    def release_offer_keys(self, case_id: str, offer_serial: int) -> None: ...
    def bind_offer_keys(
        self, case_id: str, offer_serial: int, thumbprints: frozenset[str]
    ) -> frozenset[str]:
        """Note the device keys of an offer, once; returns those that were noted first."""
        ...

    def free_index(self, random: Randomness) -> tuple[int, int]:
        """A status list's number and an entry of it never used before."""
        ...

    def reserve(self, credential: TechnicalCredential, token_hash: str, request: str) -> bool:
        """Store an intent, published as its card is.

        False if the token already has this copy of the configuration.
        """
        ...

    def mark_signed(self, credential_id: str, digest: str, response: bytes | None) -> bool:
        """INTENDED to SIGNED, keeping the sealed response; False if it was voided meanwhile.

        The response to a request is kept with its first copy.
        """
        ...

    def mark_delivered(self, credential_id: str) -> bool: ...
    def void(self, credential_id: str) -> bool:
        """INTENDED or SIGNED to VOIDED, its entry INVALID for good; False if DELIVERED."""
        ...

    def supersede(self, credential_id: str) -> None:
        """Note that a newer one took its place: INVALID for good, its response erased."""
        ...

    def renew_card(self, card: MobileCard) -> None:
        """Give an active card the dates of `card`, and its `due`."""
        ...

    def forget_answers(self, token_hash: str) -> Sequence[str]:
        """Erase what a token could still be sent; the ids of what never left the station."""
        ...

    def response_of(self, token_hash: str, request: str) -> tuple[str, bytes] | None:
        """The stored response to exactly this request under this token, with its credential id."""
        ...

    def erase_response(self, credential_id: str) -> None: ...
    def erase_responses(self, case_id: str) -> None: ...
    def of_case(self, case_id: str) -> Sequence[TechnicalCredential]: ...
    def unsettled(self, cards: Sequence[MobileCard]) -> Sequence[TechnicalCredential]:
        """What is still being issued on any of these cards."""
        ...

    def of_card(self, card_id: str) -> Sequence[TechnicalCredential]: ...
    def by_id(self, credential_id: str) -> TechnicalCredential | None: ...
    def of_request(self, credential_id: str) -> Sequence[TechnicalCredential]:
        """Every copy that was issued for the same request, this one among them."""
        ...

    def in_state(self, state: IssueState) -> Sequence[TechnicalCredential]: ...
    def published(self, number: int) -> tuple[int, Mapping[int, PublishedStatus]]:
        """How many entries a status list has, and those that are taken."""
        ...

    def status_lists(self) -> Sequence[int]:
        """The number of every list there is."""
        ...

    def status_version(self, number: int) -> int | None:
        """Grows with every change of the list; None if there is no such list."""
        ...

    def claim_publication(self, number: int, version: int, now: datetime) -> datetime | None:
        """A publication time later than every earlier one of the list.

        None if a newer version was published already: the later list would say less.
        """
        ...
