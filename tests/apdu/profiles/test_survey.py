"""What is found out before anybody types: the tries left, whether long commands get through."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from apdu.errors import (
    ApduError,
    Cancelled,
    CardRemoved,
    CommandTooLong,
    ProtocolError,
    ReaderGone,
    StatusError,
    TimedOut,
    TransportError,
    VerificationFailed,
)
from apdu.exchange import run
from apdu.files import SHORT_BLOCK, SHORT_DATA
from apdu.iso7816 import CommandAPDU
from apdu.profiles.krrc import pin, puk, read_card
from apdu.profiles.survey import Survey, SurveySpent, max_block_after, survey, survey_over
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.pin import PinState, PinStatus
from apdu.secure_messaging import SecureMessagingLost
from card_sim.card import VirtualCard
from card_sim.files import Application
from card_sim.personalize import CardType
from tests.apdu.profiles.taps import NOW, Tap, with_file
from tests.card_sim.world import World

ATR_INFO = 0x2F01
LONGEST = 65503

Act = Callable[[CommandAPDU, bytes], bytes]


def pass_on(command: CommandAPDU, answer: bytes) -> bytes:
    return answer


@dataclass
class Link:
    """A card, and a reader between that may change answers or fail; it may know its limits."""

    card: VirtualCard
    act: Act = pass_on
    max_command: int | None = None
    max_answer: int | None = None
    log: list[CommandAPDU] = field(default_factory=list)

    def transmit(self, octets: bytes) -> bytes:
        command = CommandAPDU.decode(octets)
        self.log.append(command)
        return self.act(command, self.card.transmit(octets))

    @property
    def extended(self) -> int:
        return sum(command.extended for command in self.log)


def link(world: World, act: Act = pass_on, card_type: CardType = CardType.KRRC_1) -> Link:
    return Link(Tap(world, world.data(card_type)).link(), act)


def failing(error: TransportError, *, protected: bool = False) -> Act:
    """A reader that fails with `error` at the first extended command, in clear or protected."""

    def act(command: CommandAPDU, answer: bytes) -> bytes:
        if command.extended and bool(command.cla & 0x0C) == protected:
            raise error
        return answer

    return act


def read(world: World, found: Survey, over: Link) -> bool:
    terminal = Tap(world, world.data()).terminal()
    trust = TrustStore((world.home.pki.csca.der,))
    return run(read_card(found, pin(world.person.pin), terminal, trust, NOW), over).genuine


# The probe, in clear.


def test_ef_card_access_is_asked_for_with_the_length_the_card_announces(world: World) -> None:
    over = link(world)
    found = run(survey(), over)
    assert (found.block, found.data) == (LONGEST, LONGEST)
    assert [each.ne for each in over.log if each.ins == 0xB0] == [223, LONGEST]
    assert len(over.log) == 3, "EF.ATR/INFO, EF.CardAccess, the counter"


def test_card_that_refuses_a_long_answer_is_read_in_short_blocks(world: World) -> None:
    """It announces extended length and does not have it: that shows before a PIN is asked for."""

    def refuses(command: CommandAPDU, answer: bytes) -> bytes:
        return b"\x67\x00" if command.extended else answer

    over = link(world, refuses)
    found = run(survey(), over)
    assert (found.block, found.data) == (SHORT_BLOCK, SHORT_DATA)
    assert over.extended == 1
    assert read(world, found, over)
    assert over.extended == 1, "one probe, and no more"


def test_card_without_extended_length_is_never_asked_for_it(world: World) -> None:
    over = link(world, card_type=CardType.KRRC_1_SHORT)
    found = run(survey(), over)
    assert (found.block, found.data) == (SHORT_BLOCK, SHORT_DATA)
    assert read(world, found, over)
    assert over.extended == 0


@pytest.mark.parametrize("refused", [0x6982, 0x6986, 0x6A82, 0x6A86, 0x6D00])
def test_card_that_shows_nobody_its_ef_atr_info_is_read_in_short_blocks(
    world: World, refused: int
) -> None:
    """Some travel documents answer so, because another file has that short identifier."""

    def act(command: CommandAPDU, answer: bytes) -> bytes:
        atr_info = command.header == bytes.fromhex("00B08100")
        return refused.to_bytes(2) if atr_info else answer

    assert run(survey(), link(world, act)).block == SHORT_BLOCK


def test_card_without_ef_card_access_is_not_surveyed(world: World) -> None:
    card = with_file(world.data(), Application.MASTER, 0x011C, None)
    with pytest.raises(StatusError, match="6A82"):
        run(survey(), Tap(world, card).link())


@pytest.mark.parametrize(
    ("cap", "block"), [(None, LONGEST), (4096, 4096), (223, 223), (100, 100), (1, 1)]
)
def test_a_cap_counts_for_the_tap_and_short_ones_not_for_ef_card_access(
    world: World, cap: int | None, block: int
) -> None:
    over = link(world)
    assert run(survey(cap), over).block == block
    assert over.log[1].ne == max(block, SHORT_BLOCK)


@pytest.mark.parametrize(
    ("limits", "block", "data"),
    [
        ((261, 258), SHORT_BLOCK, SHORT_DATA),
        ((4096, 4096), 4063, 4063),
        ((None, None), LONGEST, LONGEST),
    ],
)
def test_a_reader_that_knows_its_limits_is_not_asked_for_more(
    world: World, limits: tuple[int | None, int | None], block: int, data: int
) -> None:
    over = replace(link(world), max_command=limits[0], max_answer=limits[1])
    found = survey_over(over)
    assert (found.block, found.data) == (block, data)
    assert read(world, found, over)
    assert max(len(bytes(each)) for each in over.log) <= (limits[0] or 65544)


# A link that breaks at a long command.


@pytest.mark.parametrize("error", [CommandTooLong("too long"), TransportError("0x80100016")])
def test_reader_that_fails_at_a_long_command_is_surveyed_again_in_short_blocks(
    world: World, error: TransportError
) -> None:
    over = link(world, failing(error))
    found = survey_over(over)
    assert (found.block, found.data) == (SHORT_BLOCK, SHORT_DATA)
    assert over.extended == 1
    assert read(world, found, over)


@pytest.mark.parametrize(
    "error", [CardRemoved("out"), TimedOut("late"), Cancelled("stop"), ReaderGone("gone")]
)
def test_what_has_another_cause_is_not_surveyed_again(world: World, error: TransportError) -> None:
    over = link(world, failing(error))
    with pytest.raises(type(error)):
        survey_over(over)
    assert (len(over.log), over.extended) == (2, 1)


@pytest.mark.parametrize("number", [1, 3])
def test_link_that_fails_at_a_short_command_is_not_surveyed_again(
    world: World, number: int
) -> None:
    over = link(world)

    def act(command: CommandAPDU, answer: bytes) -> bytes:
        if len(over.log) == number:
            raise TransportError("broken")
        return answer

    over.act = act
    with pytest.raises(TransportError):
        survey_over(over)
    assert len(over.log) == number


def test_link_that_stays_broken_is_tried_twice_and_no_more(world: World) -> None:
    over = link(world)

    def act(command: CommandAPDU, answer: bytes) -> bytes:
        if len(over.log) > 1:
            raise TransportError("broken")
        return answer

    over.act = act
    with pytest.raises(TransportError):
        survey_over(over)
    assert [command.extended for command in over.log] == [False, True, False]


# After PACE nothing is repeated by itself.


@pytest.mark.parametrize("error", [CommandTooLong("too long"), TransportError("broken")])
def test_long_command_that_breaks_the_link_after_pace_ends_the_tap_with_its_name(
    world: World, error: TransportError
) -> None:
    over = link(world, failing(error, protected=True))
    found = survey_over(over)
    with pytest.raises(type(error)) as caught:
        read(world, found, over)
    tokens = [each for each in over.log if each.header == bytes.fromhex("00860000")]
    assert len(tokens) == 1, "the PIN was presented once"
    assert max_block_after(caught.value) == SHORT_BLOCK
    again = survey_over(over, max_block_after(caught.value))
    assert read(world, again, over)


def test_plain_6700_after_pace_ends_the_tap_and_the_next_one_is_short(world: World) -> None:
    def drops(command: CommandAPDU, answer: bytes) -> bytes:
        return b"\x67\x00" if command.extended and command.cla & 0x0C else answer

    over = link(world, drops)
    with pytest.raises(SecureMessagingLost) as caught:
        read(world, survey_over(over), over)
    assert caught.value.status == 0x6700
    tokens = [each for each in over.log if each.header == bytes.fromhex("00860000")]
    assert len(tokens) == 1, "the PIN was presented once"
    assert read(world, survey_over(over, max_block_after(caught.value)), over)


@pytest.mark.parametrize(
    "error",
    [
        CardRemoved("out"),
        TimedOut("late"),
        Cancelled("stop"),
        ReaderGone("gone"),
        SecureMessagingLost(0x6988),
        ProtocolError("broken"),
        StatusError(0x6700, "READ_BINARY"),
        VerificationFailed(0x63C2, "PACE with PIN"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_other_errors_say_nothing_of_long_commands(error: ApduError) -> None:
    assert max_block_after(error) is None


# A survey is good for one password.


def test_survey_tells_the_state_of_the_pin_without_a_try(world: World) -> None:
    memory = world.memory(state=replace(world.state(), pin_tries=2))
    for _ in range(3):
        found = run(survey(), Tap(world, world.data(), memory=memory).link())
        assert found.pin == PinStatus(PinState.OPERATIONAL, 2)


def test_second_try_needs_a_fresh_survey(world: World) -> None:
    over = link(world)
    found = survey_over(over)
    wrong = pin("000000")
    terminal, trust = Tap(world, world.data()).terminal(), TrustStore(())
    with pytest.raises(VerificationFailed):
        run(read_card(found, wrong, terminal, trust, NOW), over)
    sent = len(over.log)
    for known in (found, replace(found, block=SHORT_BLOCK)):
        with pytest.raises(SurveySpent):
            run(read_card(known, pin(world.person.pin), terminal, trust, NOW), over)
    assert len(over.log) == sent, "the card hears nothing of the second try"
    assert read(world, survey_over(over), over)


def test_survey_is_not_spent_by_what_never_reached_the_card(world: World) -> None:
    over = link(world)
    found = survey_over(over)
    terminal, trust = Tap(world, world.data()).terminal(), TrustStore(())
    with pytest.raises(ValueError, match="belongs"):
        run(read_card(found, puk("1234567890"), terminal, trust, NOW), over)
    assert read(world, found, over)
