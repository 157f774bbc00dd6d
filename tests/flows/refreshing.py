"""Wallets that come back for credentials made anew, and residents to whom things happen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx

from card_sim.persons import Person
from card_sim.persons.person import rrn_for
from station.domain.ages import birthday
from station.domain.credential import Cause, Reason
from station.domain.grant import korean_day
from station.services.card_steps import end_card, lift_card, suspend_card
from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.wallet import CONFIGURATIONS, MDOC, credential_of
from tests.flows.world import OFFICER, World

VALID, INVALID, SUSPENDED = "valid", "invalid", "suspended"
NEW_STREET = "시험로 99"


def dpop_wallet(world: World) -> DpopWallet:
    plain = world.wallet()
    return DpopWallet(plain.http, plain.issuer, plain.signer, plain.clock)


def active(
    world: World, person: Person | None = None, *, days: float = 1
) -> tuple[str, DpopWallet]:
    """A closed case whose wallet has both credentials of an active card, so many days later."""
    number = world.approved(person)
    wallet = dpop_wallet(world)
    assert wallet.fetch(world.offer(number)).status_code == 200
    wallet.nonce()
    assert wallet.exchange(world.tx_code(number)).status_code == 200
    for configuration in CONFIGURATIONS:
        answer = wallet.credential(wallet.body(configuration))
        assert credential_of(answer)
        assert wallet.notify(answer).status_code == 204
    world.station.lifecycle.activate(number, OFFICER)
    world.station.papers.receipt(number, OFFICER)
    later(world, wallet, days=days)
    return number, wallet


def later(world: World, wallet: DpopWallet, **by: float) -> None:
    """Time passes, and the wallet takes a nonce of the server that is fresh."""
    world.clock.move(**by)
    wallet.nonce()


def moves(world: World, person: Person | None = None, street: str = NEW_STREET) -> None:
    """The resident is registered at another address."""
    world.register(person or world.kim, street=street)


def moved(world: World) -> tuple[str, DpopWallet]:
    """An active card whose credentials are due: its holder moved."""
    number, wallet = active(world)
    moves(world)
    return number, wallet


def refreshed(world: World) -> tuple[str, DpopWallet]:
    """The same, and the wallet has an access token for it."""
    number, wallet = moved(world)
    answer = wallet.refresh()
    assert answer.status_code == 200, answer.text
    return number, wallet


def renewed(wallet: DpopWallet, configuration: str = MDOC) -> httpx.Response:
    """A credential made anew under the wallet's access token."""
    answer = wallet.credential(wallet.body(configuration))
    assert answer.status_code == 200, answer.text
    return answer


def published(world: World, configuration: str = MDOC) -> list[str]:
    """What the lists say of each credential of a configuration, in the order they were made."""
    query = "SELECT published FROM credentials WHERE configuration = ? ORDER BY intended_at, id"
    return [row["published"] for row in invariants.rows(world.folder, query, configuration)]


def card_of(world: World) -> invariants.Row:
    [card] = invariants.rows(world.folder, "SELECT * FROM mobile_cards")
    return card


def events(world: World, *names: str) -> list[str]:
    """The audit entries with these names, in order."""
    return [each for each in invariants.events(world.folder) if each in names]


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


def turning(world: World, age: int, within: timedelta) -> Person:
    """Somebody who turns `age` so long after today; known to the registry."""
    today = korean_day(world.clock.now())
    born = _born(today + within, age)
    person = replace(
        world.kim,
        id=f"turning-{age}",
        date_of_birth=born,
        rrn=rrn_for(born, "3900731" if born.year >= 2000 else "1900731"),
        document_number="T90000731",
    )
    world.register(person)
    return person


def _born(day: date, age: int) -> date:
    born = day.replace(year=day.year - age)
    assert birthday(born, age) == day
    return born
