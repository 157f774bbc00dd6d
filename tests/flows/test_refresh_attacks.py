"""Refresh attacked: by thieves, by phones that were not there, for cards that ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey

from station.domain.credential import Cause, Reason
from station.services.card_steps import end_card, lift_card, suspend_card
from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.refreshing import (
    INVALID,
    SUSPENDED,
    VALID,
    active,
    card_of,
    dpop_wallet,
    events,
    later,
    moved,
    moves,
    published,
    refreshed,
    renewed,
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


def on_card(world: World, step: Callable[..., Any], *what: Any) -> None:
    """What an officer or the registry does to the card."""
    with world.station.offering.records.transaction() as tx:
        card = tx.credentials.card(card_of(world)["id"])
        assert card is not None
        step(tx, card, OFFICER.officer, *what)


def suspend(world: World) -> None:
    on_card(world, suspend_card, Cause.PHONE_LOST)


def revoke(world: World) -> None:
    on_card(world, end_card, Reason.REISSUE_NEEDED)


def lift(world: World) -> None:
    on_card(world, lift_card, frozenset({Cause.PHONE_LOST}))


def tokens_made(world: World) -> int:
    return len(invariants.rows(world.folder, "SELECT 1 FROM tokens WHERE refresh IS NOT NULL"))


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


class TestTheCard:
    """Refresh never revives what was suspended or ended."""

    @pytest.mark.parametrize("end", [suspend, revoke])
    def test_it_is_no_grant_for_a_card_that_is_not_active(
        self, world: World, end: Callable[[World], None]
    ) -> None:
        _, wallet = moved(world)
        end(world)
        before = published(world)
        assert error_of(wallet.refresh()) == INVALID_GRANT
        assert published(world) == before
        assert tokens_made(world) == 0

    @pytest.mark.parametrize(("end", "said"), [(suspend, DENIED), (revoke, INVALID_TOKEN)])
    def test_access_token_from_before_is_worth_nothing_then(
        self, world: World, end: Callable[[World], None], said: tuple[int, str]
    ) -> None:
        _, wallet = refreshed(world)
        body = wallet.body(MDOC)
        end(world)
        assert error_of(wallet.credential(body)) == said
        assert len(published(world)) == 1

    @pytest.mark.parametrize(("end", "left"), [(suspend, SUSPENDED), (revoke, INVALID)])
    def test_card_that_ends_while_it_is_signed_releases_nothing(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        end: Callable[[World], None],
        left: str,
    ) -> None:
        _, wallet = refreshed(world)
        sign = world.keys.mdoc.sign

        def sign_then_end(to_sign: bytes) -> bytes:
            made = sign(to_sign)
            end(world)
            return made

        monkeypatch.setattr(world.keys.mdoc, "sign", sign_then_end)
        assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED
        assert published(world) == [left, INVALID]

    def test_what_was_made_anew_is_suspended_and_revoked_with_its_card(self, world: World) -> None:
        _, wallet = refreshed(world)
        renewed(wallet)
        suspend(world)
        assert published(world) == [SUSPENDED, SUSPENDED]
        lift(world)
        assert published(world) == [VALID, VALID]
        revoke(world)
        assert published(world) == [INVALID, INVALID]

    def test_what_was_replaced_does_not_come_back_with_a_lifted_suspension(
        self, world: World
    ) -> None:
        _, wallet = refreshed(world)
        wallet.notify(renewed(wallet))
        suspend(world)
        lift(world)
        assert published(world) == [INVALID, VALID]

    def test_stored_answer_dies_with_the_card(self, world: World) -> None:
        _, wallet = refreshed(world)
        body = wallet.body(MDOC)
        wallet.credential(body)
        revoke(world)
        assert error_of(wallet.credential(body)) == INVALID_TOKEN
        assert not invariants.rows(
            world.folder, "SELECT 1 FROM credentials WHERE response IS NOT NULL"
        )

    def test_card_whose_time_is_over_is_not_renewed(self, world: World) -> None:
        """Also before anything noted that it expired."""
        _, wallet = moved(world)
        with world.station.offering.records.transaction() as tx:
            card = tx.credentials.card(card_of(world)["id"])
            assert card is not None
            ended = world.clock.now().date() - timedelta(days=2)
            tx.credentials.renew_card(replace(card, expiry_date=ended))
        assert error_of(wallet.refresh()) == INVALID_GRANT


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


REFUSED_BY_THE_REGISTRY: dict[str, dict[str, str]] = {
    "another name": {"given_names": "새이름"},
    "card reported lost": {"card_status": "lost"},
    "card recalled": {"card_status": "recalled"},
    "card replaced": {"document_number": "T99999999"},
    "deceased": {"registration": "deceased"},
    "deregistered": {"registration": "deregistered"},
    "emigrated": {"registration": "emigrated"},
}


class TestTheRegistry:
    @pytest.mark.parametrize("what", REFUSED_BY_THE_REGISTRY)
    def test_who_changed_is_refused_and_not_told_why(self, world: World, what: str) -> None:
        _, wallet = refreshed(world)
        world.register(world.kim, street="시험로 99", **REFUSED_BY_THE_REGISTRY[what])
        answer = wallet.credential(wallet.body(MDOC))
        assert error_of(answer) == DENIED
        said = answer.json()["error_description"]
        assert said == "the resident registration does not allow it"
        assert published(world) == [VALID]

    @pytest.mark.parametrize("what", REFUSED_BY_THE_REGISTRY)
    def test_first_issue_asks_as_well(self, world: World, what: str) -> None:
        """Between approval and the tx_code somebody reports the card lost."""
        _, phone = world.granted()
        world.register(world.kim, **REFUSED_BY_THE_REGISTRY[what])
        assert error_of(phone.credential(phone.body(MDOC))) == DENIED
        assert published(world) == []

    def test_number_that_is_gone_is_refused(self, world: World) -> None:
        _, wallet = refreshed(world)
        other = replace(world.kim, rrn=world.kim.rrn[:-1] + "0")
        assert other.rrn != world.kim.rrn
        world.register(other, previous_rrn=world.kim.rrn)
        assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED
