"""Refresh never revives: cards that ended or are suspended, residents who are others now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flows import invariants
from tests.flows.refreshing import (
    INVALID,
    SUSPENDED,
    VALID,
    card_of,
    lift,
    moved,
    published,
    refreshed,
    renewed,
    revoke,
    suspend,
    tokens_made,
)
from tests.flows.wallet import MDOC, error_of
from tests.flows.world import World

DENIED = (400, "credential_request_denied")
INVALID_DPOP = (400, "invalid_dpop_proof")
INVALID_GRANT = (400, "invalid_grant")
INVALID_NONCE = (400, "invalid_nonce")
INVALID_PROOF = (400, "invalid_proof")
INVALID_TOKEN = (401, "invalid_token")
UNAVAILABLE = (503, "temporarily_unavailable")
MANY = 16


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
