"""Refresh attacked: by thieves, by phones that were not there, by many at once."""

from dataclasses import replace

import pytest
from joserfc.jwk import ECKey

from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.refreshing import (
    INVALID,
    VALID,
    active,
    dpop_wallet,
    events,
    later,
    lift,
    moved,
    moves,
    published,
    refreshed,
    renewed,
    revoke,
    suspend,
    tokens_made,
)
from tests.flows.test_batch import batch, keys
from tests.flows.wallet import MDOC, SD_JWT, Wallet, error_of, new_device_key
from tests.flows.world import OFFICER, World, in_threads

DENIED = (400, "credential_request_denied")
INVALID_DPOP = (400, "invalid_dpop_proof")
INVALID_GRANT = (400, "invalid_grant")
INVALID_NONCE = (400, "invalid_nonce")
INVALID_PROOF = (400, "invalid_proof")
INVALID_TOKEN = (401, "invalid_token")
UNAVAILABLE = (503, "temporarily_unavailable")
MANY = 16


class TestTheToken:
    def test_stolen_token_is_worth_nothing_to_another_dpop_key(self, world: World) -> None:
        _, wallet = moved(world)
        thief = replace(wallet, dpop_key=ECKey.generate_key("P-256"))
        used = invariants.rows(
            world.folder, "SELECT count(*) FROM consumed WHERE kind = 'dpop_jti'"
        )
        assert [error_of(thief.refresh()) for _ in range(3)] == [INVALID_GRANT] * 3
        assert tokens_made(world) == 0
        assert events(world, "token.refused") == ["token.refused"]
        query = "SELECT count(*) FROM consumed WHERE kind = 'dpop_jti'"
        assert invariants.rows(world.folder, query) == used
        assert wallet.refresh().status_code == 200

    def test_it_wants_a_proof(self, world: World) -> None:
        _, wallet = moved(world)
        form = {"grant_type": "refresh_token", "refresh_token": wallet.refresh_token}
        assert error_of(wallet.http.post("/token", data=form)) == INVALID_DPOP
        assert tokens_made(world) == 0

    def test_proof_is_good_for_one_request(self, world: World) -> None:
        _, wallet = moved(world)
        proof = wallet.dpop("/token")
        assert wallet.refresh(proof).status_code == 200
        assert error_of(wallet.refresh(proof)) == INVALID_DPOP
        again = replace(wallet, http=world.restarted().wallet().http)
        assert error_of(again.refresh(proof)) == INVALID_DPOP
        assert tokens_made(world) == 1

    def test_proof_in_parallel_is_good_for_one_request(self, world: World) -> None:
        _, wallet = moved(world)
        proof = wallet.dpop("/token")
        answers = in_threads(MANY, lambda _: replace(wallet).refresh(proof))
        assert sorted(each.status_code for each in answers) == [200] + [400] * (MANY - 1)
        assert tokens_made(world) == 1

    def test_proof_of_a_refused_request_is_used_up(self, world: World) -> None:
        _, wallet = moved(world)
        suspend(world)
        proof = wallet.dpop("/token")
        assert error_of(wallet.refresh(proof)) == INVALID_GRANT
        lift(world)
        assert error_of(wallet.refresh(proof)) == INVALID_DPOP
        assert wallet.refresh().status_code == 200

    @pytest.mark.parametrize("token", ["", "made-up", "A" * 43])
    def test_made_up_token_is_no_grant_and_leaves_no_trace(self, world: World, token: str) -> None:
        _, wallet = moved(world)
        before = invariants.everything(world.folder)
        answer = error_of(wallet.refresh(refresh_token=token))
        assert answer == (INVALID_GRANT if token else (400, "invalid_request"))
        assert invariants.everything(world.folder) == before

    def test_it_is_nothing_else(self, world: World) -> None:
        """No access token, no code; and neither is a refresh token."""
        _, wallet = moved(world)
        secret = wallet.refresh_token
        assert error_of(wallet.credential(wallet.body(MDOC), secret)) == INVALID_TOKEN
        assert error_of(wallet.exchange("123456", code=secret)) == INVALID_GRANT
        wallet.refresh()
        for other in (wallet.access_token, wallet.code):
            assert error_of(wallet.refresh(refresh_token=other)) == INVALID_GRANT

    def test_what_it_gave_is_no_bearer_token(self, world: World) -> None:
        _, wallet = refreshed(world)
        assert error_of(Wallet.credential(plain(wallet), wallet.body(MDOC))) == INVALID_TOKEN

    def test_before_activation_it_is_no_grant(self, world: World) -> None:
        number = world.approved()
        wallet = dpop_wallet(world)
        wallet.fetch(world.offer(number))
        wallet.nonce()
        wallet.exchange(world.tx_code(number))
        assert error_of(wallet.refresh()) == INVALID_GRANT
        wallet.credential(wallet.body(MDOC))
        assert error_of(wallet.refresh()) == INVALID_GRANT
        world.station.lifecycle.activate(number, OFFICER)
        assert wallet.refresh().status_code == 200

    def test_phone_that_came_first_has_none_after_another_offer(self, world: World) -> None:
        """The wrong phone took the offer; the card that is active is another phone's."""
        number = world.approved()
        wrong, right = dpop_wallet(world), dpop_wallet(world)
        for wallet in (wrong, right):
            wallet.fetch(world.offer(number))
            wallet.nonce()
            assert wallet.exchange(world.tx_code(number)).status_code == 200
        right.credential(right.body(MDOC))
        world.station.lifecycle.activate(number, OFFICER)
        assert error_of(wrong.refresh()) == INVALID_GRANT
        assert right.refresh().status_code == 200

    def test_too_many_in_a_day_wait_for_the_next(self, world: World) -> None:
        _, wallet = moved(world)
        assert {wallet.refresh().status_code for _ in range(20)} == {200}
        answer = wallet.refresh()
        assert error_of(answer) == UNAVAILABLE
        assert answer.headers["retry-after"] == "3600"
        assert tokens_made(world) == 20
        later(world, wallet, days=1, minutes=6)
        assert wallet.refresh().status_code == 200


def plain(wallet: DpopWallet) -> Wallet:
    return Wallet(
        wallet.http, wallet.issuer, wallet.signer, wallet.clock, wallet.key, "", wallet.access_token
    )


class TestTheDeviceKey:
    def test_new_device_key_is_refused(self, world: World) -> None:
        _, wallet = refreshed(world)
        wallet.key = new_device_key()
        answer = wallet.credential(wallet.body(MDOC))
        assert error_of(answer) == INVALID_PROOF
        assert answer.json()["error_description"] == "refresh is proven by the old device key"
        assert published(world) == [VALID]

    def test_new_key_beside_the_old_one_is_refused(self, world: World) -> None:
        _, wallet = refreshed(world)
        request = batch(wallet, MDOC, (wallet.key, new_device_key()))
        assert error_of(wallet.credential(request)) == INVALID_PROOF
        assert published(world) == [VALID]

    def test_key_of_the_other_format_is_refused(self, world: World) -> None:
        number = world.approved()
        wallet = dpop_wallet(world)
        wallet.fetch(world.offer(number))
        wallet.nonce()
        wallet.exchange(world.tx_code(number))
        mine, other = keys(2)
        for configuration, key in ((MDOC, mine), (SD_JWT, other)):
            wallet.key = key
            wallet.notify(wallet.credential(wallet.body(configuration)))
        world.station.lifecycle.activate(number, OFFICER)
        later(world, wallet, days=1)
        moves(world)
        wallet.refresh()
        assert error_of(wallet.credential(wallet.body(MDOC))) == INVALID_PROOF
        wallet.key = mine
        assert renewed(wallet)

    def test_key_of_another_resident_is_refused(self, world: World) -> None:
        _, stranger = active(world, world.namgung)
        _, wallet = refreshed_beside(world)
        wallet.key = stranger.key
        assert error_of(wallet.credential(wallet.body(MDOC))) == INVALID_PROOF

    def test_proof_under_a_used_nonce_is_refused(self, world: World) -> None:
        _, wallet = refreshed(world)
        proof = wallet.proof(wallet.nonce())
        assert wallet.credential(wallet.body(MDOC, proof)).status_code == 200
        assert error_of(wallet.credential(wallet.body(SD_JWT, proof))) == INVALID_NONCE


def refreshed_beside(world: World) -> tuple[str, DpopWallet]:
    number, wallet = active(world)
    moves(world)
    assert wallet.refresh().status_code == 200
    return number, wallet


class TestManyAtOnce:
    def test_one_access_token_makes_one_credential_anew(self, world: World) -> None:
        _, wallet = refreshed(world)
        bodies = [wallet.body(MDOC) for _ in range(MANY)]
        answers = in_threads(MANY, lambda place: replace(wallet).credential(bodies[place]))
        assert sorted(each.status_code for each in answers) == [200] + [400] * (MANY - 1)
        assert published(world) == [VALID, VALID]

    def test_many_access_tokens_make_one_credential_anew(self, world: World) -> None:
        """The answer to the first may come again for five minutes; then another may be made."""
        _, wallet = moved(world)
        phones = [replace(wallet) for _ in range(MANY)]
        assert {each.status_code for each in in_threads(MANY, lambda n: phones[n].refresh())} == {
            200
        }
        bodies = [wallet.body(MDOC) for _ in range(MANY)]
        answers = in_threads(MANY, lambda place: phones[place].credential(bodies[place]))
        assert sorted(each.status_code for each in answers) == [200] + [400] * (MANY - 1)
        assert {error_of(each) for each in answers if each.status_code != 200} == {DENIED}
        assert published(world) == [VALID, VALID]

    def test_acceptance_and_revocation_at_once_leave_nothing_valid(self, world: World) -> None:
        _, wallet = refreshed(world)
        answer = renewed(wallet)
        steps = (lambda: wallet.notify(answer), lambda: revoke(world))
        in_threads(2, lambda place: steps[place]())
        assert published(world) == [INVALID, INVALID]
