"""A person whose every datum is distinctive goes through; none of it may be anywhere in clear."""

import base64
import dataclasses
import io
import json
import logging
import pkgutil
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

import httpx
import pytest

import station as station_package
from apdu.errors import StatusError
from apdu.lds.eid_groups import Address
from apdu.transports.trace import RedactingTrace
from card_sim.personalize import PORTRAIT_OCTETS
from card_sim.persons import Person
from card_sim.portrait import portrait
from station.adapters.clock import SystemClock
from station.adapters.sealing import Sealer
from station.domain.errors import StationError
from station.log import to_stderr
from station.openid4vci.offer import TxCode
from station.services import issuance
from station.web.receipt import receipt_html
from tests.flows import invariants
from tests.flows.servers import Servers, patiently
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, Wallet, error_of
from tests.flows.world import OFFICER, Materials, World, new_world

MASKED_NAME = f"황{'*' * 11}리"


def canary(world: World) -> Person:
    """Strings that occur nowhere by chance."""
    return replace(
        world.kim,
        id="canary-person",
        family_name="황보",
        given_names="카나리아꾀꼬리울음소리",
        hanja="皇甫金絲雀黃鸝聲",
        romanized=("HWANGBOCANARY", "KKOEKKORI"),
        rrn=world.kim.rrn[:6] + "2937461",
        address=Address(
            "쾨쾨한카나리아길 8191, 7129호 (꾀꼬리동)", "노랑새구", "울음특별시", "KOR", "81917"
        ),
        municipality_code="8191712900",
        issuing_authority="울음특별시 노랑새구청장",
        document_number="T81917129",
        can="819171",
        pin="712981",
        puk="8191712981",
    )


@dataclass
class Secrets:
    """What must not be found, by name; `forms` are the octets it might hide behind."""

    values: dict[str, str | bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, person: Person) -> "Secrets":
        born = person.date_of_birth
        values: dict[str, str | bytes] = {
            name: str(getattr(person, name))
            for name in ("family_name", "given_names", "hanja", "rrn", "puk", "issuing_authority")
        }
        values |= {
            "name": person.name,
            "masked name": MASKED_NAME,
            "street": person.address.street,
            "city": person.address.city,
            "province": person.address.province,
            "rrn tail": person.rrn[6:],
            "rrn dashed": f"{person.rrn[:6]}-{person.rrn[6:]}",
            "document number": person.document_number,
            "municipality code": person.municipality_code,
            "romanized": person.romanized[0],
            "born": born.isoformat(),
            "portrait": portrait(person.id, PORTRAIT_OCTETS)[2000:2024],
            "portrait's start": portrait(person.id, PORTRAIT_OCTETS)[900:924],
        }
        return cls(values)

    def add(self, **values: str) -> None:
        self.values |= values

    def forms(self) -> Iterator[tuple[str, bytes]]:
        for name, value in self.values.items():
            plain = value.encode() if isinstance(value, str) else value
            yield name, plain
            if isinstance(value, str):
                yield f"{name}, UTF-16", value.encode("utf-16-le")
                yield f"{name}, UTF-16 BE", value.encode("utf-16-be")
                yield f"{name}, JSON", json.dumps(value)[1:-1].encode()
            yield f"{name}, hex", plain.hex().encode()
            yield f"{name}, HEX", plain.hex().upper().encode()
            for start in range(3):  # Base64 looks different at each of three places.
                encoded = base64.b64encode(bytes(start) + plain)
                inner = encoded[4 if start else 0 : len(encoded) // 4 * 4 - 4]
                if len(inner) >= 8:
                    yield f"{name}, base64 at {start}", inner
                    yield f"{name}, base64url at {start}", inner.translate(_URL)

    def found_in(self, octets: bytes) -> list[str]:
        return [form for form, value in self.forms() if value in octets]


_URL = bytes.maketrans(b"+/", b"-_")


@dataclass
class Told:
    """Everything a process says."""

    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)
    errors: list[str] = field(default_factory=list)

    def error(self, error: BaseException) -> None:
        """An error as a log would have it: message, repr, causes, stack."""
        self.errors += [repr(error), "".join(traceback.format_exception(error))]

    @property
    def octets(self) -> bytes:
        return "\n".join([self.out.getvalue(), self.err.getvalue(), *self.errors]).encode()


@pytest.fixture
def told() -> Iterator[Told]:
    """Standard output, standard error and the log of the station, at their most talkative."""
    said = Told()
    logger = logging.getLogger()
    before = logger.level
    with redirect_stdout(said.out), redirect_stderr(said.err):
        handler = logging.StreamHandler(said.err)
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        for phones in ("httpx", "httpcore"):  # The other end's log is not the station's.
            logging.getLogger(phones).setLevel(logging.WARNING)
        to_stderr(logging.DEBUG)
        yield said
        logger.setLevel(before)
        for phones in ("httpx", "httpcore"):
            logging.getLogger(phones).setLevel(logging.NOTSET)
        logger.removeHandler(handler)
        logging.getLogger("station").handlers.clear()
        logging.getLogger("station").propagate = True


def files_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def nothing_in_files(folder: Path, secrets: Secrets) -> None:
    paths = [path.name for path, _ in files_of(folder)]
    assert "station.db" in paths
    assert "station.db-wal" in paths  # Still open: what is not yet in the main file counts too.
    found = {path.name: secrets.found_in(octets) for path, octets in files_of(folder)}
    assert {name: forms for name, forms in found.items() if forms} == {}


def nothing_told(told: Told, secrets: Secrets) -> None:
    assert secrets.found_in(told.octets) == []


def visit(world: World, person: Person, secrets: Secrets) -> tuple[str, Wallet]:
    """Up to the accepted credentials; what is secret on the way is noted."""
    number = world.open()
    trace = world.folder / "trace.log"
    lines: list[str] = []
    link = RedactingTrace(world.materials.card(person), lines.append, lambda: 0.0)
    world.read(number, link, person.pin)
    trace.write_text("\n".join(lines), "utf-8")
    world.identify(number)
    world.approve(number)
    uri = world.offer(number)
    phone = world.wallet()
    phone.fetch(uri)
    tx_code = world.tx_code(number)
    assert phone.exchange(tx_code).status_code == 200
    reference = uri.rpartition("%2F")[2]
    secrets.add(code=phone.code, token=phone.access_token, reference=reference)
    for configuration in CONFIGURATIONS:
        nonce = phone.nonce()
        answer = phone.credential(phone.body(configuration, phone.proof(nonce)))
        credential = answer.json()["credentials"][0]["credential"]
        secrets.add(**{f"nonce {configuration}": nonce, f"credential {configuration}": credential})
        if configuration == MDOC:
            assert phone.notify(answer).status_code == 204
    return number, phone


def test_needles_are_found_where_they_are(world: World) -> None:
    """The search itself: each form of each datum, planted."""
    secrets = Secrets.of(canary(world))
    for form, octets in secrets.forms():
        assert form in secrets.found_in(b"before" + octets + b"after")
    name = canary(world).given_names
    hidden = base64.b64encode(b"12" + name.encode() + b"3")
    assert secrets.found_in(hidden)


def test_portrait_needles_are_of_the_portrait(world: World) -> None:
    person = canary(world)
    image = portrait(person.id, PORTRAIT_OCTETS)
    pieces = [v for v in Secrets.of(person).values.values() if isinstance(v, bytes)]
    assert len(pieces) == 2
    assert all(piece in image for piece in pieces)
    assert not any(piece in portrait(world.kim.id, PORTRAIT_OCTETS) for piece in pieces)


def test_visit_leaves_nothing_in_clear(world: World, told: Told) -> None:
    person = canary(world)
    world.register(person)
    secrets = Secrets.of(person)
    number, _ = visit(world, person, secrets)
    nothing_in_files(world.folder, secrets)
    world.station.lifecycle.activate(number, OFFICER)
    receipt = world.station.review.receipt(number, OFFICER)
    world.station.review.verify_audit()
    nothing_in_files(world.folder, secrets)
    nothing_told(told, secrets)
    page = receipt_html(receipt, demo=True).encode()
    only = replace(secrets, values=dict(secrets.values))
    del only.values["masked name"]
    assert only.found_in(page) == []
    assert MASKED_NAME.encode() in page


def test_visit_cut_short_leaves_nothing_in_clear(world: World, told: Told) -> None:
    """Each way a case ends early; PIN, tx_code and tries are short, so only texts are searched."""
    person = canary(world)
    world.register(person)
    secrets = Secrets.of(person)
    number, _ = visit(world, person, secrets)
    world.station.counter.cancel(number, OFFICER, "resident")
    nothing_in_files(world.folder, secrets)
    world.register(person, card_status="lost")
    again = world.open()
    world.read(again, world.materials.card(person), person.pin)
    world.identify(again)
    with pytest.raises(StationError) as caught:
        world.approve(again)
    told.error(caught.value)
    nothing_in_files(world.folder, secrets)
    nothing_told(told, secrets)


def test_short_secrets_are_not_in_what_is_written(world: World, told: Told) -> None:
    """PIN and tx_code have six digits, so the needle is each column of the database."""
    person = canary(world)
    world.register(person)
    number, phone = world.offered(person)
    tx_code = world.tx_code(number)
    for guess in ("000000", tx_code):
        phone.exchange(guess)
    short = {person.pin, person.can, tx_code, person.address.postal_code}
    for table in invariants.everything(world.folder).values():
        for value in (str(cell) for row in table for cell in row if isinstance(cell, str)):
            assert not [s for s in short if f'"{s}"' in value or value == s]
    trace = (world.folder / "station.toml").read_text("utf-8") + told.octets.decode()
    assert not [secret for secret in short if secret in trace]


def _fails(*_: object, **__: object) -> object:
    raise RuntimeError("forced")


def _fails_with_status(*_: object, **__: object) -> object:
    raise StatusError(0x6F00, "forced")


READ_FAULTS = {
    "identity": "station.services.counter.identity_from",
    "checks": "station.services.counter.check_results",
    "card": "station.services.counter.read_card",
    "store": "station.adapters.records.cases.CaseRows.put_identity",
    "audit": "station.adapters.records.audit.AuditRows.append",
    "seal": "station.adapters.sealing.Sealer.seal",
}


@pytest.mark.parametrize("place", READ_FAULTS)
def test_error_while_a_card_is_read_tells_nothing(
    world: World, told: Told, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    person = canary(world)
    world.register(person)
    secrets = Secrets.of(person)
    secrets.add(pin=person.pin)
    number = world.open()
    for fault in (_fails, _fails_with_status):
        with monkeypatch.context() as patch:
            patch.setattr(READ_FAULTS[place], fault)
            with pytest.raises((RuntimeError, StatusError, StationError)) as caught:
                world.read(number, world.materials.card(person), person.pin)
        told.error(caught.value)
    nothing_told(told, secrets)
    assert world.read(number, world.materials.card(person), person.pin)
    secrets.values.pop("pin")
    nothing_in_files(world.folder, secrets)


ISSUE_FAULTS = {
    "claims": "station.services.issuance.claims_of",
    "portrait": "station.services.issuance.jpeg_of",
    "build mdoc": "station.services.issuance.mdoc.prepare",
    "build sd-jwt": "station.services.issuance.sd_jwt_vc.prepare",
    "lint draft": "station.services.issuance.lint_mdoc_draft",
    "lint": "station.services.issuance.lint_sd_jwt",
    "store": "station.adapters.records.credentials.CredentialRows.mark_signed",
    "reserve": "station.adapters.records.credentials.CredentialRows.reserve",
    "identity": "station.adapters.records.cases.CaseRows.identity",
    "audit": "station.adapters.records.audit.AuditRows.append",
    "unseal": "station.adapters.sealing.Sealer.open",
}


@pytest.mark.parametrize("place", ISSUE_FAULTS)
def test_error_while_a_credential_is_made_tells_nothing(
    world: World, told: Told, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    person = canary(world)
    world.register(person)
    secrets = Secrets.of(person)
    number, phone = world.granted(person)
    secrets.add(code=phone.code, token=phone.access_token)
    failed = 0
    for configuration in CONFIGURATIONS:
        with monkeypatch.context() as patch:
            patch.setattr(ISSUE_FAULTS[place], _fails)
            answer = phone.credential(phone.body(configuration))
            if answer.status_code == 200:
                continue  # This fault is of the other format.
            assert error_of(answer) == (500, "server_error")
            with pytest.raises((RuntimeError, StationError)) as caught:
                world.station.issuance.issue(
                    phone.access_token, phone.body(configuration), "application/json"
                )
        told.error(caught.value)
        told.errors.append(answer.text)
        failed += 1
    assert failed
    nothing_told(told, secrets)
    nothing_in_files(world.folder, secrets)
    goes_on(world, number, phone)


def goes_on(world: World, number: str, phone: Wallet) -> None:
    """A fault that is over leaves nothing behind: the same token gets what it did not get."""
    query = "SELECT configuration FROM credentials WHERE state = 'delivered'"
    have = {row["configuration"] for row in invariants.rows(world.folder, query)}
    for configuration in set(CONFIGURATIONS) - have:
        assert phone.credential(phone.body(configuration)).status_code == 200
    world.station.lifecycle.activate(number, OFFICER)
    states = invariants.rows(world.folder, "SELECT DISTINCT state FROM credentials")
    assert {row["state"] for row in states} <= {"delivered", "voided"}


def test_database_that_fails_tells_no_parameters(
    world: World, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLAlchemy's errors repeat a statement's parameters: sealed ones only."""
    person = canary(world)
    world.register(person)
    secrets = Secrets.of(person)
    number = world.open()
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON identities "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full") as caught:
        world.read(number, world.materials.card(person), person.pin)
    told.error(caught.value)
    nothing_told(told, secrets)
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")


def test_values_do_not_show_what_they_hold(world: World, told: Told) -> None:
    person = canary(world)
    world.register(person)
    secrets = Secrets.of(person)
    number, phone = world.offered(person)
    shown = world.shown(number)
    secrets.add(tx=str(shown.tx_code), code=phone.code)
    assert phone.exchange(shown.tx_code).status_code == 200
    secrets.add(token=phone.access_token)
    issued = world.station.issuance.issue(
        phone.access_token, phone.body(SD_JWT), "application/json"
    )
    world.station.delivery.delivered(issued.credential_id)
    secrets.add(credential=json.loads(issued.body)["credentials"][0]["credential"])
    found = world.station.review.case(number)
    assert found.identity is not None
    assert person.name == found.identity.full_name
    with world.station.offering.records.reading() as tx:
        card = tx.credentials.card_of_case(found.case.id)
        assert card is not None
        token = tx.grants.tokens_of(found.case.id)
        offer = tx.grants.current_offer(found.case.id)
        credentials = tx.credentials.of_case(found.case.id)
    record = world.station.registry.find(found.identity.rrn)
    claims = issuance.claims_of(found.identity, card)
    world.station.lifecycle.activate(number, OFFICER)
    receipt = world.station.review.receipt(number, OFFICER)
    values = [
        shown, issued, found, found.case, found.identity, found.identity.rrn,
        found.identity.address, card, token, offer, credentials, record, claims, receipt,
        world.station, world.station.counter, world.station.offering, person,
    ]  # fmt: skip
    for value in values:
        told.errors += [repr(value), f"{value}", f"{dataclasses.is_dataclass(value)}"]
    del secrets.values["document number"]  # Other objects' numbers, of the mobile card, do show.
    secrets.values.pop("born")
    nothing_told(told, secrets)
    assert f"{found.identity.rrn}" == f"{person.rrn[:6]}-{person.rrn[6]}******"


SECRET_NAMES = {"tx_code", "pin", "access_token", "pre_authorized_code", "portrait", "digits"}


def _shows(kind: type) -> bool:
    return "__repr__" in vars(kind)


def _dataclasses() -> Iterator[type]:
    for module in pkgutil.walk_packages(station_package.__path__, "station."):
        if ".migrations" in module.name:
            continue
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and dataclasses.is_dataclass(value):
                yield value


def test_no_value_of_the_station_shows_a_field_named_like_a_secret() -> None:
    shown = {
        f"{each.__module__}.{each.__name__}.{one.name}"
        for each in _dataclasses()
        if each.__module__.startswith("station.") and _shows(each)
        for one in dataclasses.fields(each)
        if one.name in SECRET_NAMES and one.repr and one.type not in {"TxCode", TxCode}
    }
    assert shown == set()


def test_served_visit_leaves_nothing_in_clear(
    materials: Materials, servers: Servers, tmp_path: Path
) -> None:
    """The same over `station serve`: what it says, and refusals of every kind."""
    world = new_world(materials, tmp_path / "station")
    person = canary(world)
    world.register(person)
    secrets = Secrets.of(person)
    number = world.approved(person)
    server = servers.plain(world.folder, materials.port)
    phone = world.wallet(httpx.HTTPTransport())
    phone.clock = SystemClock().now
    uri = world.offer(number)
    phone.fetch(uri)
    phone.exchange("000000")
    assert phone.exchange(world.tx_code(number)).status_code == 200
    reference = uri.rpartition("%2F")[2]
    secrets.add(code=phone.code, token=phone.access_token, reference=reference)
    nonce = phone.nonce()
    secrets.add(nonce=nonce)
    body = phone.body(MDOC, phone.proof(nonce))
    answer = phone.credential(body)
    assert answer.status_code == 200
    refusals = [
        phone.credential(phone.body(SD_JWT, phone.proof(nonce))),
        phone.credential(body, "A" * 43),
        phone.fetch(uri),
        phone.exchange("123456"),
        phone.http.post("/token", content=phone.code.encode()),
        phone.http.get(f"/offers/{reference}x"),
        phone.http.post("/credential", content=b"{" * 70_000),
        phone.http.get(f"/{person.rrn}"),
    ]
    assert all(each.status_code >= 400 for each in refusals)
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE identities RENAME TO gone")
    bug = phone.credential(phone.body(SD_JWT))
    assert error_of(bug) == (500, "server_error")
    patiently(lambda: "no such table" in server.output(), "the forced error left no trace")
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO identities")
    said = server.output().encode() + b"".join(each.content for each in refusals) + bug.content
    assert b"offer.not_found" in said
    assert secrets.found_in(said) == []
    nothing_in_files(world.folder, secrets)
    world.station.engine.dispose()


def test_sealed_rows_cannot_be_moved(world: World) -> None:
    """One person's sealed identity put into another's case does not open."""
    first, second = world.approved(), world.approved(world.namgung)
    ids = [world.station.review.case(number).case.id for number in (first, second)]
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE identities SET sealed = (SELECT sealed FROM identities WHERE case_id = ?) "
            "WHERE case_id = ?",
            tuple(ids),
        )
    with pytest.raises(StationError) as caught:
        world.station.review.case(second)
    assert caught.value.code == "key.unusable"


def test_sealed_row_looks_different_each_time() -> None:
    sealer = Sealer(bytes(32), bytes(32))
    assert sealer.seal("place", b"value") != sealer.seal("place", b"value")
