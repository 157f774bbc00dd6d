"""From approval to an access token: the offer, the QR code, the tx_code and its five guesses."""

import base64
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from station.credentials.claims import CONFIGURATIONS
from station.domain.case import Case, Event, Stage, advance, check_time
from station.domain.credential import expiry_date
from station.domain.errors import StationError
from station.domain.grant import (
    BOUND_TOKEN_LIFE,
    SCAN_WITHIN,
    TOKEN_LIFE,
    TX_CODE_LENGTH,
    TYPE_WITHIN,
    Offer,
    RefreshToken,
    Token,
    end_of_korean_day,
    korean_day,
)
from station.domain.officer import SignedIn
from station.domain.roles import Operation
from station.domain.text import Words
from station.openid4vci import dpop
from station.openid4vci import offer as offers
from station.openid4vci import token as tokens
from station.openid4vci.dpop import DpopProof
from station.openid4vci.errors import OpenId4VciError
from station.openid4vci.offer import OfferForm
from station.ports import Clock, CodeMaker, Randomness, Records, Transaction
from station.services.authority import Authority
from station.services.ending import end_tokens, take_back
from station.services.granting import (
    identified,
    identifiers_of,
    invalid_grant,
    new_token,
    token_hash,
)
from station.services.nonces import Nonces
from station.services.refusals import recorded

_WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the resident's display may show of an offer at this moment.

    `uri` only until a phone has fetched it, `tx_code` only from then on: never both, so that
    whoever photographs the QR code does not have the code too.
    """

    offer: Offer
    uri: str | None = field(repr=False)
    tx_code: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Offering:
    """Makes offers and exchanges their codes."""

    records: Records
    authority: Authority
    clock: Clock
    random: Randomness
    codes: CodeMaker
    nonces: Nonces
    issuer: str
    form: OfferForm = field(default_factory=OfferForm)

    def offer(self, number: str, officer: SignedIn) -> tuple[Case, Shown]:
        """Make an offer; an earlier one is dead from now on, and what came of it taken back."""
        now = self.clock.now()
        with recorded(self.records, "offer", number, officer), self.records.transaction() as tx:
            before = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.OFFER, before)
            check_time(before, now)
            case = advance(before, Event.OFFER_MADE)
            if before.stage in {Stage.KEY_BOUND, Stage.ISSUED}:
                take_back(tx, before, officer.officer, "offered_again")
            last = tx.grants.current_offer(case.id)
            serial = last.serial + 1 if last else 1
            tx.grants.kill_offers(case.id)
            end_tokens(tx, case)
            tx.grants.revoke_refresh_tokens(case.id)
            offer = Offer(
                case_id=case.id,
                serial=serial,
                reference_hash=token_hash(self._reference(case.id, serial)),
                code_hash=token_hash(self._code(case.id, serial)),
                made_at=now,
                scan_by=now + SCAN_WITHIN,
            )
            tx.grants.add_offer(offer)
            tx.cases.save(case)
            tx.audit.append(Event.OFFER_MADE.value, officer.officer, case.id, serial=str(serial))
        return case, self._shown(offer, now)

    def show(self, number: str, officer: SignedIn) -> Shown:
        """The live offer of a case. Errors: `StationError("offer.none")`."""
        with self.authority.reading(officer, Operation.SHOW_OFFER) as (tx, _):
            case = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.SHOW_OFFER, case)
            offer = tx.grants.current_offer(case.id)
        shown = self.shown_now(case, offer)
        if shown is None:
            raise StationError("offer.none")
        return shown

    def shown_now(self, case: Case, offer: Offer | None) -> Shown | None:
        """What of a case's last offer may be shown at this moment, to whoever may see the case."""
        now = self.clock.now()
        if case.stage is not Stage.OFFERED or offer is None or not offer.scannable(now):
            return None
        return self._shown(offer, now)

    def _shown(self, offer: Offer, now: datetime) -> Shown:
        if offer.fetched_at is None:
            return Shown(offer, self._uri(offer), None)
        usable = offer.exchangeable(now) and offer.tries_left > 0
        return Shown(offer, None, self._tx_code(offer) if usable else None)

    def _uri(self, offer: Offer) -> str:
        if self.form.by_value:
            return offers.offer_value_uri(self._content(offer), self.form.scheme)
        url = f"{self.issuer}/offers/{self._reference(offer.case_id, offer.serial)}"
        return offers.offer_uri(url, self.form.scheme)

    def _content(self, offer: Offer) -> offers.Offer:
        code = self._code(offer.case_id, offer.serial)
        return offers.Offer(self.issuer, CONFIGURATIONS, code)

    def scanned(self, number: str, officer: SignedIn) -> Shown:
        """Take the officer's word that a phone scanned an offer that is never fetched.

        Rule    Then the QR code goes and the tx_code comes, as a fetch does it elsewhere.
        Errors  `StationError`: `offer.none`, `input.invalid` where phones fetch the offers.
        """
        if not self.form.by_value:
            raise StationError(
                "input.invalid",
                Words("휴대전화가 직접 받아 갑니다", "phones fetch the offers of this station"),
            )
        shown = self.show(number, officer)
        if shown.uri is None:
            return shown
        now = self.clock.now()
        with self.records.transaction() as tx:
            self.authority.require(tx, officer, Operation.SHOW_OFFER, tx.cases.get(number))
            if tx.grants.mark_fetched(shown.offer, now, now + TYPE_WITHIN):
                serial = str(shown.offer.serial)
                tx.audit.append(
                    "offer.scanned", officer.officer, shown.offer.case_id, serial=serial
                )
        return self.show(number, officer)

    def fetch(self, reference: str) -> dict[str, Any] | None:
        """The offer object for a scanned reference; None if there is no such live offer.

        Rule    The first fetch starts the five minutes for typing the tx_code; a repeated one
                changes nothing.
        """
        now = self.clock.now()
        with self.records.reading() as tx:
            offer = tx.grants.offer_by_reference(token_hash(reference))
        if offer is None or not offer.scannable(now):
            return None
        if offer.fetched_at is None:
            with self.records.transaction() as tx:
                if tx.grants.mark_fetched(offer, now, now + TYPE_WITHIN):
                    tx.audit.append(
                        "offer.fetched", _WALLET, offer.case_id, serial=str(offer.serial)
                    )
        return self._content(offer).as_dict()

    def exchange(
        self, request: tokens.TokenRequest, proof: DpopProof | None = None
    ) -> dict[str, Any]:
        """The token response for a pre-authorized code and its tx_code.

        Rule    Every guess is counted and committed before it is compared; a wrong one never
                burns the code, the fifth wrong one does. Exactly one exchange succeeds. With a
                DPoP proof the token is bound to its key and lives as long as the case, at most
                an hour, and a refresh token comes with it; the proof is used up with the guess.
        Errors  `OpenId4VciError("invalid_grant")`, which does not tell a wrong code from a wrong
                tx_code; `invalid_dpop_proof` for a used proof, which costs no guess.
        """
        asked = identified(request.authorization_details)
        offer = self._count_guess(token_hash(request.pre_authorized_code), proof)
        expected = self._tx_code(offer)
        if not hmac.compare_digest((request.tx_code or "").encode(), expected.encode()):
            raise self._wrong_tx_code(offer)
        access_token = new_token(self.random)
        refresh_token = new_token(self.random) if proof else None
        with self.records.transaction() as tx:
            # The case decides under the same lock: a cancelled case has no live offer.
            if not tx.grants.consume_offer(offer):
                raise invalid_grant()
            now = self.clock.now()
            life = _life_of_token(tx.cases.by_id(offer.case_id), proof, now)
            token = Token(
                token_hash(access_token),
                offer.case_id,
                offer.serial,
                now + life,
                identified=" ".join(asked) if asked else None,
                bound_to=proof.thumbprint if proof else None,
            )
            tx.grants.add_token(token)
            if refresh_token is not None and proof is not None:
                tx.grants.add_refresh_token(_refresh_token(refresh_token, offer, proof, now))
            tx.audit.append("token.granted", _WALLET, offer.case_id, serial=str(offer.serial))
        return tokens.response(
            access_token,
            int(life.total_seconds()),
            identifiers_of(asked),
            bound=proof is not None,
            refresh_token=refresh_token,
        )

    def _count_guess(self, code_hash: str, proof: DpopProof | None) -> Offer:
        now = self.clock.now()
        with self.records.reading() as tx:  # A stranger's code does not make writers wait.
            offer = tx.grants.offer_by_code(code_hash)
        if offer is None or not offer.exchangeable(now):
            raise invalid_grant()
        with self.records.transaction() as tx:
            if proof is not None:
                dpop.spend(tx.grants.consume, proof, now)
            spent = tx.grants.count_guess(offer)
        if spent is None:
            raise invalid_grant()
        return replace(offer, guesses=spent)

    def _wrong_tx_code(self, offer: Offer) -> OpenId4VciError:
        with self.records.transaction() as tx:
            left = str(offer.tries_left)
            tx.audit.append("tx_code.wrong", _WALLET, offer.case_id, tries_left=left)
            current = tx.grants.current_offer(offer.case_id)
            replaced = current is not None and current.serial != offer.serial
            if offer.tries_left == 0 and not replaced:
                tx.grants.kill_offers(offer.case_id)
                tx.audit.append("offer.dead", _WALLET, offer.case_id, serial=str(offer.serial))
        return invalid_grant()

    def nonce(self) -> str:
        """A fresh c_nonce."""
        return self.nonces.make()

    def spend_nonce(self, tx: Transaction, nonce: str) -> bool:
        """Use a nonce up in the caller's commit; False if it is not ours, too old or used."""
        opened = self.nonces.open(nonce)
        return opened is not None and tx.grants.consume("c_nonce", opened.digest, opened.expires)

    def _reference(self, case_id: str, serial: int) -> str:
        return self._derived(case_id, serial, "reference")

    def _code(self, case_id: str, serial: int) -> str:
        return self._derived(case_id, serial, "pre-authorized_code")

    def _derived(self, case_id: str, serial: int, label: str) -> str:
        octets = self.codes.derive(case_id, str(serial), label)
        return base64.urlsafe_b64encode(octets).decode().rstrip("=")

    def _tx_code(self, offer: Offer) -> str:
        octets = self.codes.derive(offer.case_id, str(offer.serial), "tx_code")
        number = int.from_bytes(octets) % 10**TX_CODE_LENGTH
        return f"{number:0{TX_CODE_LENGTH}d}"


def _life_of_token(case: Case, proof: DpopProof | None, now: datetime) -> timedelta:
    """Errors: `invalid_grant` where a bound token would have no second to live."""
    if proof is None:
        return TOKEN_LIFE
    life = min(BOUND_TOKEN_LIFE, case.expires_at - now)
    if life < timedelta(seconds=1):
        raise invalid_grant()
    return life


def _refresh_token(text: str, offer: Offer, proof: DpopProof, now: datetime) -> RefreshToken:
    """One that lives as long as the mobile card may: it is of no use before there is one."""
    ends = end_of_korean_day(expiry_date(korean_day(now)))
    return RefreshToken(token_hash(text), offer.case_id, proof.thumbprint, now, ends)
