"""A key device that goes away and comes back, and what waits for it."""

from collections import Counter

import httpx

from station.ports import SignerUnavailable
from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.test_dpop import granted as granted_bound
from tests.flows.wallet import MDOC, Wallet
from tests.flows.world import World

DENIED = (400, "credential_request_denied")
INVALID_ID = (400, "invalid_transaction_id")
INVALID_TOKEN = (401, "invalid_token")
SERVER_ERROR = (500, "server_error")
INTERVAL = 10


def leave(world: World) -> None:
    """The key device goes away."""
    world.keys.mdoc.fail = world.keys.sd_jwt.fail = SignerUnavailable()


def come_back(world: World) -> None:
    """The key device is there again, and every wallet waited as it was told."""
    world.keys.mdoc.fail = world.keys.sd_jwt.fail = None
    world.clock.move(seconds=INTERVAL)


def transaction_of(answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json()
    assert set(content) == {"transaction_id", "interval"}
    assert content["interval"] == INTERVAL
    return str(content["transaction_id"])


def deferred(world: World, configuration: str = MDOC) -> tuple[str, Wallet, str]:
    """A case, its wallet and the transaction id under which it waits."""
    number, phone = world.granted()
    leave(world)
    return number, phone, transaction_of(phone.credential(phone.body(configuration)))


def deferred_bound(world: World) -> tuple[str, DpopWallet, str]:
    """The same with a token that is bound to a key."""
    wallet = granted_bound(world)
    leave(world)
    transaction = transaction_of(wallet.credential(wallet.body(MDOC)))
    [case] = invariants.rows(world.folder, "SELECT number FROM cases")
    return case["number"], wallet, transaction


def states(world: World) -> Counter[tuple[str, str]]:
    rows = invariants.rows(world.folder, "SELECT state, published FROM credentials")
    return Counter((row["state"], row["published"]) for row in rows)


def deferrals(world: World) -> list[str]:
    return [row["state"] for row in invariants.rows(world.folder, "SELECT state FROM deferrals")]


def wallet_again(wallet: DpopWallet) -> DpopWallet:
    """With a nonce of the server that is fresh."""
    wallet.nonce()
    return wallet
