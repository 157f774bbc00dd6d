"""Issue while the key device is away: the request waits, and is collected when it is back."""

import json
from collections.abc import Callable

import httpx
import pytest

from card_sim.phone.jose import jwk_of
from station.domain.case import Stage
from station.domain.errors import StationError
from station.ports import SignerUnavailable
from tests.flows import invariants
from tests.flows.deferring import (
    DENIED,
    INTERVAL,
    INVALID_ID,
    SERVER_ERROR,
    come_back,
    deferrals,
    deferred,
    leave,
    states,
    transaction_of,
)
from tests.flows.test_batch import batch, claims_of, credentials_of, keys
from tests.flows.test_dpop import granted as granted_bound
from tests.flows.wallet import (
    CONFIGURATIONS,
    JSON,
    MDOC,
    SD_JWT,
    credential_of,
    error_of,
    new_device_key,
)
from tests.flows.world import OFFICER, World, in_threads

MANY = 64


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_request_waits_for_the_key_device_and_is_collected(
    world: World, configuration: str
) -> None:
    number, phone, transaction = deferred(world, configuration)
    assert states(world) == {("voided", "invalid"): 1}
    assert world.signatures == []
    assert transaction_of(phone.collect(transaction)) == transaction
    come_back(world)
    answer = phone.collect(transaction)
    assert credential_of(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert states(world)["delivered", "suspended"] == 1
    assert phone.notify(answer).status_code == 204
    other = SD_JWT if configuration == MDOC else MDOC
    assert phone.credential(phone.body(other)).status_code == 200
    world.station.lifecycle.activate(number, OFFICER)
    assert world.stage(number) is Stage.ACTIVE
    assert invariants.events(world.folder).count("credential.deferred") == 1


def test_every_key_of_a_batch_gets_its_credential_in_order(world: World) -> None:
    _, phone = world.granted()
    own = keys(3)
    leave(world)
    transaction = transaction_of(phone.credential(batch(phone, SD_JWT, own)))
    come_back(world)
    issued = credentials_of(phone.collect(transaction))
    assert [claims_of(each)["cnf"]["jwk"] for each in issued] == [jwk_of(k.public) for k in own]


def test_device_that_leaves_in_the_middle_of_a_batch_makes_all_of_it_void(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it signed before stays inside, and its keys get other credentials later."""
    _, phone = world.granted()
    sign, count = world.keys.sd_jwt.sign, 0

    def leaves_after_one(to_sign: bytes) -> bytes:
        nonlocal count
        count += 1
        if count > 1:
            raise SignerUnavailable
        return sign(to_sign)

    with monkeypatch.context() as patch:
        patch.setattr(world.keys.sd_jwt, "sign", leaves_after_one)
        transaction = transaction_of(phone.credential(batch(phone, SD_JWT, keys(3))))
    assert states(world) == {("voided", "invalid"): 3}
    come_back(world)
    assert len(credentials_of(phone.collect(transaction))) == 3
    assert states(world) == {("voided", "invalid"): 3, ("delivered", "suspended"): 3}
    assert len(world.signatures) == 4


def test_lost_answer_comes_again_for_the_same_octets(world: World) -> None:
    _, phone = world.granted()
    leave(world)
    body = phone.body(MDOC)
    transaction = transaction_of(phone.credential(body))
    assert transaction_of(phone.credential(body)) == transaction
    again = world.restarted()
    phone.http = again.wallet().http
    assert transaction_of(phone.credential(body)) == transaction
    assert len(deferrals(world)) == 1
    again.clock.move(seconds=INTERVAL)
    assert credential_of(phone.collect(transaction))


def test_other_request_for_what_waits_is_denied(world: World) -> None:
    """A configuration is issued once to a token, also when it is issued later."""
    wallet = granted_bound(world)
    leave(world)
    transaction = transaction_of(wallet.credential(wallet.body(MDOC)))
    wallet.key = new_device_key()
    assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED
    come_back(world)
    assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED
    assert credential_of(wallet.collect(transaction))
    assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED


def test_collected_credential_comes_again_until_it_is_accepted(world: World) -> None:
    _, phone, transaction = deferred(world)
    come_back(world)
    first = phone.collect(transaction)
    assert credential_of(first)
    assert phone.collect(transaction).content == first.content
    again = world.restarted()
    phone.http = again.wallet().http
    second = phone.collect(transaction)
    assert second.content == first.content
    assert phone.notify(second).status_code == 204
    assert error_of(phone.collect(transaction)) == INVALID_ID
    assert len(world.signatures) == 1


def test_answered_request_does_not_wait_any_more(world: World) -> None:
    _, phone = world.granted()
    leave(world)
    body = phone.body(MDOC)
    transaction = transaction_of(phone.credential(body))
    come_back(world)
    assert credential_of(phone.collect(transaction))
    assert error_of(phone.credential(body)) == (400, "invalid_nonce")


def test_other_failures_are_no_deferral(world: World) -> None:
    _, phone = world.granted()
    world.keys.mdoc.fail = OSError("key device broken")
    assert error_of(phone.credential(phone.body(MDOC))) == SERVER_ERROR
    assert deferrals(world) == []


def test_failure_while_collecting_leaves_the_request_waiting(world: World) -> None:
    _, phone, transaction = deferred(world)
    come_back(world)
    world.keys.mdoc.fail = OSError("key device broken")
    assert error_of(phone.collect(transaction)) == SERVER_ERROR
    come_back(world)
    assert credential_of(phone.collect(transaction))
    assert states(world) == {("voided", "invalid"): 2, ("delivered", "suspended"): 1}


class TestOutage:
    def test_waiting_wallets_share_one_try_an_interval(self, world: World) -> None:
        """However often they ask: a try costs status entries for good."""
        _, first, one = deferred(world)
        _, second = world.granted(world.namgung)
        two = transaction_of(second.credential(second.body(MDOC)))
        for _ in range(5):
            transaction_of(first.collect(one))
            transaction_of(second.collect(two))
        assert states(world) == {("voided", "invalid"): 2}
        for tries in (3, 4):
            world.clock.move(seconds=INTERVAL)
            for _ in range(5):
                transaction_of(first.collect(one))
                transaction_of(second.collect(two))
            assert states(world) == {("voided", "invalid"): tries}

    def test_first_signature_ends_it_for_all(self, world: World) -> None:
        _, first, one = deferred(world)
        _, second = world.granted(world.namgung)
        two = transaction_of(second.credential(second.body(MDOC)))
        come_back(world)
        assert credential_of(first.collect(one))
        assert credential_of(second.collect(two))

    def test_key_of_one_format_does_not_hold_up_the_other(self, world: World) -> None:
        _, phone, transaction = deferred(world)
        world.keys.sd_jwt.fail = None
        assert credential_of(phone.credential(phone.body(SD_JWT)))
        assert transaction_of(phone.collect(transaction)) == transaction


class TestTransactionId:
    @pytest.mark.parametrize(
        "spoilt",
        [
            lambda _: "x",
            lambda known: known[:-1],
            lambda known: known + "=",
            lambda known: known.swapcase(),
            lambda _: "' OR 1 --",
            lambda _: "가",
        ],
    )
    def test_one_never_given_out_is_invalid(
        self, world: World, spoilt: Callable[[str], str]
    ) -> None:
        _, phone, transaction = deferred(world)
        come_back(world)
        assert error_of(phone.collect(spoilt(transaction))) == INVALID_ID
        assert world.signatures == []

    def test_one_of_another_wallet_is_worth_nothing(self, world: World) -> None:
        _, phone, transaction = deferred(world)
        _, thief = world.granted(world.namgung)
        assert error_of(thief.collect(transaction)) == INVALID_ID
        come_back(world)
        assert error_of(thief.collect(transaction)) == INVALID_ID
        assert credential_of(phone.collect(transaction))
        assert error_of(thief.collect(transaction)) == INVALID_ID

    def test_database_and_row_do_not_hold_it(self, world: World) -> None:
        _, _, transaction = deferred(world)
        [row] = invariants.rows(world.folder, "SELECT * FROM deferrals")
        assert transaction not in repr(row)
        files = [each for each in world.folder.glob("station.db*") if each.is_file()]
        assert files
        assert not any(transaction.encode() in each.read_bytes() for each in files)

    def test_many_at_once_give_one_signature(self, world: World) -> None:
        _, phone, transaction = deferred(world)
        come_back(world)
        answers = in_threads(MANY, lambda _: phone.collect(transaction))
        assert {answer.status_code for answer in answers} <= {200, 202}
        assert len({a.content for a in answers if a.status_code == 200}) == 1
        assert len(world.signatures) == 1
        assert states(world) == {("voided", "invalid"): 1, ("delivered", "suspended"): 1}

    def test_wrong_requests_are_told_so(self, world: World) -> None:
        _, phone, transaction = deferred(world)
        invalid = (400, "invalid_credential_request")
        bearer = {"Authorization": f"Bearer {phone.access_token}"}

        def post(content: bytes, kind: str = JSON) -> httpx.Response:
            headers = bearer | {"Content-Type": kind}
            return phone.http.post("/deferred_credential", content=content, headers=headers)

        for content in (b"", b"[]", b"{}", b'{"transaction_id":1}', b'{"transaction_id":""}'):
            assert error_of(post(content)) == invalid
        said = json.dumps({"transaction_id": transaction}).encode()
        assert error_of(post(said, "text/plain")) == invalid
        assert phone.http.post("/deferred_credential", content=said).status_code == 401
        assert transaction_of(post(said)) == transaction


def test_metadata_name_the_endpoint(world: World) -> None:
    metadata = world.wallet().http.get("/.well-known/openid-credential-issuer").json()
    assert metadata["deferred_credential_endpoint"] == (
        f"{metadata['credential_issuer']}/deferred_credential"
    )


def test_waiting_case_cannot_be_activated(world: World) -> None:
    number, _, _ = deferred(world)
    with pytest.raises(StationError):
        world.station.lifecycle.activate(number, OFFICER)
    assert world.stage(number) is Stage.KEY_BOUND
