"""What ends a request that waits: the officer, the case, the token."""

import pytest

from station.domain.case import Stage
from station.domain.credential import Reason
from station.ports import SignerUnavailable
from tests.flows import invariants
from tests.flows.deferring import (
    DENIED,
    INVALID_ID,
    INVALID_TOKEN,
    come_back,
    deferrals,
    deferred,
    deferred_bound,
    states,
    transaction_of,
    wallet_again,
)
from tests.flows.test_dpop import wallet_of
from tests.flows.wallet import (
    MDOC,
    SD_JWT,
    Wallet,
    credential_of,
    error_of,
)
from tests.flows.world import OFFICER, World


class TestGivenUp:
    """The officer or time ended it: the wallet is told for good, and nothing is signed."""

    @staticmethod
    def is_denied(world: World, phone: Wallet, transaction: str) -> None:
        signed = len(world.signatures)
        come_back(world)
        assert error_of(phone.collect(transaction)) == DENIED
        assert len(world.signatures) == signed
        assert deferrals(world) == ["given_up"]

    def test_cancelled_case(self, world: World) -> None:
        number, phone, transaction = deferred(world)
        world.station.counter.cancel(number, OFFICER, "resident")
        self.is_denied(world, phone, transaction)

    def test_revoked_card(self, world: World) -> None:
        _, phone, transaction = deferred(world)
        [card] = world.station.lifecycle.list(9, OFFICER)
        world.station.lifecycle.revoke(card.id, OFFICER, Reason.REISSUE_NEEDED)
        self.is_denied(world, phone, transaction)

    def test_replaced_offer(self, world: World) -> None:
        """Also the new token of the same case does not get what the old one waited for."""
        number, phone, transaction = deferred(world)
        new = world.wallet()
        new.fetch(world.offer(number))
        assert new.exchange(world.tx_code(number)).status_code == 200
        self.is_denied(world, phone, transaction)
        assert error_of(new.collect(transaction)) == INVALID_ID
        assert credential_of(new.credential(new.body(MDOC)))
        world.station.lifecycle.activate(number, OFFICER)
        assert error_of(phone.collect(transaction)) == DENIED

    def test_case_at_its_end_swept_or_not(self, world: World) -> None:
        number, wallet, transaction = deferred_bound(world)
        come_back(world)
        world.clock.move(minutes=60)
        assert error_of(wallet_again(wallet).collect(transaction)) == DENIED
        world.station.delivery.sweep()
        assert world.stage(number) is Stage.EXPIRED
        self.is_denied(world, wallet, transaction)

    def test_activation_without_it(self, world: World) -> None:
        """The officer saw the other format on the phone; what waits would come too late."""
        number, phone, transaction = deferred(world)
        world.keys.sd_jwt.fail = None
        assert credential_of(phone.credential(phone.body(SD_JWT)))
        world.station.lifecycle.activate(number, OFFICER)
        self.is_denied(world, phone, transaction)

    def test_what_was_collected_and_taken_back(self, world: World) -> None:
        number, phone, transaction = deferred(world)
        come_back(world)
        assert credential_of(phone.collect(transaction))
        world.station.counter.cancel(number, OFFICER, "resident")
        assert error_of(phone.collect(transaction)) == DENIED
        assert states(world) == {("voided", "invalid"): 1, ("delivered", "invalid"): 1}

    def test_case_cancelled_while_it_is_signed_at_last(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number, phone, transaction = deferred(world)
        come_back(world)
        sign = world.keys.mdoc.sign

        def cancel_then_sign(to_sign: bytes) -> bytes:
            made = sign(to_sign)
            world.station.counter.cancel(number, OFFICER, "resident")
            return made

        with monkeypatch.context() as patch:
            patch.setattr(world.keys.mdoc, "sign", cancel_then_sign)
            assert error_of(phone.collect(transaction)) == DENIED
        assert states(world) == {("voided", "invalid"): 2}

    def test_case_cancelled_while_the_device_turned_out_to_be_away(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number, phone = world.granted()

        def cancel_and_leave(_: bytes) -> bytes:
            world.station.counter.cancel(number, OFFICER, "resident")
            raise SignerUnavailable

        monkeypatch.setattr(world.keys.mdoc, "sign", cancel_and_leave)
        assert error_of(phone.credential(phone.body(MDOC))) == DENIED
        assert deferrals(world) == []
        assert states(world) == {("voided", "invalid"): 1}


class TestTime:
    def test_bearer_token_ends_and_the_officer_offers_again(self, world: World) -> None:
        number, phone, transaction = deferred(world)
        world.clock.move(minutes=5)
        world.station.delivery.sweep()
        assert transaction_of(phone.collect(transaction)) == transaction
        world.clock.move(seconds=1)
        assert error_of(phone.collect(transaction)) == INVALID_TOKEN
        world.station.delivery.sweep()
        assert world.stage(number) is Stage.APPROVED
        assert deferrals(world) == ["given_up"]
        come_back(world)
        phone = world.wallet()
        phone.fetch(world.offer(number))
        assert phone.exchange(world.tx_code(number)).status_code == 200
        assert credential_of(phone.credential(phone.body(MDOC)))

    def test_bound_token_waits_as_long_as_its_case(self, world: World) -> None:
        number, wallet, transaction = deferred_bound(world)
        for _ in range(11):
            world.clock.move(minutes=5)
            world.station.delivery.sweep()
            assert transaction_of(wallet_again(wallet).collect(transaction)) == transaction
        come_back(world)
        answer = wallet.collect(transaction)
        assert credential_of(answer)
        assert wallet.notify(answer).status_code == 204
        world.station.lifecycle.activate(number, OFFICER)

    @pytest.mark.parametrize(("minutes", "seconds"), [(30, 1800), (60, 3600), (600, 3600)])
    def test_bound_token_lives_to_the_end_of_its_case_at_most_an_hour(
        self, world: World, monkeypatch: pytest.MonkeyPatch, minutes: int, seconds: int
    ) -> None:
        monkeypatch.setenv("STATION_POLICY__CASE_MINUTES", str(minutes))
        world = world.restarted()
        number = world.approved()
        wallet = wallet_of(world)
        wallet.fetch(world.offer(number))
        wallet.nonce()
        answer = wallet.exchange(world.tx_code(number))
        assert answer.json()["expires_in"] == seconds
        world.clock.move(seconds=seconds)
        wallet_again(wallet)
        assert error_of(wallet.collect("x")) == INVALID_ID
        world.clock.move(seconds=1)
        assert error_of(wallet.collect("x")) == INVALID_TOKEN

    def test_bound_token_is_not_granted_after_the_end_of_its_case(self, world: World) -> None:
        number = world.approved()
        world.clock.move(minutes=59)
        wallet = wallet_of(world)
        wallet.fetch(world.offer(number))
        wallet.nonce()
        code = world.tx_code(number)
        world.clock.move(minutes=1)
        assert error_of(wallet.exchange(code)) == (400, "invalid_grant")
        assert invariants.rows(world.folder, "SELECT 1 FROM tokens") == []

    def test_what_waits_in_vain_beside_a_delivered_credential_is_given_up(
        self, world: World
    ) -> None:
        number, phone, transaction = deferred(world)
        world.keys.sd_jwt.fail = None
        assert credential_of(phone.credential(phone.body(SD_JWT)))
        world.clock.move(minutes=5, seconds=1)
        world.station.delivery.sweep()
        assert world.stage(number) is Stage.ISSUED
        assert deferrals(world) == ["given_up"]
        assert error_of(phone.collect(transaction)) == DENIED
        before = invariants.everything(world.folder)
        world.station.delivery.sweep()
        assert invariants.everything(world.folder) == before
        world.station.lifecycle.activate(number, OFFICER)

    def test_recovery_changes_nothing_of_what_waits(self, world: World) -> None:
        _, _, _ = deferred(world)
        assert world.station.delivery.recover() == 0
        assert deferrals(world) == ["waiting"]
