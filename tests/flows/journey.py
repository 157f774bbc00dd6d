"""One issue over real HTTP whose server may die at any moment, and what must hold then."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import httpx

from card_sim.phone.jose import decode_jws, unb64url
from station.bootstrap import Station
from station.credentials.status_list import decode as decode_list
from station.domain.officer import SignedIn
from tests.flows import invariants
from tests.flows.servers import Server, Servers, patiently, signatures_of
from tests.flows.test_batch import credentials_of
from tests.flows.wallet import CONFIGURATIONS, MDOC, Wallet, error_of

VALID, INVALID, SUSPENDED = 0, 1, 2
OFFICER = SignedIn("officer-kim", "officer-kim-0")
T = TypeVar("T")


@dataclass
class Journey:
    """The wallet's way from the tx_code to the notification.

    After the crash the lost request is sent again, octet for octet; where that is refused, the
    wallet or the officer goes on as the standard lets them. `refused` remembers how.
    """

    servers: Servers
    server: Server
    port: int
    station: Station
    number: str
    wallet: Wallet
    crashes: int = 0
    refused: list[str] = field(default_factory=list)
    got: dict[str, list[str]] = field(default_factory=dict)
    WALLET: ClassVar[type[Wallet]] = Wallet
    COPIES: ClassVar[int] = 1

    def scan(self) -> None:
        _, shown = self.station.offering.offer(self.number, OFFICER)
        assert shown.uri is not None
        uri = shown.uri
        assert self.send(lambda: self.wallet.fetch(uri)).status_code == 200

    def tx_code(self) -> str:
        code = self.station.offering.show(self.number, OFFICER).tx_code
        assert code is not None
        return code

    def run(self) -> None:
        """Everything, to the end."""
        self.take_token()
        issued = [self.take(configuration) for configuration in CONFIGURATIONS]
        for answer in issued:
            assert self.send(lambda answer=answer: self.wallet.notify(answer)).status_code == 204  # type: ignore[misc]

    def take_token(self) -> None:
        code = self.tx_code()
        answer = self.send(lambda: self.wallet.exchange(code))
        if answer.status_code != 200:
            assert error_of(answer) == (400, "invalid_grant")
            self.refused.append("invalid_grant")
            self.scan()
            fresh = self.tx_code()
            answer = self.send(lambda: self.wallet.exchange(fresh))
        assert answer.status_code == 200

    def take(self, configuration: str) -> httpx.Response:
        """One request, and wait until the station has noted the delivery."""
        body = self.request(configuration)
        answer = self.send(lambda: self.wallet.credential(body))
        if answer.status_code != 200:
            assert error_of(answer) == (400, "invalid_nonce")
            self.refused.append("invalid_nonce")
            body = self.request(configuration)
            answer = self.send(lambda: self.wallet.credential(body))
        self.got[configuration] = credentials_of(answer)
        identifier = str(answer.json()["notification_id"])
        patiently(lambda: self.noted(identifier) or not self.server.alive, "no delivery noted")
        if not self.server.alive:
            self.after_the_crash()
        return answer

    def request(self, configuration: str) -> bytes:
        return self.wallet.body(configuration, self.wallet.proof(self.nonce()))

    def noted(self, identifier: str) -> bool:
        query = "SELECT 1 FROM credentials WHERE id = ? AND state = 'delivered'"
        return bool(invariants.rows(self.server.folder, query, identifier))

    def nonce(self) -> str:
        return self.send(self.wallet.nonce)

    def send(self, request: Callable[[], T]) -> T:
        try:
            return request()
        except httpx.TransportError:
            self.after_the_crash()
        return request()

    def after_the_crash(self) -> None:
        """What is on disk now, and what a restart makes of it."""
        self.server.wait_until_dead()
        self.crashes += 1
        folder = self.server.folder
        invariants.no_entry_twice(folder)
        invariants.every_signature_has_an_intent(folder, signatures_of(folder))
        invariants.chain_verifies(folder)
        self.acknowledged_is_present()
        intended = open_intents(self.server)
        self.server = self.servers.plain(folder, self.port)
        self.intents_are_void(intended)
        self.recovering_again_changes_nothing()

    def acknowledged_is_present(self) -> None:
        """Whatever the wallet was answered is in the database."""
        folder = self.server.folder
        if self.wallet.access_token:
            hashed = hashlib.sha256(self.wallet.access_token.encode()).hexdigest()
            assert invariants.rows(folder, "SELECT 1 FROM tokens WHERE token_hash = ?", hashed)
        for configuration, credentials in self.got.items():
            for each in credentials:
                query = "SELECT state FROM credentials WHERE digest = ?"
                [row] = invariants.rows(folder, query, digest_of(configuration, each))
                assert row["state"] in {"signed", "delivered"}

    def intents_are_void(self, intended: list[invariants.Row]) -> None:
        """Possibly signed: void, and INVALID in the published list for good."""
        assert open_intents(self.server) == []
        for each in intended:
            query = "SELECT state FROM credentials WHERE id = ?"
            [row] = invariants.rows(self.server.folder, query, each["id"])
            assert row["state"] == "voided"
            assert self.published()[each["status_index"]] == INVALID

    def published(self) -> bytes:
        """The entries of the status list as it is served now."""
        answer = httpx.get(f"{self.server.base}/status/1", timeout=30)
        assert answer.status_code == 200
        payload = decode_jws(answer.text).payload
        return decode_list(payload["status_list"]["lst"])

    def recovering_again_changes_nothing(self) -> None:
        before = invariants.everything(self.server.folder)
        assert self.station.delivery.recover() == 0
        assert invariants.everything(self.server.folder) == before

    def finish(self) -> None:
        """Activate, give the receipt, and hold every invariant against the end."""
        folder = self.server.folder
        self.station.lifecycle.activate(self.number, OFFICER)
        entries = self.published()
        for each in invariants.rows(folder, "SELECT * FROM credentials"):
            expected = INVALID if each["state"] == "voided" else VALID
            assert entries[each["status_index"]] == expected
        self.station.papers.receipt(self.number, OFFICER)
        self.station.review.verify_audit()
        assert set(self.got) == set(CONFIGURATIONS)
        [card] = invariants.rows(folder, "SELECT id FROM mobile_cards WHERE state = 'active'")
        kept = invariants.rows(folder, "SELECT * FROM credentials WHERE card_id = ?", card["id"])
        delivered = [each["configuration"] for each in kept if each["state"] == "delivered"]
        assert sorted(delivered) == sorted(CONFIGURATIONS * self.COPIES)
        invariants.hold(folder, signatures_of(folder))


def open_intents(server: Server) -> list[invariants.Row]:
    return invariants.rows(server.folder, "SELECT * FROM credentials WHERE state = 'intended'")


def digest_of(configuration: str, credential: str) -> str:
    """The digest the station records of a credential it signed."""
    octets = unb64url(credential) if configuration == MDOC else credential.encode()
    return hashlib.sha256(octets).hexdigest()
