"""What a tap yields and tells on the way: files, progress, a resumed PIN, what PACE disproves."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from apdu.errors import ApduError, EncodingError, ProtocolError, StatusError, VerificationFailed
from apdu.exchange import run
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.lds.portrait import decode_dg2, encode_dg2
from apdu.profiles.checks import Outcome
from apdu.profiles.krrc import ChipReading, can, pin, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PinBlocked, PinDeactivated, PinSuspended
from apdu.protocols.pin import PinState
from apdu.secure_messaging import SecureMessagingLost
from apdu.tlv import build, parse_one
from card_sim.card import VirtualCard
from card_sim.files import Application
from card_sim.personalize import cloned, file_names
from tests.apdu.profiles.taps import (
    NOW,
    Tap,
    content_of,
    outcomes,
    stops_at,
    with_flipped,
    with_lds,
)
from tests.card_sim.world import World

TOKEN = bytes.fromhex("00860000")
WRONG = pin("000000")


@dataclass
class Link:
    """A card, and something between that may change an answer; counts tries."""

    card: VirtualCard
    change: Callable[[bytes, bytes], bytes] = lambda command, answer: answer
    presented: int = 0
    log: list[CommandAPDU] = field(default_factory=list)

    def transmit(self, octets: bytes) -> bytes:
        self.log.append(CommandAPDU.decode(octets))
        self.presented += octets[:4] == TOKEN
        return self.change(octets, self.card.transmit(octets))


def link(world: World, **state: object) -> Link:
    memory = world.memory(state=replace(world.state(), **state))  # type: ignore[arg-type]
    return Link(Tap(world, world.data(), memory=memory).link())


def read(
    world: World, over: Link, password: Password | None = None, number: Password | None = None
) -> ChipReading:
    found = run(survey(), over)
    terminal = Tap(world, world.data()).terminal()
    trust = TrustStore((world.home.pki.csca.der,))
    password = password or pin(world.person.pin)
    return run(read_card(found, password, terminal, trust, NOW, can=number), over)


# Raw files.


def test_reading_keeps_every_file_it_read_octet_for_octet(world: World) -> None:
    card = world.data()
    reading = read(world, link(world))
    names = file_names(card)
    contents = {
        names[application, file.identifier]: file.content
        for application, files in card.files.items()
        for file in files
    }
    read_by_name = set(contents) - {"EF.DIR", "EF.ATR/INFO", "EF.COM"}
    assert dict(reading.files) == {name: contents[name] for name in read_by_name}


def test_card_that_is_not_believed_leaves_no_file(world: World) -> None:
    reading = Tap(world, cloned(world.data())).read()
    assert reading.files == {}
    assert reading.content is None


def test_files_are_not_shown(world: World) -> None:
    assert "files" not in repr(read(world, link(world)))


# Progress.


def test_progress_names_every_file_and_ends_it_whole(world: World) -> None:
    told: list[tuple[str, int, int]] = []
    over = link(world)
    found = run(survey(1000), over)
    terminal = Tap(world, world.data()).terminal()
    trust = TrustStore((world.home.pki.csca.der,))
    exchange = read_card(
        found,
        pin(world.person.pin),
        terminal,
        trust,
        NOW,
        progress=lambda *step: told.append(step),
    )
    reading = run(exchange, over)
    order = list(dict.fromkeys(name for name, _, _ in told))
    assert order[:2] == ["EF.CardSecurity", "eID.DG1"]
    assert set(order) == set(reading.files) - {"EF.CardAccess"}
    for name in order:
        steps = [(so_far, in_all) for each, so_far, in_all in told if each == name]
        assert steps == sorted(steps)
        assert {in_all for _, in_all in steps} == {len(reading.files[name])}
        assert steps[-1][0] == len(reading.files[name])
    assert sum(name == "DG2" for name, _, _ in told) == 18


# The PIN at its last try.


def test_suspended_pin_reads_the_card_with_the_can_in_the_same_session(world: World) -> None:
    over = link(world, pin_tries=1)
    reading = read(world, over, number=can(world.person.can))
    assert reading.genuine
    assert run(survey(), over).pin.state is PinState.OPERATIONAL, "the right PIN gives tries back"
    again = [each for each in over.log if each.header == bytes.fromhex("0C22C1A4")]
    assert len(again) == 1, "the PIN is chosen inside the channel of the CAN"


def test_can_is_not_presented_where_no_pin_is_suspended(world: World) -> None:
    over = link(world)
    assert read(world, over, number=can("000000")).genuine
    assert over.presented == 1


def test_wrong_can_does_not_touch_the_last_try(world: World) -> None:
    over = link(world, pin_tries=1)
    with pytest.raises(VerificationFailed, match="with CAN"):
        read(world, over, number=can("000000"))
    assert over.presented == 1
    assert run(survey(), over).pin.tries_left == 1


def test_wrong_pin_at_the_last_try_is_presented_once_and_blocks(world: World) -> None:
    over = link(world, pin_tries=1)
    with pytest.raises(VerificationFailed, match="with PIN") as caught:
        read(world, over, WRONG, can(world.person.can))
    assert caught.value.tries_left == 0
    assert run(survey(), over).pin.state is PinState.BLOCKED


@pytest.mark.parametrize(
    ("state", "number", "error"),
    [
        ({"pin_tries": 1}, None, PinSuspended),
        ({"pin_tries": 0}, None, PinBlocked),
        ({"pin_tries": 0}, can("271828"), PinBlocked),
        ({"pin_active": False}, None, PinDeactivated),
    ],
)
def test_pin_the_card_would_not_take_is_not_presented(
    world: World, state: dict[str, object], number: Password | None, error: type[StatusError]
) -> None:
    over = link(world, **state)
    with pytest.raises(error):
        read(world, over, number=number)
    assert len(over.log) == 3, "only what the survey asks"


def test_card_reads_on_sight_with_the_can_whatever_the_pin_is(world: World) -> None:
    for state in ({"pin_tries": 0}, {"pin_active": False}):
        assert read(world, link(world, **state), can(world.person.can)).genuine


def test_card_that_hides_its_counter_and_answers_6982_is_not_presented_the_pin_again(
    world: World,
) -> None:
    """The survey said 9000; the counter is read again, and says what the PIN is."""
    over = link(world, pin_tries=1)
    hidden = [True]

    def change(command: bytes, answer: bytes) -> bytes:
        if command[:4] == bytes.fromhex("0022C1A4") and hidden:
            hidden.pop()
            return b"\x90\x00"
        return b"\x69\x82" if answer == b"\x69\x85" else answer

    over.change = change
    with pytest.raises(PinSuspended):
        read(world, over)
    assert over.presented == 0
    assert run(survey(), over).pin.tries_left == 1


# What PACE disproves is in the table; what was only broken is raised.


def dynamic(command: bytes) -> bytes:
    """The value of the one data object of a GENERAL AUTHENTICATE."""
    return parse_one(CommandAPDU.decode(command).data, 0x7C).children[0].value


def answering(tag: int, make: Callable[[bytes, bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    """Replace the answer to the command that carries `tag` by one made of both sides' values."""

    def change(command: bytes, answer: bytes) -> bytes:
        plain = command[:4] in (TOKEN, bytes.fromhex("10860000"))
        if not plain or len(command) < 10 or command[7] != tag:
            return answer
        theirs = parse_one(ResponseAPDU.decode(answer).data, 0x7C).children[0].value
        return build(0x7C, build(tag + 1, make(dynamic(command), theirs))) + b"\x90\x00"

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (answering(0x81, lambda ours, theirs: ours), "echoed_key"),
        (answering(0x83, lambda ours, theirs: ours), "echoed_key"),
        (answering(0x85, lambda ours, theirs: ours), "wrong_token"),
        (answering(0x85, lambda ours, theirs: bytes(8)), "wrong_token"),
        (answering(0x85, lambda ours, theirs: theirs[:4]), "wrong_token"),
    ],
)
def test_chip_that_does_not_know_the_pin_fails_the_first_check(
    world: World, change: Callable[[bytes, bytes], bytes], reason: str
) -> None:
    over = link(world)
    over.change = change
    reading = read(world, over)
    check = stops_at(reading, "pace")
    assert (check.outcome, check.reason) == (Outcome.FAIL, reason)
    assert reading.files == {}
    assert not any(command.cla & 0x0C for command in over.log), "no channel is opened with it"


@pytest.mark.parametrize("tag", [0x81, 0x83])
@pytest.mark.parametrize(
    "point", [lambda p: p[:-1] + bytes((p[-1] ^ 1,)), lambda p: b"\x00", lambda p: p[:-1]]
)
def test_key_that_is_no_point_ends_the_tap_before_the_token(
    world: World, tag: int, point: Callable[[bytes], bytes]
) -> None:
    over = link(world)
    over.change = answering(tag, lambda ours, theirs: point(theirs))
    with pytest.raises(EncodingError, match="point"):
        read(world, over)
    assert over.presented == 0


# Long blocks that stop working in the middle.


def test_protected_6700_in_mid_file_goes_on_in_short_blocks_in_the_same_channel(
    world: World,
) -> None:
    over = link(world)
    keeps, asked = over.card._respond, [0]

    def respond(command: CommandAPDU, capacity: int) -> ResponseAPDU:
        if command.ins == 0xB0 and command.ne > 256:
            asked[0] += 1
            if asked[0] > 9:  # somewhere among the eID groups
                return ResponseAPDU(0x6700)
        return keeps(command, capacity)

    over.card._respond = respond  # type: ignore[method-assign]
    assert read(world, over).genuine
    assert over.presented == 1
    assert asked[0] == 10, "a long block is not tried again"
    assert sum(command.extended for command in over.log) == 10


@pytest.mark.parametrize("block", [65503, 32768, 4096, 223])
def test_portrait_beyond_32_kib_is_read_whole_and_no_octet_twice(world: World, block: int) -> None:
    picture = decode_dg2(content_of(world.data(), Application.LDS1, 0x0102))
    larger = replace(picture, image=picture.image + bytes(25_000))
    card = with_lds(world, world.data(), {2: encode_dg2(larger)})
    over = Link(Tap(world, card).link())
    found = run(survey(block), over)
    terminal = Tap(world, card).terminal()
    trust = TrustStore((world.home.pki.csca.der,))
    reading = run(read_card(found, pin(world.person.pin), terminal, trust, NOW), over)
    assert reading.genuine
    assert reading.files["DG2"] == content_of(card, Application.LDS1, 0x0102)
    beyond = sum(command.ins == 0xB1 for command in over.log)
    assert beyond == -(-max(0, len(reading.files["DG2"]) - first_odd(block)) // (block - 4))


def first_odd(block: int) -> int:
    """Where the odd instruction takes over: the first offset that has no room in P1-P2."""
    return -(-0x8000 // block) * block


# A channel that breaks in the middle ends the tap by name and gives nothing away.


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda answer: answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:], ProtocolError),
        (lambda answer: answer[-2:], SecureMessagingLost),
        (lambda answer: b"\x00\x00" + answer, ProtocolError),
        (lambda answer: answer[:-2] + b"\x6a\x82", ProtocolError),
    ],
    ids=["wrong MAC", "plain", "garbage", "status changed"],
)
@pytest.mark.parametrize("number", [8, 15, 17, 20, 30])
def test_answer_that_is_not_the_chips_ends_the_tap(
    world: World, number: int, spoil: Callable[[bytes], bytes], error: type[ApduError]
) -> None:
    over = link(world)
    over.change = lambda command, answer: spoil(answer) if len(over.log) == number + 1 else answer
    with pytest.raises(error):
        read(world, over)
    assert len(over.log) == number + 1, "nothing is sent after it"
    assert over.presented == 1


@pytest.mark.parametrize("number", [16, 21, 33])
def test_replayed_answer_ends_the_tap(world: World, number: int) -> None:
    over = link(world)
    answers: list[bytes] = []

    def change(command: bytes, answer: bytes) -> bytes:
        answers.append(answer)
        return answers[-2] if len(answers) == number + 1 else answer

    over.change = change
    with pytest.raises(ProtocolError, match="wrong MAC"):
        read(world, over)
    assert len(over.log) == number + 1


def test_altered_data_group_is_still_there_to_be_looked_at(world: World) -> None:
    """Reading came to its end, so the files are evidence; the check says what they are worth."""
    card = with_flipped(world.data(), Application.LDS1, 0x0101, 40)
    reading = Tap(world, card).read()
    assert outcomes(reading)["dg1_as_signed"] is Outcome.FAIL
    assert "DG1" in reading.files
    assert not reading.genuine
