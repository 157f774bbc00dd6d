"""A person whose every datum is distinctive goes through; none of it may be anywhere in clear."""

import base64
import dataclasses
import json
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import httpx
import pytest

import station as station_package
from apdu.transports.trace import RedactingTrace
from card_sim.personalize import PORTRAIT_OCTETS
from card_sim.persons import Person
from card_sim.portrait import portrait
from station.adapters.clock import SystemClock
from station.adapters.registry.embedded import EmbeddedRegistry
from station.adapters.sealing import Sealer
from station.domain.errors import StationError
from station.openid4vci.offer import TxCode
from station.services.claims import claims_of
from station.services.release import Issued
from station.web.papers import receipt_html
from tests.flows import invariants
from tests.flows.canary import (
    MASKED_NAME,
    Secrets,
    Told,
    canary,
    nothing_in_files,
    nothing_told,
)
from tests.flows.materials import Materials
from tests.flows.servers import Servers, patiently
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, Wallet, error_of
from tests.flows.world import OFFICER, World, new_world


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
    receipt = world.station.papers.receipt(number, OFFICER)
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
    assert isinstance(issued, Issued)
    world.station.delivery.delivered(issued.credential_id)
    secrets.add(credential=json.loads(issued.body)["credentials"][0]["credential"])
    found = world.station.review.case(number, OFFICER)
    identity = world.identity_of(number)
    assert identity is not None
    assert person.name == identity.full_name
    with world.station.offering.records.reading() as tx:
        card = tx.credentials.card_of_case(found.case.id)
        assert card is not None
        token = tx.grants.tokens_of(found.case.id)
        offer = tx.grants.current_offer(found.case.id)
        credentials = tx.credentials.of_case(found.case.id)
    record = world.station.registry.find(identity.rrn)
    claims = claims_of(identity, card, card.issue_date)
    world.station.lifecycle.activate(number, OFFICER)
    receipt = world.station.papers.receipt(number, OFFICER)
    values = [
        shown, issued, found, found.case, identity, identity.rrn,
        identity.address, card, token, offer, credentials, record, claims, receipt,
        world.station, world.station.counter, world.station.offering, person,
    ]  # fmt: skip
    for value in values:
        told.errors += [repr(value), f"{value}", f"{dataclasses.is_dataclass(value)}"]
    del secrets.values["document number"]  # Other objects' numbers, of the mobile card, do show.
    secrets.values.pop("born")
    nothing_told(told, secrets)
    assert f"{identity.rrn}" == f"{person.rrn[:6]}-{person.rrn[6]}******"


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
    assert '"code": "database.unusable"' in server.output(), "the forced error left no trace"
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO identities")
    said = server.output().encode() + b"".join(each.content for each in refusals) + bug.content
    assert b"offer.not_found" in said
    assert secrets.found_in(said) == []
    nothing_in_files(world.folder, secrets)
    world.station.engine.dispose()


def test_served_error_that_quotes_a_value_does_not_tell_it(
    materials: Materials, servers: Servers, tmp_path: Path
) -> None:
    """Python and its libraries put values into messages: a stored date that is none, here."""
    world = new_world(materials, tmp_path / "station")
    number = world.approved()
    server = servers.plain(world.folder, materials.port)
    phone = world.wallet(httpx.HTTPTransport())
    phone.clock = SystemClock().now
    phone.fetch(world.offer(number))
    assert phone.exchange(world.tx_code(number)).status_code == 200
    needle = "CANARY-2937461"
    with world.station.engine.begin() as connection:
        case_id = world.station.review.case(number, OFFICER).case.id
        registry = world.station.registry
        assert isinstance(registry, EmbeddedRegistry)
        sealer = registry._sealer
        sealed = connection.exec_driver_sql("SELECT sealed FROM identities").scalar_one()
        values = json.loads(sealer.open(f"identities/{case_id}", sealed))
        spoilt = json.dumps(values | {"date_of_birth": needle}).encode()
        again = sealer.seal(f"identities/{case_id}", spoilt)
        connection.exec_driver_sql("UPDATE identities SET sealed = ?", (again,))
    bug = phone.credential(phone.body(MDOC))
    assert error_of(bug) == (500, "server_error")
    patiently(lambda: "_load" in server.output(), "the place of the error is not told")
    assert "ValueError" in server.output()
    assert needle not in server.output() + bug.text
    world.station.engine.dispose()


def test_sealed_rows_cannot_be_moved(world: World) -> None:
    """One person's sealed identity put into another's case does not open."""
    first, second = world.approved(), world.approved(world.namgung)
    ids = [world.station.review.case(number, OFFICER).case.id for number in (first, second)]
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE identities SET sealed = (SELECT sealed FROM identities WHERE case_id = ?) "
            "WHERE case_id = ?",
            tuple(ids),
        )
    with pytest.raises(StationError) as caught:
        world.identity_of(second)
    assert caught.value.code == "key.unusable"


def test_sealed_row_looks_different_each_time() -> None:
    sealer = Sealer(bytes(32), bytes(32))
    assert sealer.seal("place", b"value") != sealer.seal("place", b"value")
