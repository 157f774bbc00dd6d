"""Residents by the thousand at one server: each comes, gets credentials, and something happens."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

import httpx

from card_sim.phone.attestation import AttestationSigner, prove
from card_sim.phone.jose import b64url, jwk_of
from card_sim.phone.secure_element import DeviceKey
from station.adapters.clock import SystemClock
from station.bootstrap import Station
from tests.flows import bulk, invariants
from tests.flows.bulk import OFFICER
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.journey import INVALID, SUSPENDED, VALID, digest_of
from tests.flows.servers import Server, patiently
from tests.flows.test_batch import claims_of, keys, mso_of, request
from tests.flows.test_tx_code import wrong
from tests.flows.wallet import CONFIGURATIONS, JSON, MDOC

COPIES = (1, 2, 5, 10)
ENDS = {"activated": VALID, "deleted": INVALID, "kept": SUSPENDED, "cancelled": INVALID}


@dataclass(frozen=True)
class Received:
    """What a wallet holds of a credential, and what the list must say of it in the end."""

    digest: str
    status: tuple[str, int]
    ends: int


def shares(total: int) -> list[int]:
    """How many copies each wallet takes of both formats, so that it makes `total` credentials."""
    left = total // len(CONFIGURATIONS)
    sizes: list[int] = []
    for copies in cycle(COPIES):
        if not left:
            return sizes
        sizes.append(min(copies, left))
        left -= sizes[-1]
    raise AssertionError


@dataclass
class Office:
    """An office full of residents: its officer here, its issuer server over HTTP."""

    station: Station
    server: Server
    signer: AttestationSigner
    issuer: str

    def serve(self, total: int, at_once: int) -> list[Received]:
        """`total` credentials, for as many residents as that takes, `at_once` of them together."""
        with ThreadPoolExecutor(at_once) as pool:
            visits = pool.map(lambda each: Visit(self, *each).run(), enumerate(shares(total)))
            return [received for visit in visits for received in visit]

    def scanned(self, number: str, phone: DpopWallet) -> str:
        """Offer, scan, and the tx_code on the display."""
        _, shown = self.station.offering.offer(number, OFFICER)
        assert shown.uri is not None
        assert phone.fetch(shown.uri).status_code == 200
        code = self.station.offering.show(number, OFFICER).tx_code
        assert code is not None
        return code


@dataclass
class Visit:
    """One resident; what happens goes by `place`, so that every run sees the same mixture."""

    office: Office
    place: int
    copies: int
    number: str = field(init=False)

    def run(self) -> list[Received]:
        self.number = bulk.approve(self.office.station, self.place)
        with closing(httpx.Client(base_url=self.office.server.base, timeout=120)) as http:
            if self.place % 7 == 3:
                self._hang_up(self._granted(http))
            phone = self._granted(http)
            issued = [self._take(phone, configuration) for configuration in CONFIGURATIONS]
            end = list(ENDS)[self.place % len(ENDS)]
            self._end(phone, [answer for answer, _ in issued], end)
        return [
            _received(configuration, credential, key, ENDS[end])
            for configuration, (answer, own) in zip(CONFIGURATIONS, issued, strict=True)
            for credential, key in zip(_credentials(answer), own, strict=True)
        ]

    def _granted(self, http: httpx.Client) -> DpopWallet:
        phone = DpopWallet(http, self.office.issuer, self.office.signer, SystemClock().now)
        code = self.office.scanned(self.number, phone)
        phone.nonce()
        if self.place % 5 == 1:
            assert phone.exchange(wrong(code)).status_code == 400
        assert phone.exchange(code).status_code == 200
        return phone

    def _body(self, phone: DpopWallet, configuration: str, own: tuple[DeviceKey, ...]) -> bytes:
        nonce, now = phone.nonce(), phone.clock()
        vouched = phone.signer.attest(own, nonce, now)
        if self.place % 2:
            return request(configuration, attestation=[vouched])
        proofs = [prove(each, phone.issuer, nonce, now, vouched) for each in own]
        return request(configuration, jwt=proofs)

    def _take(
        self, phone: DpopWallet, configuration: str
    ) -> tuple[httpx.Response, tuple[DeviceKey, ...]]:
        own = keys(self.copies)
        body = self._body(phone, configuration, own)
        answer = phone.credential(body)
        assert answer.status_code == 200, answer.text
        if self.place % 3 == 0:  # As if it had been lost on the way.
            assert phone.credential(body).content == answer.content
        return answer, own

    def _hang_up(self, phone: DpopWallet) -> None:
        """Ask, and go away once the station has begun."""
        body = self._body(phone, MDOC, keys(self.copies))
        address = urlsplit(self.office.server.base)
        said = {
            "Host": address.netloc,
            "Authorization": f"DPoP {phone.access_token}",
            "DPoP": phone.dpop("/credential", phone.access_token),
            "Content-Type": JSON,
            "Content-Length": str(len(body)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        with socket.create_connection((str(address.hostname), address.port or 80)) as line:
            line.sendall(f"POST /credential HTTP/1.1\r\n{head}\r\n".encode() + body)
            patiently(self._has_begun, "nothing is issued")

    def _has_begun(self) -> bool:
        query = "SELECT 1 FROM credentials JOIN cases ON cases.id = case_id WHERE number = ?"
        return bool(invariants.rows(self.office.server.folder, query, self.number))

    def _end(self, phone: DpopWallet, issued: list[httpx.Response], end: str) -> None:
        station = self.office.station
        for answer in issued[1:]:
            assert phone.notify(answer).status_code == 204
        said = "credential_deleted" if end == "deleted" else "credential_accepted"
        assert phone.notify(issued[0], said).status_code == 204
        if end == "activated":
            station.lifecycle.activate(self.number, OFFICER)
        elif end == "cancelled":
            station.counter.cancel(self.number, OFFICER, "resident")


def _credentials(answer: httpx.Response) -> Iterator[str]:
    return (str(each["credential"]) for each in answer.json()["credentials"])


def _received(configuration: str, credential: str, own: DeviceKey, ends: int) -> Received:
    if configuration == MDOC:
        claims = mso_of(credential)
        x = b64url(claims["deviceKeyInfo"]["deviceKey"][-2])
    else:
        claims = claims_of(credential)
        x = claims["cnf"]["jwk"]["x"]
    assert x == jwk_of(own.public)["x"]
    entry = claims["status"]["status_list"]
    status = entry["uri"].rpartition("/")[2], entry["idx"]
    return Received(digest_of(configuration, credential), status, ends)
