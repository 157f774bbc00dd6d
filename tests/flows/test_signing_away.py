"""While registry or key device is away nothing is signed: first issues wait, refreshes do not."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from station.adapters.registry.embedded import EmbeddedRegistry
from station.domain.identity import Rrn
from station.domain.registry import RegistryRecord
from station.ports import RegistryAway
from tests.flows import deferring, invariants
from tests.flows.deferring import DENIED, deferrals, transaction_of
from tests.flows.refreshing import INVALID, VALID, published, refreshed, renewed
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, credential_of, error_of
from tests.flows.world import OFFICER, World

UNAVAILABLE = (503, "temporarily_unavailable")


@contextmanager
def registry_away() -> Iterator[None]:
    """The registry does not answer."""

    def away(_self: EmbeddedRegistry, _rrn: Rrn) -> RegistryRecord | None:
        raise RegistryAway

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddedRegistry, "find", away)
        yield


class TestFirstIssue:
    @pytest.mark.parametrize("configuration", CONFIGURATIONS)
    def test_it_waits_for_the_registry_and_is_collected(
        self, world: World, configuration: str
    ) -> None:
        number, phone = world.granted()
        body = phone.body(configuration)
        with registry_away():
            transaction = transaction_of(phone.credential(body))
            assert transaction_of(phone.credential(body)) == transaction
            assert transaction_of(phone.collect(transaction)) == transaction
        assert invariants.rows(world.folder, "SELECT 1 FROM credentials") == []
        assert world.signatures == []
        answer = phone.collect(transaction)
        assert credential_of(answer)
        assert phone.notify(answer).status_code == 204
        world.station.lifecycle.activate(number, OFFICER)

    def test_what_waits_is_denied_where_the_registry_comes_back_with_a_no(
        self, world: World
    ) -> None:
        _, phone = world.granted()
        with registry_away():
            transaction = transaction_of(phone.credential(phone.body(MDOC)))
        world.register(world.kim, card_status="lost")
        assert error_of(phone.collect(transaction)) == DENIED
        assert world.signatures == []

    def test_issued_credential_does_not_wait_once_more(self, world: World) -> None:
        _, phone = world.granted()
        assert phone.credential(phone.body(MDOC)).status_code == 200
        with registry_away():
            assert error_of(phone.credential(phone.body(MDOC))) == DENIED
            assert transaction_of(phone.credential(phone.body(SD_JWT)))
        assert deferrals(world) == ["waiting"]

    def test_device_that_is_away_after_the_registry_is_back_keeps_it_waiting(
        self, world: World
    ) -> None:
        _, phone = world.granted()
        with registry_away():
            transaction = transaction_of(phone.credential(phone.body(MDOC)))
        deferring.leave(world)
        assert transaction_of(phone.collect(transaction)) == transaction
        deferring.come_back(world)
        with registry_away():
            assert transaction_of(phone.collect(transaction)) == transaction
        assert credential_of(phone.collect(transaction))


class TestRefresh:
    def test_it_is_told_when_to_ask_again_while_the_registry_is_away(self, world: World) -> None:
        _, wallet = refreshed(world)
        body = wallet.body(MDOC)
        with registry_away():
            answer = wallet.credential(body)
        assert error_of(answer) == UNAVAILABLE
        assert answer.headers["retry-after"] == "10"
        assert answer.headers["cache-control"] == "no-store"
        assert published(world) == [VALID]
        assert deferrals(world) == []
        assert credential_of(wallet.credential(body))  # Nothing was used up.

    def test_it_is_told_when_to_ask_again_while_the_key_device_is_away(self, world: World) -> None:
        _, wallet = refreshed(world)
        deferring.leave(world)
        answer = wallet.credential(wallet.body(MDOC))
        assert error_of(answer) == UNAVAILABLE
        assert published(world) == [VALID, INVALID]
        assert deferrals(world) == []
        assert error_of(wallet.credential(wallet.body(MDOC))) == UNAVAILABLE
        assert published(world) == [VALID, INVALID]  # The device was left alone.
        deferring.come_back(world)
        assert renewed(wallet)
        assert published(world) == [VALID, INVALID, VALID]
