"""The secrets that prove something: nonces, key proofs, DPoP proofs, a wallet's own proof."""

import json
from dataclasses import replace

import httpx
from joserfc import jwe
from joserfc.jwk import ECKey

from apdu.crypto.curves import P256
from card_sim.phone.attestation import prove
from tests.flows.android_phone import PROOF_TYPE, AndroidPhone
from tests.flows.attested_wallet import AttestedWallet
from tests.flows.bulk import OFFICER
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.single_use import (
    GUESSES,
    INVALID_CLIENT,
    INVALID_DPOP,
    INVALID_DPOP_AT_RESOURCE,
    INVALID_GRANT,
    INVALID_NONCE,
    NOTIFIED,
    REFRESHED,
    REQUESTS,
    Maker,
    Secret,
    batch_of,
    body_of,
    posting,
    secret_of,
)
from tests.flows.test_batch import attested, keys, request
from tests.flows.test_encryption import JWT, METADATA, Sealer
from tests.flows.test_tx_code import wrong
from tests.flows.twins import Twins
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, Wallet, request_body


def nonce(twins: Twins, uses: int) -> Secret:
    number = twins.approved()
    phone = twins.granted(Wallet, number)
    one = phone.nonce()
    bodies = [body_of(twins, phone, CONFIGURATIONS[place // 2 % 2], one) for place in range(uses)]
    return secret_of(twins, posting((phone,), bodies), {INVALID_NONCE}, (REQUESTS, number))


def nonce_under_two_tokens(twins: Twins, uses: int) -> Secret:
    numbers = twins.approved(), twins.approved()
    phones = tuple(twins.granted(Wallet, each) for each in numbers)
    one = phones[0].nonce()
    bodies = [body_of(twins, phones[place % 2], MDOC, one) for place in range(uses)]
    return secret_of(twins, posting(phones, bodies), {INVALID_NONCE}, (REQUESTS, *numbers))


def nonce_of_a_batch(twins: Twins, uses: int) -> Secret:
    number = twins.approved()
    phone = twins.granted(Wallet, number)
    own, one = keys(3), phone.nonce()
    bodies = [batch_of(twins, phone, own, one) for _ in range(uses)]
    return secret_of(twins, posting((phone,), bodies), {INVALID_NONCE}, (REQUESTS, number))


def _spaced(body: bytes, place: int) -> bytes:
    """The same request in other octets."""
    return body + b" " * place


def jwt_proof(twins: Twins, uses: int) -> Secret:
    number = twins.approved()
    phone = twins.granted(Wallet, number)
    proof = phone.proof(phone.nonce())
    bodies = [
        _spaced(request_body(CONFIGURATIONS[place // 2 % 2], proof), place) for place in range(uses)
    ]
    return secret_of(twins, posting((phone,), bodies), {INVALID_NONCE}, (REQUESTS, number))


def nonce_in_other_attestations(twins: Twins, uses: int) -> Secret:
    """The nonce is used up, whatever vouches for the key it is signed with."""
    number = twins.approved()
    phone = twins.granted(DpopWallet, number)
    one, own = phone.nonce(), keys(2)
    bodies = [
        request(
            CONFIGURATIONS[place // 2 % 2],
            jwt=[prove(own[0], phone.issuer, one, phone.clock(), attested(phone, each, one))],
        )
        for place in range(uses)
        for each in [own[: 1 + place % 2]]
    ]
    return secret_of(twins, posting((phone,), bodies), {INVALID_NONCE}, (REQUESTS, number))


def attestation_proof(twins: Twins, uses: int) -> Secret:
    number = twins.approved()
    phone = twins.granted(Wallet, number)
    text = attested(phone, keys(2), phone.nonce())
    bodies = [
        _spaced(request(CONFIGURATIONS[place // 2 % 2], attestation=[text]), place)
        for place in range(uses)
    ]
    return secret_of(twins, posting((phone,), bodies), {INVALID_NONCE}, (REQUESTS, number))


def android_challenge(twins: Twins, uses: int) -> Secret:
    """Each chain certifies a key of its own; what they have in common is the challenge."""
    number = twins.approved()
    phone = twins.granted(DpopWallet, number)
    one, device = phone.nonce(), AndroidPhone(phone)
    bodies = [
        request(
            CONFIGURATIONS[place // 2 % 2], **{PROOF_TYPE: [device.chain(one, P256.generate())]}
        )
        for place in range(uses)
    ]
    return secret_of(twins, posting((phone,), bodies), {INVALID_NONCE}, (REQUESTS, number))


def android_challenge_in_jwt_proofs(twins: Twins, uses: int) -> Secret:
    number = twins.approved()
    phone = twins.granted(Wallet, number)
    one, device = phone.nonce(), AndroidPhone(phone)
    bodies = [
        request_body(CONFIGURATIONS[place // 2 % 2], device.proof(one)) for place in range(uses)
    ]
    return secret_of(twins, posting((phone,), bodies), {INVALID_NONCE}, (REQUESTS, number))


def encrypted_proof(twins: Twins, uses: int) -> Secret:
    """Every envelope is another; what lies in it is the same."""
    number = twins.approved()
    phone = twins.granted(Wallet, number)
    bodies = _sealed(phone, phone.body(SD_JWT), uses)

    def use(http: httpx.Client, place: int) -> httpx.Response:
        return Sealer(replace(phone, http=http)).post(bodies[place], JWT)

    return secret_of(twins, use, {INVALID_NONCE}, (REQUESTS, number))


def _sealed(phone: Wallet, content: bytes, count: int) -> list[bytes]:
    [issuer] = phone.http.get(METADATA).json()["credential_request_encryption"]["jwks"]["keys"]
    header = {"alg": issuer["alg"], "enc": "A256GCM", "kid": issuer["kid"]}
    key, allowed = ECKey.import_key(issuer), ["ECDH-ES", "A256GCM"]
    return [jwe.encrypt_compact(header, content, key, allowed).encode() for _ in range(count)]


def dpop_proof_at_token(twins: Twins, _uses: int) -> Secret:
    """Under it every tx_code could be guessed at, were it good twice."""
    number = twins.approved()
    phone = twins.wallet(DpopWallet)
    tx_code = twins.scanned(phone, number)
    phone.nonce()
    proof = phone.dpop("/token")
    return secret_of(
        twins,
        lambda http, place: replace(phone, http=http).exchange(wrong(tx_code, place), proof=proof),
        {INVALID_DPOP},
        (GUESSES, number),
        INVALID_GRANT,
    )


def dpop_proof_at_credential(twins: Twins, uses: int) -> Secret:
    number = twins.approved()
    phone = twins.granted(DpopWallet, number)
    headers = _headers(phone, "/credential")
    bodies = [body_of(twins, phone, CONFIGURATIONS[place // 2 % 2]) for place in range(uses)]

    def use(http: httpx.Client, place: int) -> httpx.Response:
        return replace(phone, http=http).sent("/credential", bodies[place], headers)

    return secret_of(twins, use, {INVALID_DPOP_AT_RESOURCE}, (REQUESTS, number))


def dpop_proof_at_notification(twins: Twins, _uses: int) -> Secret:
    number = twins.approved()
    phone = twins.granted(DpopWallet, number)
    answer = phone.credential(body_of(twins, phone, MDOC))
    said = {"notification_id": answer.json()["notification_id"]}
    headers = _headers(phone, "/notification")
    events = ("credential_accepted", "credential_failure")

    def use(http: httpx.Client, place: int) -> httpx.Response:
        body = json.dumps(said | {"event": events[place // 2 % 2]}).encode()
        return replace(phone, http=http).sent("/notification", body, headers)

    return secret_of(twins, use, {INVALID_DPOP_AT_RESOURCE}, (NOTIFIED, number))


def dpop_proof_at_refresh(twins: Twins, _uses: int) -> Secret:
    """The token may be used again and again, a proof of its key only once."""
    number = twins.approved()
    phone = twins.granted(DpopWallet, number)
    phone.notify(phone.credential(body_of(twins, phone, MDOC)))
    twins.station.lifecycle.activate(number, OFFICER)
    proof = phone.dpop("/token")
    return secret_of(
        twins,
        lambda http, _: replace(phone, http=http).refresh(proof),
        {INVALID_DPOP},
        (REFRESHED, number),
    )


def _headers(phone: DpopWallet, path: str) -> dict[str, str]:
    token = phone.access_token
    return {"Authorization": f"DPoP {token}", "DPoP": phone.dpop(path, token)}


def wallet_attestation_proof(twins: Twins, _uses: int) -> Secret:
    number = twins.approved()
    phone = twins.wallet(AttestedWallet)
    tx_code = twins.scanned(phone, number)
    headers = phone.headers()
    return secret_of(
        twins,
        lambda http, place: replace(phone, http=http).ask(wrong(tx_code, place), headers),
        {INVALID_CLIENT},
        (GUESSES, number),
        INVALID_GRANT,
    )


PROOF_SECRETS: dict[str, Maker] = {
    "c_nonce": nonce,
    "c_nonce under two tokens": nonce_under_two_tokens,
    "c_nonce of a batch": nonce_of_a_batch,
    "c_nonce in other attestations": nonce_in_other_attestations,
    "jwt proof": jwt_proof,
    "attestation proof": attestation_proof,
    "Android challenge": android_challenge,
    "Android challenge in jwt proofs": android_challenge_in_jwt_proofs,
    "encrypted proof": encrypted_proof,
    "DPoP proof at token": dpop_proof_at_token,
    "DPoP proof at refresh": dpop_proof_at_refresh,
    "DPoP proof at credential": dpop_proof_at_credential,
    "DPoP proof at notification": dpop_proof_at_notification,
    "wallet attestation's proof": wallet_attestation_proof,
}
