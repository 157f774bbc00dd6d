"""Tokens bound to the wallet's DPoP key, over HTTP, from the offer to the notification."""

import httpx
import pytest

from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.wallet import MDOC, SD_JWT, credential_of, error_of
from tests.flows.world import World, in_threads

USE_NONCE = (400, "use_dpop_nonce")
INVALID = (400, "invalid_dpop_proof")
INVALID_AT_RESOURCE = (401, "invalid_dpop_proof")
INVALID_TOKEN = (401, "invalid_token")


def wallet_of(world: World) -> DpopWallet:
    plain = world.wallet()
    return DpopWallet(plain.http, plain.issuer, plain.signer, plain.clock)


def offered(world: World) -> tuple[str, DpopWallet]:
    """An offer fetched, a nonce of the server at hand, the tx_code."""
    number = world.approved()
    wallet = wallet_of(world)
    wallet.fetch(world.offer(number))
    wallet.nonce()
    return world.tx_code(number), wallet


def granted(world: World) -> DpopWallet:
    code, wallet = offered(world)
    answer = wallet.exchange(code)
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"
    return wallet


def test_bound_token_is_good_to_its_key_from_offer_to_notification(world: World) -> None:
    wallet = granted(world)
    issued = [wallet.credential(wallet.body(each)) for each in (MDOC, SD_JWT)]
    assert all(credential_of(each) for each in issued)
    assert wallet.notify(issued[0]).status_code == 204


def test_proof_without_a_nonce_is_told_to_take_one_and_costs_no_guess(world: World) -> None:
    code, wallet = offered(world)
    wallet.dpop_nonce = None
    answer = wallet.exchange(code)
    assert error_of(answer) == USE_NONCE
    assert answer.headers["dpop-nonce"] == wallet.dpop_nonce
    assert [
        row["guesses"] for row in invariants.rows(world.folder, "SELECT guesses FROM offers")
    ] == [0]
    assert wallet.exchange(code).status_code == 200


@pytest.mark.parametrize("nonce", ["", "A" * 75, "%"])
def test_proof_with_a_strange_nonce_is_told_to_take_another(world: World, nonce: str) -> None:
    code, wallet = offered(world)
    assert error_of(wallet.exchange(code, proof=wallet.dpop("/token", nonce=nonce))) == USE_NONCE


def test_c_nonce_is_no_dpop_nonce_and_the_other_way_round(world: World) -> None:
    code, wallet = offered(world)
    proof = wallet.dpop("/token", nonce=wallet.nonce())
    assert error_of(wallet.exchange(code, proof=proof)) == USE_NONCE
    assert wallet.exchange(code).status_code == 200
    assert wallet.dpop_nonce is not None
    body = wallet.body(MDOC, wallet.proof(wallet.dpop_nonce))
    assert error_of(wallet.credential(body)) == (400, "invalid_nonce")


def test_old_nonce_is_told_to_be_renewed(world: World) -> None:
    code, wallet = offered(world)
    old = wallet.dpop_nonce
    world.clock.move(minutes=4)
    wallet.nonce()
    fresh, wallet.dpop_nonce = wallet.dpop_nonce, old
    world.clock.move(seconds=59)
    assert wallet.exchange("000000" if code != "000000" else "1").status_code == 400
    wallet.dpop_nonce = old
    world.clock.move(seconds=2)
    assert error_of(wallet.exchange(code)) == USE_NONCE
    assert fresh != old


def test_proof_is_good_for_one_token_request(world: World) -> None:
    code, wallet = offered(world)
    proof = wallet.dpop("/token")
    assert error_of(wallet.exchange("wrong", proof=proof)) == (400, "invalid_grant")
    assert error_of(wallet.exchange(code, proof=proof)) == INVALID
    assert [
        row["guesses"] for row in invariants.rows(world.folder, "SELECT guesses FROM offers")
    ] == [1]
    assert (
        error_of(wallet_with(wallet, world.restarted()).exchange(code, wallet.code, proof))
        == INVALID
    )
    assert wallet.exchange(code).status_code == 200


def wallet_with(wallet: DpopWallet, world: World) -> DpopWallet:
    """The same wallet before a station that was restarted."""
    other = wallet_of(world)
    other.dpop_key, other.dpop_nonce = wallet.dpop_key, wallet.dpop_nonce
    other.access_token, other.key = wallet.access_token, wallet.key
    return other


def test_proof_in_parallel_is_good_for_one_request(world: World) -> None:
    wallet = granted(world)
    body = wallet.body(MDOC)
    headers = {
        "Authorization": f"DPoP {wallet.access_token}",
        "DPoP": wallet.dpop("/credential", wallet.access_token),
    }
    answers = in_threads(32, lambda _: wallet.sent("/credential", body, headers))
    assert sorted(each.status_code for each in answers) == [200] + [401] * 31
    assert {error_of(each) for each in answers if each.status_code != 200} == {INVALID_AT_RESOURCE}


def test_proof_used_before_a_restart_stays_used(world: World) -> None:
    wallet = granted(world)
    proof = wallet.dpop("/credential", wallet.access_token)
    headers = {"Authorization": f"DPoP {wallet.access_token}", "DPoP": proof}
    assert wallet.sent("/credential", wallet.body(MDOC), headers).status_code == 200
    again = wallet_with(wallet, world.restarted())
    assert error_of(again.sent("/credential", again.body(SD_JWT), headers)) == INVALID_AT_RESOURCE


def test_lost_response_is_fetched_again_with_a_fresh_proof_only(world: World) -> None:
    wallet = granted(world)
    body = wallet.body(MDOC)
    headers = {
        "Authorization": f"DPoP {wallet.access_token}",
        "DPoP": wallet.dpop("/credential", wallet.access_token),
    }
    first = wallet.sent("/credential", body, headers)
    assert error_of(wallet.sent("/credential", body, headers)) == INVALID_AT_RESOURCE
    assert wallet.credential(body).content == first.content


class TestStolenToken:
    """What somebody can do who has the token, but not the key."""

    @staticmethod
    def refused(wallet: DpopWallet, headers: dict[str, str]) -> httpx.Response:
        answer = wallet.sent("/credential", wallet.body(MDOC), headers)
        assert "credentials" not in answer.json()
        return answer

    def test_it_is_no_bearer_token(self, world: World) -> None:
        wallet = granted(world)
        headers = {"Authorization": f"Bearer {wallet.access_token}"}
        answer = self.refused(wallet, headers)
        assert error_of(answer) == INVALID_TOKEN
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
        headers["DPoP"] = wallet.dpop("/credential", wallet.access_token)
        assert error_of(self.refused(wallet, headers)) == INVALID_TOKEN

    def test_it_wants_a_proof(self, world: World) -> None:
        wallet = granted(world)
        answer = self.refused(wallet, {"Authorization": f"DPoP {wallet.access_token}"})
        assert error_of(answer) == INVALID_AT_RESOURCE
        assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_dpop_proof"')

    def test_it_wants_a_proof_by_its_own_key(self, world: World) -> None:
        wallet = granted(world)
        thief = wallet_with(wallet, world)
        thief.dpop_key = DpopWallet(thief.http, "", thief.signer, thief.clock).dpop_key
        answer = thief.credential(thief.body(MDOC))
        assert error_of(answer) == INVALID_TOKEN
        assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_token"')

    def test_it_is_challenged_under_its_own_scheme_when_it_has_ended(self, world: World) -> None:
        wallet = granted(world)
        world.clock.move(hours=1, seconds=1)
        wallet.nonce()
        answer = wallet.credential(wallet.body(MDOC))
        assert error_of(answer) == INVALID_TOKEN
        assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_token"')
        assert 'algs="ES256"' in answer.headers["www-authenticate"]

    def test_it_wants_a_proof_for_itself(self, world: World) -> None:
        wallet = granted(world)
        for claims in ({"ath": None}, {"ath": "x"}):
            proof = wallet.dpop("/credential", wallet.access_token, **claims)
            headers = {"Authorization": f"DPoP {wallet.access_token}", "DPoP": proof}
            assert error_of(self.refused(wallet, headers)) == INVALID_AT_RESOURCE

    def test_it_wants_a_proof_for_this_endpoint(self, world: World) -> None:
        wallet = granted(world)
        proof = wallet.dpop("/notification", wallet.access_token)
        headers = {"Authorization": f"DPoP {wallet.access_token}", "DPoP": proof}
        assert error_of(self.refused(wallet, headers)) == INVALID_AT_RESOURCE

    def test_it_wants_a_nonce_of_this_server(self, world: World) -> None:
        wallet = granted(world)
        proof = wallet.dpop("/credential", wallet.access_token, nonce=None)
        headers = {"Authorization": f"DPoP {wallet.access_token}", "DPoP": proof}
        answer = self.refused(wallet, headers)
        assert error_of(answer) == (401, "use_dpop_nonce")
        assert answer.headers["www-authenticate"].startswith('DPoP error="use_dpop_nonce"')
        assert answer.headers["dpop-nonce"]


def test_proofs_of_strangers_take_no_room(world: World) -> None:
    wallet = granted(world)
    used = "SELECT count(*) AS used FROM consumed"
    before = invariants.rows(world.folder, used)
    thief = wallet_of(world)
    thief.nonce()
    for token in (wallet.access_token, "made-up"):
        headers = {"Authorization": f"DPoP {token}", "DPoP": thief.dpop("/credential", token)}
        assert error_of(thief.sent("/credential", b"{}", headers)) == (401, "invalid_token")
    assert invariants.rows(world.folder, used) == before


def test_bearer_token_is_worth_nothing_under_the_scheme_dpop(world: World) -> None:
    _, plain = world.granted()
    wallet = wallet_of(world)
    wallet.access_token = plain.access_token
    wallet.nonce()
    assert error_of(wallet.credential(wallet.body(MDOC))) == INVALID_TOKEN
