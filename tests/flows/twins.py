"""Two `station serve` on one database, the officer beside them, and kill -9 for both."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from station.adapters.clock import SystemClock
from station.bootstrap import Station, build
from tests.flows import bulk, invariants
from tests.flows.android_phone import ROOT
from tests.flows.android_phone import SETTINGS as ANDROID
from tests.flows.attested_wallet import PROVIDER_ROOT
from tests.flows.bulk import OFFICER
from tests.flows.materials import Materials, free_port
from tests.flows.servers import Server, Servers, running
from tests.flows.wallet import Wallet
from tests.station.openid4vci.android import Chain

HERE, THERE = 0, 1
clock = SystemClock().now
W = TypeVar("W", bound=Wallet)


@dataclass
class Twins:
    """`sides` lead to either server; residents come one after another."""

    materials: Materials
    folder: Path
    servers: Servers
    station: Station
    ports: tuple[int, int]
    running: list[Server] = field(default_factory=list)
    sides: list[httpx.Client] = field(default_factory=list)
    people: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        self.running = [self.servers.plain(self.folder, port) for port in self.ports]
        self.sides = [httpx.Client(base_url=each.base, timeout=60) for each in self.running]

    def kill(self) -> None:
        """kill -9 for both, whatever they are doing."""
        for server in self.running:
            server.kill()

    def restart(self) -> None:
        for side in self.sides:
            side.close()
        self.start()

    def approved(self, person: int | None = None) -> str:
        """A case of the next resident, or of one who was here before."""
        return bulk.approve(self.station, next(self.people) if person is None else person)

    def scanned(self, phone: Wallet, number: str) -> str:
        """Offer a case to `phone`; the tx_code on the display."""
        _, shown = self.station.offering.offer(number, OFFICER)
        assert shown.uri is not None
        assert phone.fetch(shown.uri).status_code == 200
        code = self.station.offering.show(number, OFFICER).tx_code
        assert code is not None
        return code

    def wallet(self, kind: type[W]) -> W:
        return kind(self.sides[HERE], self.materials.issuer, self.materials.signer, clock)

    def granted(self, kind: type[W], number: str) -> W:
        """A wallet that has its access token."""
        phone = self.wallet(kind)
        code = self.scanned(phone, number)
        phone.nonce()
        assert phone.exchange(code).status_code == 200
        return phone

    def count(self, query: str, *numbers: str) -> int:
        """What `query` counts in the cases with these numbers."""
        found = [invariants.rows(self.folder, query, number)[0]["found"] for number in numbers]
        return sum(each or 0 for each in found)


@contextmanager
def twins_in(folder: Path, materials: Materials) -> Iterator[Twins]:
    """Two servers that know a wallet provider and Android, and every invariant at the end."""
    shutil.copytree(materials.founded, folder)
    with (folder / "station.toml").open("a", encoding="utf-8") as settings:
        settings.write(ANDROID)
    android = x509.load_der_x509_certificate(Chain(ROOT, ()).root_der())
    for name, root in (("wallets", PROVIDER_ROOT.certificate), ("android", android)):
        path = folder / "trust" / name / "test.pem"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(root.public_bytes(Encoding.PEM))
    station = build(folder)
    station.revocations.take(b'{"entries": {"bad": {"status": "REVOKED"}}}', clock(), OFFICER)
    with running() as servers:
        made = Twins(materials, folder, servers, station, (free_port(), free_port()))
        made.start()
        yield made
        made.kill()
    station.delivery.recover()
    invariants.hold(folder)
    station.review.verify_audit()
    station.engine.dispose()
