"""Wallets that show who provides them, over HTTP."""

from dataclasses import replace

import httpx
import pytest
from joserfc.jwk import ECKey

from station.bootstrap import build
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.attested_wallet import (
    ALWAYS,
    CLIENT,
    AttestedWallet,
    known,
    scanned,
)
from tests.flows.refreshing import active
from tests.flows.settings import reopened
from tests.flows.wallet import MDOC, credential_of, error_of
from tests.flows.world import World, in_threads
from tests.station.openid4vci.wallet import Made, certify

SERVER = "/.well-known/oauth-authorization-server"
REQUIRED = 'wallet_attestation = "required"'
INVALID_CLIENT = (401, "invalid_client")


def server_metadata(world: World) -> dict[str, object]:
    return dict(world.wallet().http.get(SERVER).json())


def guesses(world: World) -> list[int]:
    return [row["guesses"] for row in invariants.rows(world.folder, "SELECT guesses FROM offers")]


def test_attested_wallet_gets_its_credential(world: World) -> None:
    code, phone = scanned(known(world))
    assert phone.ask(code, phone.headers(), client_id=CLIENT).status_code == 200
    assert credential_of(phone.credential(phone.body(MDOC)))


def test_where_no_provider_is_known_nothing_is_read(world: World) -> None:
    code, phone = scanned(world)
    headers = {"OAuth-Client-Attestation": "x", "OAuth-Client-Attestation-PoP": "y"}
    assert phone.ask(code, headers).status_code == 200


def test_where_it_is_optional_a_wallet_may_show_nothing(world: World) -> None:
    code, phone = scanned(known(world))
    assert phone.ask(code, {}).status_code == 200


def test_where_it_is_required_a_wallet_must_show_it(world: World) -> None:
    opened = known(world, REQUIRED)
    code, phone = scanned(opened)
    assert error_of(phone.ask(code, {})) == INVALID_CLIENT
    assert guesses(opened) == [0]
    assert phone.ask(code, phone.headers()).status_code == 200


def test_where_it_is_required_a_refresh_token_alone_is_not_enough(world: World) -> None:
    _, wallet = active(world)
    opened = known(world, REQUIRED)
    again = replace(wallet, http=opened.wallet().http)
    again.nonce()
    assert error_of(again.refresh()) == INVALID_CLIENT
    shown = AttestedWallet(again.http, again.issuer, again.signer, again.clock).headers()
    again.http.headers.update(shown)
    assert again.refresh().status_code == 200
    assert error_of(again.refresh()) == INVALID_CLIENT  # The proof of possession is used.


@pytest.mark.parametrize("missing", ["OAuth-Client-Attestation", "OAuth-Client-Attestation-PoP"])
def test_half_of_it_is_refused(world: World, missing: str) -> None:
    code, phone = scanned(known(world))
    headers = phone.headers()
    del headers[missing]
    assert error_of(phone.ask(code, headers)) == INVALID_CLIENT


def test_header_given_twice_is_refused(world: World) -> None:
    code, phone = scanned(known(world))
    headers = [*phone.headers().items(), ("OAuth-Client-Attestation-PoP", phone.possession())]
    form = {"grant_type": "x", "pre-authorized_code": phone.code, "tx_code": code}
    form["grant_type"] = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
    answer = phone.http.post("/token", data=form, headers=headers)
    assert error_of(answer) == INVALID_CLIENT


def test_other_client_id_than_the_attested_one_is_refused(world: World) -> None:
    code, phone = scanned(known(world))
    headers = phone.headers()
    assert error_of(phone.ask(code, headers, client_id="another")) == INVALID_CLIENT
    assert phone.ask(code, headers, client_id=CLIENT).status_code == 200  # It was not used up.


def test_unknown_provider_is_refused(world: World) -> None:
    code, phone = scanned(known(world))
    stranger = certify(Made("TEST stranger", days=ALWAYS), None)
    answer = phone.ask(code, phone.headers(phone.attestation(signer=stranger)))
    assert error_of(answer) == INVALID_CLIENT


def test_proof_of_possession_is_good_once(world: World) -> None:
    opened = known(world)
    code, phone = scanned(opened)
    headers = phone.headers()
    wrong = "000000" if code != "000000" else "000001"
    assert error_of(phone.ask(wrong, headers)) == (400, "invalid_grant")
    assert error_of(phone.ask(code, headers)) == INVALID_CLIENT
    phone.http = opened.restarted().wallet().http
    assert error_of(phone.ask(code, headers)) == INVALID_CLIENT
    assert guesses(opened) == [1]
    assert phone.ask(code, phone.headers()).status_code == 200


def test_proof_of_possession_in_parallel_is_good_once(world: World) -> None:
    code, phone = scanned(known(world))
    headers = phone.headers()
    wrong = "000000" if code != "000000" else "000001"
    answers: list[httpx.Response] = in_threads(16, lambda _: phone.ask(wrong, headers))
    assert sorted(map(error_of, answers)) == [(400, "invalid_grant")] + [INVALID_CLIENT] * 15


def test_same_id_of_another_wallet_is_another_proof(world: World) -> None:
    opened = known(world)
    code, phone = scanned(opened)
    other = AttestedWallet(phone.http, phone.issuer, phone.signer, phone.clock)
    other.instance, other.code = ECKey.generate_key("P-256"), "stranger"
    jti = {"jti": "the-same"}
    taken = other.ask("1", other.headers(proof=other.possession(jti)))
    assert error_of(taken) == (400, "invalid_grant")
    assert phone.ask(code, phone.headers(proof=phone.possession(jti))).status_code == 200


def test_attestation_is_not_told_back(world: World) -> None:
    code, phone = scanned(known(world))
    answer = phone.ask(code, phone.headers(phone.attestation({"sub": None})))
    assert error_of(answer) == INVALID_CLIENT
    assert answer.json()["error_description"] == "wallet attestation: sub is missing"
    assert answer.headers["cache-control"] == "no-store"


def test_metadata_say_what_is_asked_for(world: World) -> None:
    methods = "token_endpoint_auth_methods_supported"
    anonymous = "pre-authorized_grant_anonymous_access_supported"
    ignored = server_metadata(world)
    assert (ignored[methods], ignored[anonymous]) == (["none"], True)
    assert not [name for name in ignored if name.startswith("client_attestation")]
    opened = known(world)
    optional = server_metadata(opened)
    assert (optional[methods], optional[anonymous]) == (["none", "attest_jwt_client_auth"], True)
    assert optional["client_attestation_signing_alg_values_supported"] == ["ES256"]
    assert optional["client_attestation_pop_signing_alg_values_supported"] == ["ES256"]
    required = server_metadata(reopened(opened, REQUIRED))
    assert (required[methods], required[anonymous]) == (["attest_jwt_client_auth"], False)


def test_station_that_requires_it_of_nobody_does_not_open(world: World) -> None:
    with pytest.raises(StationError) as refused:
        reopened(world, REQUIRED)
    assert refused.value.code == "config.invalid"
    path = world.folder / "station.toml"
    path.write_text(path.read_text("utf-8").replace(REQUIRED, ""), "utf-8")
    build(world.folder).engine.dispose()
