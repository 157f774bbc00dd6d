"""A station, its people and their cards and phones in one process; only ports are faked."""

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from apdu.errors import CardRemoved
from apdu.exchange import Transport
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.export import export_pki, residents_csv
from card_sim.home import HONEST, Attack, Home
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, fresh_state
from card_sim.persons import Person
from card_sim.phone import wallet as phone_wallet
from card_sim.phone.attestation import AttestationSigner
from card_sim.phone.http import HttpClient
from card_sim.phone.secure_element import SecureElement
from card_sim.phone.store import Store
from station.bootstrap import Outside, Station, build
from station.bootstrap.founding import found_demo
from station.domain.case import Case, Stage
from station.domain.evidence import CONSENTS, IC_PIN
from station.ports import IssuerKey, IssuerKeys
from station.services.offering import Shown
from station.web.issuer import issuer_app
from tests.flows import invariants
from tests.flows.invariants import Signature, signature
from tests.flows.wallet import CONFIGURATIONS, Wallet, credential_of

OFFICER = "officer-kim"
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


class RecordingKey:
    """An issuer key that, at each signature, looks for the intent in the committed database."""

    def __init__(self, key: IssuerKey, folder: Path, made: list[Signature]) -> None:
        self._key = key
        self._folder = folder
        self._made = made
        self.fail: Exception | None = None
        self.chain = key.chain
        self.public_key = key.public_key
        self.not_before = key.not_before
        self.not_after = key.not_after

    def sign(self, to_sign: bytes) -> bytes:
        made = signature(to_sign)
        number, index = made.status
        query = "SELECT state FROM credentials WHERE status_list = ? AND status_index = ?"
        durable = invariants.rows(self._folder, query, int(number), index)
        assert [row["state"] for row in durable] == ["intended"], "signed without an intent"
        if self.fail is not None:
            raise self.fail
        self._made.append(made)
        return self._key.sign(to_sign)


@dataclass
class RecordingKeys:
    """The keys of one IACA; the credentials' keys record."""

    anchor: bytes
    mdoc: RecordingKey
    sd_jwt: RecordingKey
    status_list: IssuerKey


class Desk:
    """The reader on the counter: whatever lies on it is the card."""

    def __init__(self) -> None:
        self.card: Transport | None = None

    @contextmanager
    def open(self, url: str) -> Iterator[Transport]:
        assert url == READER
        if self.card is None:
            raise CardRemoved("no card")
        yield self.card


class Loop:
    """An event loop in a thread, for every application under test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


LOOP = Loop()


class AppTransport(httpx.BaseTransport):
    """HTTP into an ASGI application, as a phone would send it; background work is awaited."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        octets = request.read()
        headers = request.headers.raw
        again = httpx.Request(request.method, request.url, headers=headers, content=octets)
        response: httpx.Response = LOOP.run(self._answer(again))
        return response

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


@dataclass
class Materials:
    """What is made once for all tests: PKI, people, a station freshly founded."""

    home: Home
    exported: Path
    founded: Path
    port: int
    cards: dict[tuple[Person, Attack], CardData] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def signer(self) -> AttestationSigner:
        key, chain = self.home.pki.attestation_signer()
        return AttestationSigner(key, tuple(chain))

    def data(self, person: Person, attack: Attack = HONEST) -> CardData:
        if (person, attack) not in self.cards:
            self.cards[person, attack] = self.home.card(person, CardType.KRRC_1, attack)
        return self.cards[person, attack]

    def card(self, person: Person, attack: Attack = HONEST) -> VirtualCard:
        state = fresh_state(person, self.home.pki, CardType.KRRC_1)
        return VirtualCard(self.data(person, attack), Memory(Volatile(), state))


def make_materials(folder: Path) -> Materials:
    home = Home(folder / "card-sim", date.today())
    exported, founded = folder / "pki", folder / "founded"
    export_pki(home.pki, home.persons.values(), exported)
    port = free_port()
    found_demo(founded, exported, f"http://127.0.0.1:{port}", f"127.0.0.1:{port}")
    return Materials(home, exported, founded, port)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        return number


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

    def open(self) -> str:
        return self.station.counter.open_case(OFFICER, IC_PIN.name, tuple(CONSENTS)).number

    def read(self, number: str, card: Transport, pin: str) -> Case:
        """Put `card` on the reader and type `pin`."""
        if isinstance(card, VirtualCard):
            card.power_on()
        self.desk.card = card
        case, _ = self.station.counter.read_card(number, OFFICER, READER, lambda _: pin)
        return case

    def identify(self, number: str) -> Case:
        return self.station.counter.identify(number, OFFICER, face_matches=True)

    def approve(self, number: str) -> Case:
        return self.station.counter.approve(number, OFFICER)[0]

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
        return self.station.offering.show(number)

    def tx_code(self, number: str) -> str:
        """What the display shows once a phone has fetched the offer."""
        code = self.shown(number).tx_code
        assert code is not None
        return code

    def stage(self, number: str) -> Stage:
        return self.station.review.case(number).case.stage

    def wallet(self, transport: httpx.BaseTransport | None = None) -> Wallet:
        """A phone with a key of its own."""
        client = httpx.Client(
            transport=transport or self.transport, base_url=self.materials.issuer, timeout=60
        )
        return Wallet(client, self.materials.issuer, self.materials.signer, self.clock.now)

    def offered(self, person: Person | None = None) -> tuple[str, Wallet]:
        """A case whose offer was scanned by a phone that has not yet typed the tx_code."""
        number = self.approved(person)
        phone = self.wallet()
        assert phone.fetch(self.offer(number)).status_code == 200
        return number, phone

    def granted(self, person: Person | None = None) -> tuple[str, Wallet]:
        """A case whose wallet has its access token."""
        number, phone = self.offered(person)
        assert phone.exchange(self.tx_code(number)).status_code == 200
        return number, phone

    def issued(self, person: Person | None = None) -> tuple[str, Wallet]:
        """A case whose wallet has accepted both credentials."""
        number, phone = self.granted(person)
        for configuration in CONFIGURATIONS:
            answer = phone.credential(phone.body(configuration))
            assert credential_of(answer)
            assert phone.notify(answer).status_code == 204
        return number, phone

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
        """Put a person into the registry, with other values where `changes` says so."""
        header, row = residents_csv([person]).splitlines()
        values = dict(zip(header.split(","), _cells(row), strict=True)) | changes
        path = self.folder.parent / f"{self.folder.name}-residents.csv"
        path.write_text(f"{header}\n{','.join(_quoted(v) for v in values.values())}\n", "utf-8")
        self.station.registry.import_csv(path, demo=True)
        path.unlink()

    def restarted(self) -> "World":
        """The same station in a new process: same folder and clock, nothing else kept."""
        self.station.engine.dispose()
        return open_world(self.materials, self.folder, self.clock, signatures=self.signatures)

    def hold(self) -> None:
        """Assert every invariant."""
        invariants.hold(self.folder, self.signatures)


def _cells(row: str) -> list[str]:
    import csv  # noqa: PLC0415

    return next(csv.reader([row]))


def _quoted(value: str) -> str:
    return f'"{value}"'


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
    station = replace(station, counter=replace(station.counter, readers=desk))
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
