"""Errors forced at every layer: none tells whom it was about, and none leaves her data."""

import pytest

from apdu.errors import StatusError
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.canary import Secrets, Told, canary, nothing_in_files, nothing_told
from tests.flows.wallet import CONFIGURATIONS, Wallet, error_of
from tests.flows.world import OFFICER, World


def _fails(*_: object, **__: object) -> object:
    raise RuntimeError("forced")


def _fails_with_status(*_: object, **__: object) -> object:
    raise StatusError(0x6F00, "forced")


READ_FAULTS = {
    "identity": "station.services.tap.identity_from",
    "checks": "station.services.tap.check_results",
    "card": "station.services.tap.krrc.read_card",
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
    "claims": "station.services.signing.claims_of",
    "portrait": "station.services.claims.jpeg_of",
    "build mdoc": "station.services.signing.mdoc.prepare",
    "build sd-jwt": "station.services.signing.sd_jwt_vc.prepare",
    "lint draft": "station.services.signing.lint_mdoc_draft",
    "lint": "station.services.signing.lint_sd_jwt",
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
    with pytest.raises(StationError) as caught:
        world.read(number, world.materials.card(person), person.pin)
    told.error(caught.value)
    assert "disk full" in told.octets.decode(), "the cause is not told"
    nothing_told(told, secrets)
    with world.station.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
