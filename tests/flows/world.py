"""A station, its people and their cards and phones in one process; only ports are faked."""

import csv
import io
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from apdu.errors import CardRemoved
from apdu.exchange import Transport
from card_sim.card import VirtualCard
from card_sim.export import export_residents
from card_sim.persons import Person
from card_sim.phone import wallet as phone_wallet
from card_sim.phone.http import HttpClient
from card_sim.phone.secure_element import SecureElement
from card_sim.phone.store import Store
from station.adapters.registry.embedded import EmbeddedRegistry
from station.bootstrap import Outside, Station, build
from station.domain.case import Case, Stage
from station.domain.evidence import IC_PIN
from station.domain.identity import Identity
from station.domain.officer import SignedIn
from station.ports import IssuerKeys, Opening
from station.services.counter import Seen
from station.services.offering import Shown
from station.web.issuer import issuer_app
from tests.flows import invariants
from tests.flows.in_process import AppTransport
from tests.flows.invariants import Signature
from tests.flows.materials import Materials
from tests.flows.recording import RecordingKey, RecordingKeys
from tests.flows.wallet import CONFIGURATIONS, Wallet, credential_of

OFFICER = SignedIn("officer-kim", "officer-kim-0")
SECOND = SignedIn("officer-lee", "officer-lee-0")
AUDITOR = SignedIn("officer-choi", "officer-choi-0")
READER = "sim:desk"
WRONG_PIN = "000000"


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> None:
        self._now += timedelta(**by)


class Desk:
    """The reader on the counter: whatever lies on it is the card."""

    def __init__(self) -> None:
        self.card: Transport | None = None

    @contextmanager
    def open(self, url: str, opening: Opening | None = None) -> Iterator[Transport]:
        assert url == READER
        if self.card is None:
            raise CardRemoved("no card")
        yield self.card


@dataclass
class World:
    """One station under test."""

    materials: Materials
    folder: Path
    station: Station
    clock: FakeClock
    desk: Desk
    keys: RecordingKeys
    signatures: list[Signature]

    @cached_property
    def transport(self) -> AppTransport:
        return AppTransport(issuer_app(self.station))

    @property
    def kim(self) -> Person:
        return self.materials.home.person("kim-minji")

    @property
    def namgung(self) -> Person:
        return self.materials.home.person("namgung-eunhasu")

    @property
    def yun(self) -> Person:
        """Whose card has no chip."""
        return self.materials.home.residents["yun-sora"]

    def open(self) -> str:
        return self.station.counter.open_case(OFFICER, IC_PIN.name, IC_PIN.consents).number

    def read(self, number: str, card: Transport, pin: str) -> Case:
        """Put `card` on the reader and type `pin`."""
        if isinstance(card, VirtualCard):
            card.power_on()
        self.desk.card = card
        case, _ = self.station.tap.read_card(number, OFFICER, READER, lambda _: pin)
        return case

    def identify(self, number: str) -> Case:
        return self.station.counter.identify(number, OFFICER, Seen(face_matches=True))

    def approve(self, number: str) -> Case:
        return self.station.deciding.approve(number, OFFICER)[0]

    def approved(self, person: Person | None = None) -> str:
        """A case that is approved."""
        person = person or self.kim
        number = self.open()
        self.read(number, self.materials.card(person), person.pin)
        self.identify(number)
        self.approve(number)
        return number

    def offer(self, number: str) -> str:
        """The offer URI on the resident's display."""
        _, shown = self.station.offering.offer(number, OFFICER)
        assert shown.uri is not None
        assert shown.tx_code is None
        return shown.uri

    def shown(self, number: str) -> Shown:
        return self.station.offering.show(number, OFFICER)

    def tx_code(self, number: str) -> str:
        """What the display shows once a phone has fetched the offer."""
        code = self.shown(number).tx_code
        assert code is not None
        return code

    def stage(self, number: str) -> Stage:
        return self.station.review.case(number, OFFICER).case.stage

    def identity_of(self, number: str) -> Identity | None:
        """What is stored of the person, looked up without a record of looking."""
        with self.station.offering.records.reading() as tx:
            return tx.cases.identity(tx.cases.get(number).id)

    def wallet(self, transport: httpx.BaseTransport | None = None) -> Wallet:
        """A phone with a key of its own."""
        client = httpx.Client(
            transport=transport or self.transport, base_url=self.materials.issuer, timeout=60
        )
        return Wallet(client, self.materials.issuer, self.materials.signer, self.clock.now)

    def offered(self, person: Person | None = None) -> tuple[str, Wallet]:
        """A case whose offer was scanned by a phone that has not yet typed the tx_code."""
        number = self.approved(person)
        return number, self._scanned(number)

    def _scanned(self, number: str) -> Wallet:
        phone = self.wallet()
        assert phone.fetch(self.offer(number)).status_code == 200
        return phone

    def granted(self, person: Person | None = None) -> tuple[str, Wallet]:
        """A case whose wallet has its access token."""
        number, phone = self.offered(person)
        assert phone.exchange(self.tx_code(number)).status_code == 200
        return number, phone

    def issued(self, person: Person | None = None) -> tuple[str, Wallet]:
        """A case whose wallet has accepted both credentials."""
        number, phone = self.granted(person)
        _receive(phone)
        return number, phone

    def received(self, number: str) -> Wallet:
        """The phone that took everything of an approved case."""
        phone = self._scanned(number)
        assert phone.exchange(self.tx_code(number)).status_code == 200
        _receive(phone)
        return phone

    def phone(self, folder: Path) -> phone_wallet.Phone:
        """The resident's phone: the wallet with all its checks."""
        return phone_wallet.Phone(
            http=HttpClient(self.transport, pause=0),
            secure_element=SecureElement(folder / "keys"),
            store=Store(folder / "cards"),
            signer=lambda: self.materials.signer,
            anchors=(self.keys.anchor,),
            clock=self.clock.now,
        )

    def register(self, person: Person, **changes: str) -> None:
        register(self.station, person, **changes)

    def restarted(self) -> "World":
        """The same station in a new process: same folder and clock, nothing else kept."""
        self.station.engine.dispose()
        return open_world(self.materials, self.folder, self.clock, signatures=self.signatures)

    def hold(self) -> None:
        """Assert every invariant."""
        invariants.hold(self.folder, self.signatures)


def _receive(phone: Wallet) -> None:
    for configuration in CONFIGURATIONS:
        answer = phone.credential(phone.body(configuration))
        assert credential_of(answer)
        assert phone.notify(answer).status_code == 204


def register(station: Station, person: Person, **changes: str) -> None:
    """Put a person into the registry, with other values where `changes` says so."""
    with TemporaryDirectory() as name:
        path = export_residents([person], Path(name))[0]
        [row] = csv.DictReader(io.StringIO(path.read_text("utf-8")))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            writer.writerow(row | changes)
        assert isinstance(station.registry, EmbeddedRegistry)
        station.registry.import_csv(path, demo=True)


def new_world(materials: Materials, folder: Path) -> World:
    """A copy of the founded station, on a clock that stands still."""
    shutil.copytree(materials.founded, folder)
    return open_world(materials, folder, FakeClock(datetime.now(UTC).replace(microsecond=0)))


def open_world(
    materials: Materials,
    folder: Path,
    clock: FakeClock,
    *,
    signatures: list[Signature] | None = None,
) -> World:
    """The station in `folder` with its reader, clock and keys under the test's control."""
    made: list[Signature] = [] if signatures is None else signatures
    kept: list[RecordingKeys] = []

    def wrap(keys: IssuerKeys) -> IssuerKeys:
        kept.append(
            RecordingKeys(
                anchor=keys.anchor,
                mdoc=RecordingKey(keys.mdoc, folder, made),
                sd_jwt=RecordingKey(keys.sd_jwt, folder, made),
                status_list=keys.status_list,
            )
        )
        return kept[0]

    station = build(folder, Outside(clock=clock, wrap_keys=wrap))
    desk = Desk()
    station = replace(station, tap=replace(station.tap, readers=desk))
    station.runs.begin()
    station.delivery.recover()
    return World(materials, folder, station, clock, desk, kept[0], made)


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work` returns in `count` threads that start together."""
    together = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(place: int) -> None:
        together.wait()
        results[place] = work(place)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
