"""The life of a PIN, reader and card: changed, unblocked, reset, switched; never tried twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from apdu.crypto.curves import P256
from apdu.errors import (
    CardRemoved,
    ProtocolError,
    StatusError,
    TransportError,
    VerificationFailed,
)
from apdu.exchange import Exchange, run
from apdu.iso7816 import StatusWord
from apdu.lds import security_infos
from apdu.profiles import pin_service
from apdu.profiles.checks import CheckFailed
from apdu.profiles.eac import TerminalCredentials
from apdu.profiles.krrc import can, pin, puk, read_card
from apdu.profiles.survey import Survey, SurveySpent, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import (
    Password,
    PinBlocked,
    PinDeactivated,
    PinSuspended,
    PukBlocked,
)
from apdu.protocols.pin import PinNotChanged, PinState, PinStatus
from apdu.protocols.terminal_authentication import TerminalRejected
from apdu.protocols.terminal_chain import TerminalLacksRight
from card_sim import pin_management
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.memory import Memory
from card_sim.personalize import CardType, cloned
from tests.apdu.profiles.taps import (
    CARD_ACCESS,
    CARD_SECURITY,
    NOW,
    Tap,
    content_of,
    with_file,
    with_flipped,
)
from tests.card_sim.chains import FULL_RIGHTS, chain_with_rights
from tests.card_sim.world import World

OPERATIONAL = PinStatus(PinState.OPERATIONAL, None)
NEW = pin("135792")
WRONG = pin("000000")
WRONG_PUK = puk("0000000000")
LAST_OF_PACE = bytes.fromhex("00860000")


@dataclass
class Link:
    """A card in the field that counts what passes; `fails` makes the link break at a command."""

    card: VirtualCard
    fails: Callable[[bytes], bool] = lambda command: False
    log: list[bytes] = field(default_factory=list)

    def transmit(self, command: bytes) -> bytes:
        self.log.append(command)
        if self.fails(command):
            raise TransportError("the link broke")
        return self.card.transmit(command)

    @property
    def presented(self) -> int:
        """How often PACE went to its last step, in clear, which is where a try is spent."""
        return sum(command[:4] == LAST_OF_PACE for command in self.log)


@dataclass
class Pulled(Link):
    """The card is taken out after `last` commands."""

    last: int = 0

    def transmit(self, command: bytes) -> bytes:
        if len(self.log) == self.last:
            raise CardRemoved("the card was taken out")
        return super().transmit(command)


@dataclass
class Service:
    """One card with its memory, and everything a tap needs."""

    world: World
    memory: Memory
    data: CardData | None = None
    tap: Tap = field(init=False)

    def __post_init__(self) -> None:
        self.tap = Tap(self.world, self.data or self.world.data(), memory=self.memory)

    def link(self, fails: Callable[[bytes], bool] = lambda command: False) -> Link:
        return Link(self.tap.link(), fails)

    def run(self, tap: Callable[..., Exchange[PinStatus]], *arguments: Any) -> PinStatus:
        """Survey the card, then run the tap on it with these arguments."""
        link = self.link()
        return run(tap(run(survey(), link), *arguments), link)

    def status(self) -> PinStatus:
        return run(survey(), self.link()).pin

    def opens(self, password: Password) -> bool:
        """Whether this PIN opens the card now; a wrong one costs its try."""
        link = self.link()
        found = run(survey(), link)
        trust = TrustStore((self.world.home.pki.csca.der,))
        try:
            return run(read_card(found, password, self.terminal(), trust, NOW), link).genuine
        except VerificationFailed:
            return False

    def terminal(self) -> TerminalCredentials:
        return self.tap.terminal()

    @property
    def authority(self) -> tuple[Password, TerminalCredentials, TrustStore, datetime]:
        """CAN, terminal, trust and time of a tap by a terminal that may manage PINs."""
        trust = TrustStore((self.world.home.pki.csca.der,))
        return can(self.world.person.can), self.terminal(), trust, NOW


@pytest.fixture
def service(world: World) -> Service:
    return Service(world, world.memory())


def in_state(world: World, **changes: Any) -> Service:
    return Service(world, world.memory(state=replace(world.state(), **changes)))


def holder(world: World) -> Password:
    return pin(world.person.pin)


# Change by the holder.


def test_changed_pin_opens_the_card_and_the_old_one_costs_a_try(
    world: World, service: Service
) -> None:
    assert service.run(pin_service.change, holder(world), NEW) == OPERATIONAL
    assert not service.opens(holder(world))
    assert service.status() == PinStatus(PinState.OPERATIONAL, 2)
    assert service.opens(NEW)
    assert service.status() == OPERATIONAL


def test_change_takes_one_presentation_and_one_reset(world: World, service: Service) -> None:
    link = service.link()
    found = run(survey(), link)
    surveyed = len(link.log)
    run(pin_service.change(found, holder(world), NEW), link)
    assert len(link.log) == surveyed + 5 + 1 + 1, "PACE, RESET RETRY COUNTER, the counter"
    assert link.presented == 1
    assert link.log[-2][:2] == b"\x0c\x2c", "the new PIN goes under secure messaging"


def test_wrong_pin_changes_nothing_and_is_not_tried_again(world: World, service: Service) -> None:
    link = service.link()
    found = run(survey(), link)
    with pytest.raises(VerificationFailed) as caught:
        run(pin_service.change(found, WRONG, NEW), link)
    assert caught.value.tries_left == 2
    assert link.presented == 1
    assert service.opens(holder(world))


def test_suspended_pin_is_changed_with_the_can_in_the_same_session(world: World) -> None:
    service = in_state(world, pin_tries=1)
    link = service.link()
    found = run(survey(), link)
    exchange = pin_service.change(found, holder(world), NEW, can=can(world.person.can))
    assert run(exchange, link) == OPERATIONAL
    assert service.opens(NEW)


def test_can_is_not_presented_where_the_pin_is_not_suspended(
    world: World, service: Service
) -> None:
    link = service.link()
    found = run(survey(), link)
    wrong_can = can("000000")
    assert run(pin_service.change(found, holder(world), NEW, can=wrong_can), link) == OPERATIONAL


def test_wrong_can_leaves_the_last_try_alone(world: World) -> None:
    service = in_state(world, pin_tries=1)
    link = service.link()
    found = run(survey(), link)
    with pytest.raises(VerificationFailed, match="with CAN"):
        run(pin_service.change(found, holder(world), NEW, can=can("000000")), link)
    assert service.status() == PinStatus(PinState.SUSPENDED, 1)


def test_wrong_pin_at_the_last_try_blocks_it(world: World) -> None:
    service = in_state(world, pin_tries=1)
    link = service.link()
    found = run(survey(), link)
    with pytest.raises(VerificationFailed) as caught:
        run(pin_service.change(found, WRONG, NEW, can=can(world.person.can)), link)
    assert caught.value.tries_left == 0
    assert service.status() == PinStatus(PinState.BLOCKED, 0)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pin_tries": 1}, PinSuspended),
        ({"pin_tries": 0}, PinBlocked),
        ({"pin_active": False}, PinDeactivated),
    ],
)
def test_pin_the_card_would_not_take_is_not_presented(
    world: World, changes: dict[str, Any], error: type[StatusError]
) -> None:
    service = in_state(world, **changes)
    link = service.link()
    found = run(survey(), link)
    surveyed = len(link.log)
    with pytest.raises(error):
        run(pin_service.change(found, holder(world), NEW), link)
    assert len(link.log) == surveyed, "the card hears nothing of it"


# Unblock with the PUK.


@pytest.mark.parametrize("tries", [0, 1, 2])
def test_puk_gives_the_pin_its_tries_back(world: World, tries: int) -> None:
    service = in_state(world, pin_tries=tries)
    assert service.run(pin_service.unblock, puk(world.person.puk)) == OPERATIONAL
    assert service.opens(holder(world))


def test_puk_sets_a_new_pin_where_the_card_lets_it(world: World) -> None:
    service = in_state(world, pin_tries=0)
    assert service.run(pin_service.unblock, puk(world.person.puk), NEW) == OPERATIONAL
    assert service.opens(NEW)


def test_card_that_keeps_its_pin_is_told_from_one_that_stays_blocked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    holders = dict(pin_management.PERMITTED)
    holders[pin_management.Authority.HOLDER_WITH_PUK] = frozenset(
        {pin_management.Operation.UNBLOCK}
    )
    monkeypatch.setattr(pin_management, "PERMITTED", holders)
    service = in_state(world, pin_tries=0)
    with pytest.raises(PinNotChanged):
        service.run(pin_service.unblock, puk(world.person.puk), NEW)
    assert service.status() == OPERATIONAL
    assert service.opens(holder(world))


def test_wrong_puk_tells_the_uses_left_and_is_not_tried_again(world: World) -> None:
    service = in_state(world, pin_tries=0, puk_uses=10)
    link = service.link()
    found = run(survey(), link)
    with pytest.raises(VerificationFailed) as caught:
        run(pin_service.unblock(found, WRONG_PUK), link)
    assert caught.value.tries_left == 9
    assert link.presented == 1
    assert service.status() == PinStatus(PinState.BLOCKED, 0)


def test_used_up_puk_has_an_error_of_its_own(world: World) -> None:
    service = in_state(world, pin_tries=0, puk_uses=0)
    link = service.link()
    found = run(survey(), link)
    with pytest.raises(PukBlocked):
        run(pin_service.unblock(found, puk(world.person.puk)), link)
    assert link.presented == 0


# By a terminal with the right to manage PINs.


@pytest.mark.parametrize("tries", [0, 1, 3])
def test_terminal_unblocks_the_pin(world: World, tries: int) -> None:
    service = in_state(world, pin_tries=tries)
    assert service.run(pin_service.reset_by_terminal, *service.authority) == OPERATIONAL
    assert service.opens(holder(world))


def test_terminal_resets_a_forgotten_pin(world: World) -> None:
    service = in_state(world, pin_tries=0, puk_uses=0)
    status = service.run(pin_service.reset_by_terminal, *service.authority, NEW)
    assert status == OPERATIONAL
    assert service.opens(NEW)


def test_terminal_switches_the_pin_off_and_on(world: World, service: Service) -> None:
    off = service.run(pin_service.deactivate, *service.authority)
    assert off == PinStatus(PinState.DEACTIVATED, None)
    with pytest.raises(PinDeactivated):
        service.opens(holder(world))
    assert service.run(pin_service.activate, *service.authority) == OPERATIONAL
    assert service.opens(holder(world))


@pytest.mark.parametrize("card_type", [CardType.KRRC_1_P384, CardType.KRRC_1_SHORT])
def test_every_kind_of_card_is_reset(world: World, card_type: CardType) -> None:
    state = replace(world.state(card_type), pin_tries=0)
    service = Service(world, world.memory(state=state), world.data(card_type))
    assert service.run(pin_service.reset_by_terminal, *service.authority, NEW) == OPERATIONAL
    assert service.opens(NEW)


@pytest.mark.parametrize("bit", [4, 5], ids=["CAN", "PIN management"])
@pytest.mark.parametrize("place", [0, 1, 2], ids=["root", "verifier", "terminal"])
def test_terminal_without_a_right_is_stopped_before_the_card_hears_of_it(
    world: World, place: int, bit: int
) -> None:
    rights = [FULL_RIGHTS & ~(1 << bit) if n == place else FULL_RIGHTS for n in range(3)]
    service = in_state(world, pin_tries=0)
    service.tap.chain = chain_with_rights(rights)
    with pytest.raises(TerminalLacksRight):
        pin_service.require_terminal(service.terminal(), NOW)
    link = service.link()
    found = run(survey(), link)
    surveyed = len(link.log)
    with pytest.raises(TerminalLacksRight):
        run(pin_service.reset_by_terminal(found, *service.authority, NEW), link)
    assert len(link.log) == surveyed


def _clone(world: World) -> CardData:
    return cloned(world.data())


def _altered(world: World) -> CardData:
    return with_flipped(world.data(), Application.MASTER, CARD_SECURITY)


@pytest.mark.parametrize(
    ("attack", "check"),
    [(_clone, "chip_authentication"), (_altered, "card_security_authentic")],
)
def test_new_pin_is_not_sent_to_a_chip_that_is_not_genuine(
    world: World, attack: Callable[[World], CardData], check: str
) -> None:
    """A clone that wants to know the PIN: the officer's resident must not tell it."""
    service = Service(world, world.memory(), attack(world))
    link = service.link()
    found = run(survey(), link)
    with pytest.raises(CheckFailed) as caught:
        run(pin_service.reset_by_terminal(found, *service.authority, NEW), link)
    assert caught.value.check.name == check
    assert not any(command[1] == 0x2C for command in link.log)


def test_terminal_with_another_key_resets_nothing(world: World) -> None:
    service = in_state(world, pin_tries=0)
    service.tap.chain = replace(world.chain, terminal_key=P256.generate())
    with pytest.raises(TerminalRejected):
        service.run(pin_service.reset_by_terminal, *service.authority, NEW)
    assert service.status() == PinStatus(PinState.BLOCKED, 0)


# Nothing is ever tried again by itself.


def taps(world: World) -> Iterator[tuple[str, Callable[[Survey], Exchange[PinStatus]]]]:
    known = (can(world.person.can), Tap(world, world.data()).terminal())
    trust = TrustStore((world.home.pki.csca.der,))
    yield "change", lambda found: pin_service.change(found, holder(world), NEW)
    yield "unblock", lambda found: pin_service.unblock(found, puk(world.person.puk), NEW)
    yield (
        "reset",
        lambda found: pin_service.reset_by_terminal(found, *known, trust, NOW, NEW),
    )


@pytest.mark.parametrize("name", ["change", "unblock", "reset"])
def test_after_a_transport_error_the_card_has_to_be_surveyed_again(world: World, name: str) -> None:
    """Nobody knows what reached the card: the counter is read before anything is presented."""
    service = Service(world, world.memory())
    tap = dict(taps(world))[name]
    link = service.link(lambda command: command[:4] == LAST_OF_PACE)
    found = run(survey(), link)
    with pytest.raises(TransportError):
        run(tap(found), link)
    sent = len(link.log)
    with pytest.raises(SurveySpent):
        run(tap(found), service.link())
    assert len(link.log) == sent
    link = service.link()
    assert run(tap(run(survey(), link)), link) == OPERATIONAL


@pytest.mark.parametrize("name", ["change", "unblock", "reset"])
def test_card_pulled_at_any_command_never_sees_a_password_twice(world: World, name: str) -> None:
    tap = dict(taps(world))[name]
    for last in range(100):
        service = Service(world, world.memory())
        link = Pulled(service.tap.link(), last=last)
        try:
            run(tap(run(survey(), link)), link)
        except CardRemoved:
            assert link.presented <= 1
            continue
        assert link.presented == 1
        assert len(link.log) == last > 8
        return
    raise AssertionError


def test_status_afterwards_is_asked_once_more_of_a_card_that_only_ends_its_channel(
    world: World, service: Service
) -> None:
    """The first plain command after secure messaging is refused by some cards, whatever it is."""

    class Abrupt(Link):
        def transmit(self, command: bytes) -> bytes:
            answer = super().transmit(command)
            was_protected = len(self.log) > 1 and self.log[-2][0] & 0x0C
            ends = was_protected and not command[0] & 0x0C
            return StatusWord.SM_OBJECT_MISSING.to_bytes(2) if ends else answer

    link = Abrupt(service.tap.link())
    found = run(survey(), link)
    assert run(pin_service.change(found, holder(world), NEW), link) == OPERATIONAL
    assert link.log[-1] == link.log[-2]


def test_refusal_to_change_is_raised_and_leaves_the_pin(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        pin_management, "PERMITTED", dict.fromkeys(pin_management.PERMITTED, frozenset())
    )
    with pytest.raises(StatusError, match="RESET_RETRY_COUNTER: card answered 6982"):
        service.run(pin_service.change, holder(world), NEW)
    assert service.opens(holder(world))


def test_no_error_of_a_pin_carries_it(world: World, service: Service) -> None:
    secrets = (world.person.pin, NEW.value, world.person.puk, world.person.can, WRONG.value)
    taps: tuple[Callable[[Survey], Exchange[PinStatus]], ...] = (
        lambda found: pin_service.change(found, WRONG, NEW),
        lambda found: pin_service.unblock(found, WRONG_PUK, NEW),
    )
    for tap in taps:
        link = service.link()
        with pytest.raises(StatusError) as caught:
            run(tap(run(survey(), link)), link)
        shown = f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
        assert not any(secret in shown for secret in secrets)


def test_a_card_without_what_eac_needs_is_not_given_the_can(world: World) -> None:
    infos = security_infos.decode(content_of(world.data(), Application.MASTER, CARD_ACCESS))
    changed = security_infos.encode(replace(infos, chip_authentication=()))
    data = with_file(world.data(), Application.MASTER, CARD_ACCESS, changed)
    service = Service(world, world.memory(), data)
    link = service.link()
    found = run(survey(), link)
    with pytest.raises(ProtocolError, match="chip authentication"):
        run(pin_service.reset_by_terminal(found, *service.authority), link)
    assert link.presented == 0
