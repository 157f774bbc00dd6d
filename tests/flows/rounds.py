"""What is contested, in rounds: how a case comes there, who tries what, what may come of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from card_sim.card import VirtualCard
from card_sim.home import Home
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, fresh_state
from station.bootstrap import Station
from station.domain.evidence import IC_PIN, QR_COUNTER
from station.domain.officer import Purpose, SignedIn
from station.domain.roles import Role
from station.openid4vci.token import TokenRequest
from station.services import totp
from station.services.counter import Seen
from tests.flows import bulk, invariants
from tests.flows.contested import PROCESSES, Attempt, Round
from tests.flows.wallet import JSON, MDOC, Wallet
from tests.flows.world import OFFICER, READER, Desk, World
from tests.station.signed_in import COUNTER, signed_in

HOLDER = "officer-park"
SIGNER, PASSWORD, SECRET = "officer-shin", "correct battery horse", b"s" * totp.SECRET_LENGTH
WRONG_STAGE = frozenset({"case.wrong_stage"})


def opened(world: World, eyes: int = 1, by: SignedIn = OFFICER) -> str:
    by_two = frozenset({QR_COUNTER.name} if eyes > 1 else ())
    counter = replace(world.station.counter, four_eyes=by_two)
    return counter.open_case(by, QR_COUNTER.name, QR_COUNTER.consents).number


def identified(world: World, place: int, eyes: int = 1) -> str:
    number = opened(world, eyes)
    find(world.station, number, OFFICER, person(world, place))
    world.station.counter.identify(number, OFFICER, Seen(True, "resident_card"))
    return number


def person(world: World, place: int) -> tuple[str, str]:
    """Number and full name, as the resident writes them."""
    return bulk.rrn_of(place).digits, world.materials.home.residents["yun-sora"].name


def approved(world: World, place: int, eyes: int = 1) -> str:
    number = identified(world, place, eyes)
    world.station.deciding.approve(number, OFFICER)
    return number


def scanned(world: World, place: int) -> tuple[str, Wallet]:
    number = approved(world, place)
    phone = world.wallet()
    assert phone.fetch(world.offer(number)).status_code == 200
    return number, phone


def granted(world: World, place: int) -> tuple[str, Wallet]:
    number, phone = scanned(world, place)
    assert phone.exchange(world.tx_code(number)).status_code == 200
    return number, phone


def issued(world: World, place: int) -> str:
    number, phone = granted(world, place)
    assert phone.credential(phone.body(MDOC)).status_code == 200
    return number


def find(station: Station, number: str, by: SignedIn, who: tuple[str, str]) -> object:
    return station.look_up.find(number, by, who, Purpose.ISSUANCE)


def approve(station: Station, number: str, by: SignedIn) -> object:
    return station.deciding.approve(number, by)


def countersign(station: Station, number: str, by: SignedIn) -> object:
    return station.deciding.countersign(number, by)


def hand_over(station: Station, number: str, by: SignedIn, to: str) -> object:
    return station.counter.hand_over(number, by, to)


def exchange(station: Station, code: str, tx_code: str) -> object:
    return station.offering.exchange(TokenRequest(code, tx_code))


def ask(station: Station, token: str, body: bytes) -> object:
    return station.issuance.issue(token, body, JSON)


def activate(station: Station, number: str, by: SignedIn) -> object:
    return station.lifecycle.activate(number, by)


def cancel(station: Station, number: str, by: SignedIn) -> object:
    return station.counter.cancel(number, by, "resident")


def sign_in(station: Station, name: str, code: str) -> object:
    return station.signing_in.sign_in(name, PASSWORD, code, "test desk")


def read(station: Station, number: str, by: SignedIn, home: Path, name: str) -> object:
    desk = Desk()
    desk.card, pin = card_of(home, name)
    return replace(station.tap, readers=desk).read_card(number, by, READER, lambda _: pin)


def card_of(folder: Path, name: str) -> tuple[VirtualCard, str]:
    """The card of somebody, on a reader of the process; and its PIN."""
    home = Home(folder, date.today())
    holder, kind = home.person(name), CardType.KRRC_1
    memory = Memory(Volatile(), fresh_state(holder, home.pki, kind))
    card = VirtualCard(home.card(holder, kind), memory)
    card.power_on()
    return card, holder.pin


def everybody(deed: Callable[..., object], *arguments: object) -> list[Attempt]:
    return [Attempt(deed, arguments)] * PROCESSES


def others(world: World) -> list[SignedIn]:
    """An officer for each process, none of whom had a part in any case."""
    roles = COUNTER | {Role.APPROVER}
    return [signed_in(world.station, f"officer-{n}", roles) for n in range(PROCESSES)]


def told(world: World, number: str, *events: str) -> int:
    """How often the log of a case tells of `events`."""
    query = "SELECT event FROM audit JOIN cases ON cases.id = case_id WHERE number = ?"
    found = [row["event"] for row in invariants.rows(world.folder, query, number)]
    return sum(found.count(event) for event in events)


def approving(world: World, place: int) -> Round:
    number = identified(world, place)
    attempts = everybody(approve, number, OFFICER)
    return Round(attempts, WRONG_STAGE, lambda: told(world, number, "case.approved"))


def countersigning(world: World, place: int) -> Round:
    """By an approver each: one of them is in the record, the others are not."""
    number = approved(world, place, eyes=2)
    query = (
        "SELECT 1 FROM case_parts JOIN cases ON cases.id = case_id"
        " WHERE number = ? AND part = 'approver'"
    )

    def effects() -> int:
        assert told(world, number, "case.approved") == 1
        return len(invariants.rows(world.folder, query, number))

    attempts = [Attempt(countersign, (number, each)) for each in others(world)]
    return Round(attempts, WRONG_STAGE, effects)


def exchanging(world: World, place: int) -> Round:
    number, phone = scanned(world, place)
    attempts = everybody(exchange, phone.code, world.tx_code(number))
    lost = frozenset({"invalid_grant"})
    return Round(attempts, lost, lambda: told(world, number, "token.granted"))


def opening_a_card(world: World, place: int) -> Round:
    """The wallets of eight cases of one resident ask: one gets the one open card."""
    cases = [granted(world, place) for _ in range(PROCESSES)]
    attempts = [Attempt(ask, (phone.access_token, phone.body(MDOC))) for _, phone in cases]
    open_cards = "SELECT case_id FROM mobile_cards WHERE state = 'pending_activation'"

    def effects() -> int:
        [_] = invariants.rows(world.folder, open_cards)
        return sum(told(world, number, "credential.signed") for number, _ in cases)

    def after() -> None:
        for number, _ in cases:
            world.station.counter.cancel(number, OFFICER, "resident")

    lost = frozenset({"credential_request_denied"})
    return Round(attempts, lost, effects, after=after)


def activating(world: World, place: int) -> Round:
    number = issued(world, place)
    attempts = everybody(activate, number, OFFICER)
    return Round(attempts, WRONG_STAGE, lambda: told(world, number, "credential.activated"))


def activating_or_cancelling(world: World, place: int) -> Round:
    number = issued(world, place)
    attempts = [Attempt((activate, cancel)[n % 2], (number, OFFICER)) for n in range(PROCESSES)]
    ends = ("credential.activated", "case.cancelled")
    return Round(attempts, WRONG_STAGE, lambda: told(world, number, *ends))


def handing_over(world: World, place: int) -> Round:
    """By one who is no approver: whoever has handed a case over has it no more."""
    by = signed_in(world.station, HOLDER, COUNTER)
    number = opened(world, by=by)
    attempts = [Attempt(hand_over, (number, by, each.officer)) for each in others(world)]
    lost = frozenset({"officer.not_holder"})
    return Round(attempts, lost, lambda: told(world, number, "case.handed_over"))


def signing_in(world: World, _place: int) -> Round:
    """With one code."""
    world.clock.move(seconds=totp.STEP_SECONDS)
    code = TOTP(SECRET, totp.DIGITS, SHA1(), totp.STEP_SECONDS).generate(
        int(world.clock.now().timestamp())
    )
    before = invariants.events(world.folder).count("officer.signed_in")

    def effects() -> int:
        query = "SELECT 1 FROM sessions WHERE officer = ? AND NOT ended"
        [_] = invariants.rows(world.folder, query, SIGNER)
        return invariants.events(world.folder).count("officer.signed_in") - before

    attempts = everybody(sign_in, SIGNER, code.decode())
    return Round(attempts, frozenset({"officer.sign_in"}), effects)


def finding(world: World, place: int) -> Round:
    number = opened(world)
    attempts = everybody(find, number, OFFICER, person(world, place))
    return Round(attempts, WRONG_STAGE, lambda: told(world, number, "resident.found"))


def reading(world: World, place: int) -> Round:
    """The same card changes nothing: all are told that it is in the case; it was put in once."""
    number = world.station.counter.open_case(OFFICER, IC_PIN.name, IC_PIN.consents).number
    home = world.materials.home
    attempts = everybody(read, number, OFFICER, home.folder, list(home.persons)[place])
    return Round(
        attempts,
        lost=frozenset(),
        effects=lambda: told(world, number, "card.authenticated"),
        winners=PROCESSES,
    )


ROUNDS = (
    approving,
    countersigning,
    exchanging,
    opening_a_card,
    activating,
    activating_or_cancelling,
    handing_over,
    signing_in,
    finding,
    reading,
)
