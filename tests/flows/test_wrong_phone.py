"""The wrong phone, the wrong key, the wrong proof: refused, and nothing is issued."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from card_sim.phone import wallet as phone_wallet
from card_sim.phone.attestation import LEVEL, AttestationSigner, prove
from card_sim.phone.errors import NotFound
from card_sim.phone.jose import b64url, jwk_of, sign_jws
from card_sim.pki import open_pki
from station.domain.case import Stage
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.wallet import (
    MDOC,
    SD_JWT,
    Wallet,
    credential_of,
    error_of,
    new_device_key,
    request_body,
)
from tests.flows.world import OFFICER, World

INVALID_PROOF = (400, "invalid_proof")
INVALID_NONCE = (400, "invalid_nonce")


def nothing_issued(world: World, number: str) -> None:
    assert world.stage(number) is Stage.OFFERED
    assert world.signatures == []
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials")
    assert not invariants.rows(world.folder, "SELECT 1 FROM mobile_cards")
    assert not invariants.rows(world.folder, "SELECT 1 FROM device_keys")


def refused(world: World, number: str, phone: Wallet, proof: str) -> tuple[int, str]:
    """The error for a proof; nothing may come of it, and the right phone can still go on."""
    error = error_of(phone.credential(request_body(MDOC, proof)))
    nothing_issued(world, number)
    assert credential_of(phone.credential(phone.body(MDOC)))
    return error


def test_second_phone_with_the_same_offer_is_refused(world: World, tmp_path: Path) -> None:
    number = world.approved()
    uri = world.offer(number)
    first, second = world.phone(tmp_path / "first"), world.phone(tmp_path / "second")
    phone_wallet.receive(first, uri, lambda _: world.tx_code(number), lambda _: None)
    with pytest.raises(NotFound):
        phone_wallet.receive(second, uri, lambda _: "123456", lambda _: None)
    assert second.store.cards() == ()
    assert len(world.signatures) == 2


def test_second_phone_that_fetched_in_time_is_refused(world: World) -> None:
    number = world.approved()
    uri = world.offer(number)
    first, second = world.wallet(), world.wallet()
    first.fetch(uri)
    second.fetch(uri)
    code = world.tx_code(number)
    assert first.exchange(code).status_code == 200
    assert error_of(second.exchange(code)) == (400, "invalid_grant")
    assert first.credential(first.body(MDOC)).status_code == 200


def test_wrong_phone_that_won_is_thrown_out(world: World) -> None:
    """The officer does not see the card on the resident's phone: cancelled, all of it INVALID."""
    number, _thief = world.issued()
    world.station.counter.cancel(number, OFFICER, "not_this_phone")
    published = invariants.rows(world.folder, "SELECT published FROM credentials")
    assert published == [{"published": "invalid"}] * 2
    again, _ = world.issued()
    world.station.lifecycle.activate(again, OFFICER)
    assert world.stage(again) is Stage.ACTIVE


def test_device_key_of_another_resident_is_refused(world: World) -> None:
    _, kim = world.issued()
    number, namgung = world.granted(world.namgung)
    namgung.key = kim.key
    assert error_of(namgung.credential(namgung.body(MDOC))) == INVALID_PROOF
    assert world.stage(number) is Stage.OFFERED
    namgung.key = new_device_key()
    assert namgung.credential(namgung.body(MDOC)).status_code == 200


def test_device_key_of_the_same_resident_may_come_again(world: World) -> None:
    number, phone = world.issued()
    world.station.lifecycle.activate(number, OFFICER)
    _, again = world.granted()
    again.key = phone.key
    assert again.credential(again.body(MDOC)).status_code == 200


def test_two_keys_in_one_case_are_refused(world: World) -> None:
    number, phone = world.granted()
    first = phone.key
    assert phone.credential(phone.body(MDOC)).status_code == 200
    phone.key = new_device_key()
    assert error_of(phone.credential(phone.body(SD_JWT))) == INVALID_PROOF
    assert len(world.signatures) == 1
    phone.key = first
    assert phone.credential(phone.body(SD_JWT)).status_code == 200
    assert world.stage(number) is Stage.ISSUED


def test_proof_for_another_issuer_is_refused(world: World) -> None:
    number, phone = world.granted()
    for audience in ("https://elsewhere.example", f"{phone.issuer}/", phone.issuer.upper()):
        assert audience != phone.issuer
        proof = phone.proof(phone.nonce(), audience=audience)
        assert error_of(phone.credential(request_body(MDOC, proof))) == INVALID_PROOF
        nothing_issued(world, number)


def test_proof_without_nonce_is_refused(world: World) -> None:
    number, phone = world.granted()
    proof = prove(phone.key, phone.issuer, None, world.clock.now(), phone.attest(phone.key, None))
    assert refused(world, number, phone, proof) == INVALID_PROOF


def test_attestation_for_another_nonce_is_refused(world: World) -> None:
    number, phone = world.granted()
    attested = phone.attest(phone.key, phone.nonce())
    proof = prove(phone.key, phone.issuer, phone.nonce(), world.clock.now(), attested)
    assert refused(world, number, phone, proof) == INVALID_NONCE


def test_proof_by_a_key_that_was_not_attested_is_refused(world: World) -> None:
    number, phone = world.granted()
    nonce = phone.nonce()
    other = phone.attest(new_device_key(), nonce)
    proof = prove(phone.key, phone.issuer, nonce, world.clock.now(), other)
    assert refused(world, number, phone, proof) == INVALID_PROOF


def test_proof_that_names_anothers_key_is_refused(world: World) -> None:
    """The attested key is named, another one signs: possession is not proved."""
    number, phone = world.granted()
    nonce, thief = phone.nonce(), new_device_key()
    attested = phone.attest(phone.key, nonce)
    header = {
        "typ": "openid4vci-proof+jwt",
        "jwk": jwk_of(phone.key.public),
        "key_attestation": attested,
    }
    payload = {"aud": phone.issuer, "iat": int(world.clock.now().timestamp()), "nonce": nonce}
    assert refused(world, number, phone, sign_jws(header, payload, thief.sign)) == INVALID_PROOF


def test_unattested_key_is_refused(world: World) -> None:
    number, phone = world.granted()
    proof = prove(phone.key, phone.issuer, phone.nonce(), world.clock.now(), None)
    assert refused(world, number, phone, proof) == INVALID_PROOF


def test_attestation_under_an_unknown_root_is_refused(world: World, tmp_path: Path) -> None:
    number, phone = world.granted()
    key, chain = open_pki(tmp_path / "other", world.clock.now().date()).attestation_signer()
    stranger = replace(phone, signer=AttestationSigner(key, tuple(chain)))
    assert refused(world, number, phone, stranger.proof(stranger.nonce())) == INVALID_PROOF


def test_attestation_under_the_phones_own_root_is_refused(world: World, tmp_path: Path) -> None:
    """A chain that brings its root along, and a leaf of a stranger under the known signer."""
    number, phone = world.granted()
    other = open_pki(tmp_path / "other", world.clock.now().date())
    key, chain = other.attestation_signer()
    bringing = AttestationSigner(key, (*chain, other.attestation_root()))
    spliced = AttestationSigner(key, (*chain, *phone.signer.chain))
    for signer in (bringing, spliced):
        stranger = replace(phone, signer=signer)
        proof = stranger.proof(stranger.nonce())
        assert error_of(phone.credential(request_body(MDOC, proof))) == INVALID_PROOF
        nothing_issued(world, number)


def test_attestation_signed_by_the_device_itself_is_refused(world: World) -> None:
    """The signer's certificate, the phone's own signature."""
    number, phone = world.granted()
    nonce, now = phone.nonce(), int(world.clock.now().timestamp())
    header: dict[str, Any] = {
        "typ": "key-attestation+jwt",
        "x5c": [base64.b64encode(der).decode() for der in phone.signer.chain],
    }
    payload = {
        "iat": now, "exp": now + 300, "attested_keys": [jwk_of(phone.key.public)],
        "key_storage": [LEVEL], "user_authentication": [LEVEL], "nonce": nonce,
    }  # fmt: skip
    attested = sign_jws(header, payload, phone.key.sign)
    proof = prove(phone.key, phone.issuer, nonce, world.clock.now(), attested)
    assert refused(world, number, phone, proof) == INVALID_PROOF


def test_altered_proof_is_refused(world: World) -> None:
    """One bit of the signature, or one claim changed after signing."""
    number, phone = world.granted()
    header, payload, signature = phone.proof(phone.nonce()).split(".")
    flipped = bytearray(base64.urlsafe_b64decode(signature + "=="))
    flipped[7] ^= 1
    _, fresh, _ = phone.proof(phone.nonce()).split(".")
    for altered in (
        f"{header}.{payload}.{b64url(bytes(flipped))}",
        f"{header}.{fresh}.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}",
    ):
        assert error_of(phone.credential(request_body(MDOC, altered))) == INVALID_PROOF
        nothing_issued(world, number)


def test_token_that_was_never_given_is_refused(world: World) -> None:
    number, phone = world.granted()
    body = phone.body(MDOC)
    for token in ("A" * len(phone.access_token), phone.code, phone.access_token[:-1]):
        answer = phone.credential(body, token)
        assert error_of(answer) == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    nothing_issued(world, number)


def test_request_without_token_is_challenged(world: World) -> None:
    _, phone = world.granted()
    for path in ("/credential", "/notification"):
        answer = phone.http.post(path, content=b"{}", headers={"Content-Type": "application/json"})
        assert answer.status_code == 401
        in_query = phone.http.post(f"{path}?access_token={phone.access_token}", content=b"{}")
        assert error_of(in_query) == (400, "invalid_request")


def test_resident_with_an_open_issue_gets_no_second_one(world: World) -> None:
    """Two cases of one person, both approved before either was issued."""
    first, second = world.approved(), world.approved()
    phones = []
    for number in (first, second):
        phone = world.wallet()
        phone.fetch(world.offer(number))
        assert phone.exchange(world.tx_code(number)).status_code == 200
        phones.append(phone)
    assert phones[0].credential(phones[0].body(MDOC)).status_code == 200
    denied = phones[1].credential(phones[1].body(MDOC))
    assert error_of(denied) == (400, "credential_request_denied")
    query = "SELECT 1 FROM mobile_cards WHERE state = 'pending_activation'"
    assert len(invariants.rows(world.folder, query)) == 1


def test_resident_with_an_open_issue_is_not_approved_again(world: World) -> None:
    world.issued()
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    world.identify(number)
    with pytest.raises(StationError) as error:
        world.approve(number)
    assert error.value.code == "eligibility.open_case"
    assert world.stage(number) is Stage.IDENTIFIED


def test_cancelled_case_issues_nothing_more(world: World) -> None:
    number, phone = world.granted()
    body = phone.body(MDOC)
    assert phone.credential(body).status_code == 200
    world.station.counter.cancel(number, OFFICER, "resident")
    assert error_of(phone.credential(body)) == (401, "invalid_token")
    assert error_of(phone.credential(phone.body(SD_JWT))) == (401, "invalid_token")


def test_cancelled_before_the_token_gives_none(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    world.station.counter.cancel(number, OFFICER, "resident")
    assert error_of(phone.exchange(code)) == (400, "invalid_grant")


def test_activation_without_delivery_is_refused(world: World) -> None:
    number, _ = world.granted()
    with pytest.raises(StationError) as error:
        world.station.lifecycle.activate(number, OFFICER)
    assert error.value.code == "case.wrong_stage"


def test_refused_proof_leaves_a_record(world: World) -> None:
    _, phone = world.granted()
    assert error_of(phone.credential(request_body(MDOC, "no.proof.this"))) == INVALID_PROOF
    assert invariants.events(world.folder)[-1] == "credential.refused"


def test_refusals_without_end_leave_one_record_for_each_reason(world: World) -> None:
    _, phone = world.granted()
    for _ in range(3):
        assert error_of(phone.credential(request_body(MDOC, "no.proof.this"))) == INVALID_PROOF
        assert phone.credential(b"{}").status_code == 400
        assert phone.http.post("/deferred_credential", content=b"{}").status_code == 401
    assert invariants.events(world.folder).count("credential.refused") == 2
