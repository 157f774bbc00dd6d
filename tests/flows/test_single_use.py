"""Every secret of an issue works once: one after the other, in parallel, after a restart."""

import json

import httpx
import pytest

from station.domain.case import Stage
from tests.flows import invariants
from tests.flows.wallet import (
    CONFIGURATIONS,
    MDOC,
    SD_JWT,
    Wallet,
    credential_of,
    error_of,
    request_body,
)
from tests.flows.world import OFFICER, World, in_threads

INVALID_GRANT = (400, "invalid_grant")
INVALID_NONCE = (400, "invalid_nonce")
DENIED = (400, "credential_request_denied")
NO_OFFER = (404, "offer_not_found")
MANY = 32


def outcomes(answers: list[httpx.Response]) -> tuple[int, set[tuple[int, str]]]:
    """How many were answered 200, and the errors of the others."""
    won = sum(answer.status_code == 200 for answer in answers)
    return won, {error_of(answer) for answer in answers if answer.status_code != 200}


def issued_count(world: World) -> int:
    return len(invariants.rows(world.folder, "SELECT 1 FROM credentials"))


def test_code_is_exchanged_once(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    assert phone.exchange(code).status_code == 200
    assert error_of(phone.exchange(code)) == INVALID_GRANT
    assert error_of(world.restarted().wallet().exchange(code, phone.code)) == INVALID_GRANT


def test_code_in_parallel_gives_one_token(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    answers = in_threads(MANY, lambda _: phone.exchange(code))
    assert outcomes(answers) == (1, {INVALID_GRANT})
    assert len(invariants.rows(world.folder, "SELECT 1 FROM tokens")) == 1


def test_offer_that_was_exchanged_is_gone(world: World) -> None:
    number = world.approved()
    uri = world.offer(number)
    first, second = world.wallet(), world.wallet()
    assert first.fetch(uri).status_code == 200
    assert second.fetch(uri).json() == first.fetch(uri).json()
    assert first.exchange(world.tx_code(number)).status_code == 200
    assert error_of(second.fetch(uri)) == NO_OFFER
    assert error_of(world.restarted().wallet().fetch(uri)) == NO_OFFER


def test_offer_that_was_replaced_is_dead(world: World) -> None:
    number, old = world.offered()
    old_code = world.tx_code(number)
    uri = world.offer(number)
    assert error_of(old.exchange(old_code)) == INVALID_GRANT
    new = world.wallet()
    assert new.fetch(uri).status_code == 200
    assert new.exchange(world.tx_code(number)).status_code == 200


def test_token_of_a_replaced_offer_is_revoked(world: World) -> None:
    number, old = world.granted()
    world.offer(number)
    answer = old.credential(old.body(MDOC))
    assert error_of(answer) == (401, "invalid_token")


def test_offer_in_parallel_is_fetched_idempotently(world: World) -> None:
    number = world.approved()
    uri = world.offer(number)
    answers = in_threads(MANY, lambda _: world.wallet().fetch(uri))
    assert {answer.text for answer in answers} == {answers[0].text}
    assert invariants.events(world.folder).count("offer.fetched") == 1


def test_nonce_serves_one_proof(world: World) -> None:
    _, phone = world.granted()
    nonce = phone.nonce()
    assert phone.credential(phone.body(MDOC, phone.proof(nonce))).status_code == 200
    again = phone.body(SD_JWT, phone.proof(nonce))
    assert error_of(phone.credential(again)) == INVALID_NONCE


def test_nonce_spelled_otherwise_is_the_same_nonce(world: World) -> None:
    """The last base64 digit carries bits that count for nothing."""
    _, phone = world.granted()
    nonce = phone.nonce()
    assert phone.credential(phone.body(MDOC, phone.proof(nonce))).status_code == 200
    spellings = [f"{nonce}=", f"{nonce}==", *(nonce[:-1] + last for last in "ABCDQRSTghijwxyz")]
    for other in spellings:
        answer = phone.credential(phone.body(SD_JWT, phone.proof(other)))
        assert error_of(answer) == INVALID_NONCE


def test_nonce_in_parallel_serves_one(world: World) -> None:
    _, phone = world.granted()
    nonce = phone.nonce()
    bodies = [
        phone.body(configuration, phone.proof(nonce))
        for _ in range(MANY // 2)
        for configuration in CONFIGURATIONS
    ]
    answers = in_threads(MANY, lambda place: phone.credential(bodies[place]))
    assert outcomes(answers) == (1, {INVALID_NONCE})
    assert issued_count(world) == 1


def test_nonce_stays_spent_after_restart(world: World) -> None:
    _, phone = world.granted()
    nonce = phone.nonce()
    assert phone.credential(phone.body(MDOC, phone.proof(nonce))).status_code == 200
    phone.http = world.restarted().wallet().http
    assert error_of(phone.credential(phone.body(SD_JWT, phone.proof(nonce)))) == INVALID_NONCE


def test_nonce_of_another_station_is_refused(world: World) -> None:
    _, phone = world.granted()
    forged = "A" * len(phone.nonce())
    assert error_of(phone.credential(phone.body(MDOC, phone.proof(forged)))) == INVALID_NONCE


def test_proof_in_another_body_is_refused(world: World) -> None:
    _, phone = world.granted()
    proof = phone.proof(phone.nonce())
    assert phone.credential(request_body(MDOC, proof)).status_code == 200
    assert error_of(phone.credential(request_body(SD_JWT, proof))) == INVALID_NONCE
    spaced = request_body(MDOC, proof).replace(b": ", b":  ")
    assert error_of(phone.credential(spaced)) == INVALID_NONCE


def test_proof_under_another_token_is_refused(world: World) -> None:
    _, kim = world.granted()
    _, namgung = world.granted(world.namgung)
    body = kim.body(MDOC)
    assert kim.credential(body).status_code == 200
    assert error_of(namgung.credential(body)) == INVALID_NONCE


def test_refused_proof_leaves_its_nonce_unspent(world: World) -> None:
    """Only an effect spends: whoever guesses at proofs burns nobody's nonce."""
    _, phone = world.granted()
    nonce = phone.nonce()
    wrong = phone.body(MDOC, phone.proof(nonce, audience="https://elsewhere.example"))
    assert error_of(phone.credential(wrong)) == (400, "invalid_proof")
    assert phone.credential(phone.body(MDOC, phone.proof(nonce))).status_code == 200


def test_token_gives_each_configuration_once(world: World) -> None:
    _, phone = world.granted()
    for configuration in CONFIGURATIONS:
        assert phone.credential(phone.body(configuration)).status_code == 200
        assert error_of(phone.credential(phone.body(configuration))) == DENIED
    phone.http = world.restarted().wallet().http
    for configuration in CONFIGURATIONS:
        assert error_of(phone.credential(phone.body(configuration))) == DENIED
    assert issued_count(world) == len(CONFIGURATIONS)


def test_token_in_parallel_gives_each_configuration_once(world: World) -> None:
    number, phone = world.granted()
    bodies = [phone.body(CONFIGURATIONS[place % 2]) for place in range(MANY)]
    answers = in_threads(MANY, lambda place: phone.credential(bodies[place]))
    assert outcomes(answers) == (2, {DENIED})
    assert issued_count(world) == len(CONFIGURATIONS)
    assert world.stage(number) is Stage.ISSUED


def test_same_request_in_parallel_is_answered_alike_or_refused(world: World) -> None:
    _, phone = world.granted()
    body = phone.body(MDOC)
    answers = in_threads(MANY, lambda _: phone.credential(body))
    bodies = {answer.content for answer in answers if answer.status_code == 200}
    assert len(bodies) == 1
    assert outcomes(answers)[1] <= {INVALID_NONCE}
    assert issued_count(world) == 1
    assert len(world.signatures) == 1


def test_lost_response_comes_again_octet_for_octet(world: World) -> None:
    _, phone = world.granted()
    body = phone.body(MDOC)
    first = phone.credential(body)
    assert phone.credential(body).content == first.content
    phone.http = world.restarted().wallet().http
    assert phone.credential(body).content == first.content
    assert len(world.signatures) == 1


def test_lost_response_is_for_the_same_token_only(world: World) -> None:
    _, kim = world.granted()
    _, namgung = world.granted(world.namgung)
    body = kim.body(MDOC)
    answer = kim.credential(body)
    stolen = namgung.credential(body)
    assert error_of(stolen) == INVALID_NONCE
    assert credential_of(answer) not in stolen.text


def test_accepted_response_is_erased(world: World) -> None:
    _, phone = world.granted()
    body = phone.body(MDOC)
    answer = phone.credential(body)
    assert phone.notify(answer).status_code == 204
    assert error_of(phone.credential(body)) == INVALID_NONCE
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials WHERE response IS NOT NULL")


def test_failure_told_by_the_wallet_keeps_the_response(world: World) -> None:
    _, phone = world.granted()
    body = phone.body(MDOC)
    answer = phone.credential(body)
    assert phone.notify(answer, "credential_failure").status_code == 204
    assert phone.credential(body).content == answer.content


def test_notification_repeated_is_recorded_once(world: World) -> None:
    _, phone = world.granted()
    answer = phone.credential(phone.body(MDOC))
    told = in_threads(MANY, lambda _: phone.notify(answer))
    assert {each.status_code for each in told} == {204}
    assert invariants.events(world.folder).count("wallet.notified") == 1


def test_notification_of_another_case_is_refused(world: World) -> None:
    _, kim = world.granted()
    _, namgung = world.granted(world.namgung)
    answer = kim.credential(kim.body(MDOC))
    assert error_of(namgung.notify(answer)) == (400, "invalid_notification_id")
    assert namgung.http.post("/notification").status_code == 401


def test_token_ends_with_activation(world: World) -> None:
    number, phone = world.granted()
    assert phone.credential(phone.body(MDOC)).status_code == 200
    world.station.lifecycle.activate(number, OFFICER)
    assert error_of(phone.credential(phone.body(SD_JWT))) == (401, "invalid_token")


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_token_that_names_identifiers_is_as_single_use(world: World, configuration: str) -> None:
    number, phone = world.offered()
    details = [{"type": "openid_credential", "credential_configuration_id": configuration}]
    answer = _exchange_with_details(phone, world.tx_code(number), json.dumps(details))
    [granted] = answer.json()["authorization_details"]
    phone.access_token = answer.json()["access_token"]
    body = _by_identifier(phone, granted["credential_identifiers"][0])
    assert phone.credential(body).status_code == 200
    again = _by_identifier(phone, granted["credential_identifiers"][0])
    assert error_of(phone.credential(again)) == DENIED
    other = (set(CONFIGURATIONS) - {configuration}).pop()
    refused = phone.credential(_by_identifier(phone, f"{other}#1"))
    assert error_of(refused) == (400, "unknown_credential_identifier")


def _exchange_with_details(phone: Wallet, tx_code: str, details: str) -> httpx.Response:
    grant = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
    form = {"grant_type": grant, "pre-authorized_code": phone.code, "tx_code": tx_code}
    return phone.http.post("/token", data=form | {"authorization_details": details})


def _by_identifier(phone: Wallet, identifier: str) -> bytes:
    proof = phone.proof(phone.nonce())
    return json.dumps({"credential_identifier": identifier, "proofs": {"jwt": [proof]}}).encode()
