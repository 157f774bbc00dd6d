"""A card that goes wrong where it is told to, and nowhere else."""

import math
from pathlib import Path
from typing import Any, cast

import pytest

from apdu.crypto.curves import P256
from apdu.errors import CardRemoved, TimedOut
from card_sim.card import VirtualCard
from card_sim.faults import KINDS, Fault, FaultyCard, parse_fault, random_faults
from card_sim.memory import PIN_TRIES, Memory, StateFile
from card_sim.personalize import CardType, fresh_state
from card_sim.session import Password
from tests.card_sim.terminal import Terminal
from tests.card_sim.world import World

SELECT_CARD_ACCESS = bytes.fromhex("00A4020C02011C")
READ = bytes.fromhex("00B0000010")
GET_RESPONSE = bytes.fromhex("00C0000000")
OK = b"\x90\x00"
PACE_TOKEN = 6  # MSE:Set AT, then the four steps; counted in `Terminal` from 1, after one SELECT.


def faulty(world: World, *written: str, **options: Any) -> FaultyCard:
    return FaultyCard(world.card(), [parse_fault(each) for each in written], **options)


def content(world: World, count: int = 16) -> bytes:
    card = world.card()
    card.transmit(SELECT_CARD_ACCESS)
    return card.transmit(bytes.fromhex("00B00000") + bytes((count,)))[:-2]


def second(card: FaultyCard) -> bytes:
    """The answer to the second command of a session: sixteen octets of EF.CardAccess."""
    assert card.transmit(SELECT_CARD_ACCESS) == OK
    return card.transmit(READ)


def removed_at_second(card: FaultyCard) -> None:
    with pytest.raises(CardRemoved):
        second(card)


def terminal(card: FaultyCard) -> Terminal:
    return Terminal(cast(VirtualCard, card), P256)


def test_card_without_faults_is_the_card(world: World) -> None:
    card = faulty(world)
    assert card.atr == world.data().atr
    assert second(card) == content(world) + OK


def test_fault_happens_at_its_command_and_once(world: World) -> None:
    card = faulty(world, "status=6982@2")
    assert second(card) == b"\x69\x82"
    assert card.transmit(READ) == content(world) + OK
    card.power_on()
    assert second(card) == content(world) + OK


def test_fault_for_ever_happens_at_every_later_command_of_every_session(world: World) -> None:
    card = faulty(world, "status=6982@2+")
    for _ in range(2):
        card.power_on()
        assert second(card) == card.transmit(READ) == b"\x69\x82"


@pytest.mark.parametrize("begin", ["power_on", "reset"])
def test_commands_are_counted_from_power_on_and_reset(world: World, begin: str) -> None:
    card = faulty(world, "status=6982@2")
    assert card.transmit(SELECT_CARD_ACCESS) == OK
    getattr(card, begin)()
    assert card.transmit(SELECT_CARD_ACCESS) == OK
    assert card.transmit(READ) == b"\x69\x82"


def test_card_taken_out_before_the_command_has_not_carried_it_out(world: World) -> None:
    memory = world.memory()
    card = FaultyCard(world.card(memory), [Fault("removed", PACE_TOKEN)])
    card.transmit(SELECT_CARD_ACCESS)
    with pytest.raises(CardRemoved):
        terminal(card).pace(Password.PIN, "000000")
    assert memory.state.pin_tries == PIN_TRIES


def test_card_taken_out_after_the_command_has_carried_it_out(world: World) -> None:
    memory = world.memory()
    card = FaultyCard(world.card(memory), [Fault("removed-after", PACE_TOKEN)])
    card.transmit(SELECT_CARD_ACCESS)
    with pytest.raises(CardRemoved):
        terminal(card).pace(Password.PIN, "000000")
    assert memory.state.pin_tries == PIN_TRIES - 1


def test_removed_card_answers_nothing_until_it_is_put_in_again(world: World) -> None:
    card = faulty(world, "removed@2")
    removed_at_second(card)
    card.reset()
    card.power_off()
    with pytest.raises(CardRemoved):
        card.transmit(READ)
    card.power_on()
    assert card.transmit(READ) == b"\x69\x86"  # it has forgotten what was selected
    assert second(card) == content(world) + OK


@pytest.mark.parametrize(("writes", "tries"), [(0, PIN_TRIES), (1, PIN_TRIES - 1), (2, PIN_TRIES)])
def test_power_that_fails_in_a_write_leaves_old_or_new(
    world: World, tmp_path: Path, writes: int, tries: int
) -> None:
    """The right PIN: one write takes the try away, a second gives it back."""
    path = tmp_path / "card.json"
    memory = Memory(StateFile(path, "card"), world.state())
    memory.change(pin_tries=PIN_TRIES)  # There is a file to be torn.
    before = path.read_bytes()
    card = FaultyCard(world.card(memory), [Fault("torn", PACE_TOKEN, writes)])
    card.transmit(SELECT_CARD_ACCESS)
    with pytest.raises(CardRemoved):
        terminal(card).pace(Password.PIN, world.person.pin)
    assert (path.read_bytes() == before) is (tries == PIN_TRIES)
    card.power_on()
    assert memory.state.pin_tries == tries
    assert terminal(card).pace(Password.PIN, world.person.pin) == 0x9000
    assert memory.state.pin_tries == PIN_TRIES


def test_torn_does_nothing_to_a_command_that_writes_nothing(world: World) -> None:
    assert second(faulty(world, "torn@1+")) == content(world) + OK


def test_mute_card_waits_and_then_answers(world: World) -> None:
    waited: list[float] = []
    card = faulty(world, "mute=2.5@2", wait=waited.append)
    assert second(card) == content(world) + OK
    assert waited == [2.5]


def test_card_that_is_mute_for_ever_answers_again_after_a_reset(world: World) -> None:
    waited: list[float] = []
    card = faulty(world, "mute@2", wait=waited.append)
    for _ in range(2):
        with pytest.raises(TimedOut):
            second(card) if not waited else card.transmit(READ)
    assert waited == [math.inf, math.inf]
    card.reset()
    assert second(card) == content(world) + OK


def test_without_a_wait_only_eternity_ends(world: World) -> None:
    assert second(faulty(world, "mute=3600@2")) == content(world) + OK
    with pytest.raises(TimedOut):
        second(faulty(world, "mute@2"))


def test_late_answer_is_that_of_a_command_carried_out_at_once(world: World) -> None:
    memory = world.memory()
    tries: list[int] = []
    card = FaultyCard(
        world.card(memory),
        [Fault("late", PACE_TOKEN, 5.0)],
        wait=lambda _: tries.append(memory.state.pin_tries),
    )
    card.transmit(SELECT_CARD_ACCESS)
    assert terminal(card).pace(Password.PIN, "000000") == 0x63C2
    assert tries == [PIN_TRIES - 1]


def test_altered_answers(world: World) -> None:
    true = content(world)
    assert second(faulty(world, "truncated=3@2")) == true[:-3] + OK
    assert second(faulty(world, "truncated=99@2")) == OK
    assert second(faulty(world, "cut=3@2")) == (true + OK)[:-3]
    assert second(faulty(world, "empty@2")) == b""
    assert second(faulty(world, "status=6A82@2")) == b"\x6a\x82"
    assert second(faulty(world, "refused=6A82@2")) == b"\x6a\x82"
    assert second(faulty(world, "huge=65538@2")) == bytes(65536) + OK
    assert second(faulty(world, "replayed@2")) == OK
    extra = second(faulty(world, "extra=5@2"))
    assert (extra[:16], len(extra), extra[-2:]) == (true, 23, OK)
    assert len(second(faulty(world, "garbage=7@2"))) == 7


def test_one_bit_is_flipped_in_the_data_alone(world: World) -> None:
    true = content(world)
    got = second(faulty(world, "flipped@2"))
    assert got[-2:] == OK
    assert (int.from_bytes(got[:-2]) ^ int.from_bytes(true)).bit_count() == 1


@pytest.mark.parametrize("written", ["garbage@2", "extra@2", "flipped@2", "61xx-loop=8@2"])
def test_what_is_random_comes_from_the_seed(world: World, written: str) -> None:
    def answers(seed: int) -> bytes:
        card = faulty(world, written, seed=seed)
        return second(card) + card.transmit(GET_RESPONSE)

    assert answers(1) == answers(1)
    assert len({answers(seed) for seed in range(5)}) > 1


def test_first_answer_has_none_before_it_to_be_replayed(world: World) -> None:
    assert faulty(world, "replayed@1").transmit(SELECT_CARD_ACCESS) == OK


def test_faults_at_one_command_enclose_each_other(world: World) -> None:
    true = content(world)
    assert second(faulty(world, "truncated=1@2", "truncated=2@2")) == true[:-3] + OK
    assert second(faulty(world, "empty@2", "garbage@2")) == b""
    assert len(second(faulty(world, "garbage@2", "empty@2"))) == 64


def test_answer_in_pieces_is_whole(world: World) -> None:
    card = faulty(world, "61xx=6@2")
    assert second(card) == b"\x61\x06"
    pieces = [card.transmit(GET_RESPONSE) for _ in range(3)]
    assert [each[-2:] for each in pieces] == [b"\x61\x06", b"\x61\x04", OK]
    assert b"".join(each[:-2] for each in pieces) == content(world)
    assert card.transmit(GET_RESPONSE) == b"\x6d\x00"  # the card itself knows no GET RESPONSE


def test_another_command_ends_an_answer_in_pieces(world: World) -> None:
    card = faulty(world, "61xx=6@2")
    second(card)
    assert card.transmit(READ) == content(world) + OK
    assert card.transmit(GET_RESPONSE) == b"\x6d\x00"


def test_endless_answer_never_ends(world: World) -> None:
    card = faulty(world, "61xx-loop=3@2")
    assert second(card) == b"\x61\x03"
    for _ in range(300):
        answer = card.transmit(GET_RESPONSE)
        assert (len(answer), answer[-2:]) == (5, b"\x61\x03")
    assert card.transmit(READ) == content(world) + OK


def test_wrong_le_is_answered_once_or_always(world: World) -> None:
    card = faulty(world, "6cxx=16@2")
    assert second(card) == b"\x6c\x10"
    assert card.transmit(READ) == content(world) + OK
    card = faulty(world, "6cxx-loop@2")
    assert second(card) == card.transmit(READ) == card.transmit(READ) == b"\x6c\x00"
    assert card.transmit(SELECT_CARD_ACCESS) == OK
    assert card.transmit(READ) == content(world) + OK


def test_reset_in_mid_session_forgets_it(world: World) -> None:
    assert second(faulty(world, "reset@2")) == b"\x69\x86"


def test_swapped_card_has_the_same_atr_and_its_own_content_until_the_power_goes(
    world: World,
) -> None:
    other = world.home.person("park-doyun")
    theirs = world.home.card(other, CardType.KRRC_1)
    state = fresh_state(other, world.home.pki, CardType.KRRC_1)
    card = faulty(world, "swapped@1", other=VirtualCard(theirs, world.memory(state=state)))
    assert terminal(card).pace(Password.CAN, world.person.can) == 0x6300
    assert card.atr == world.data().atr
    card.power_on()
    assert terminal(card).pace(Password.CAN, world.person.can) == 0x9000


def test_swap_needs_another_card(world: World) -> None:
    with pytest.raises(ValueError, match="no other card"):
        faulty(world, "swapped@1")


@pytest.mark.parametrize(
    ("written", "status"), [("counter@1", 0x6988), ("reset@1", 0x6988), ("status=6A82@1", 0x6A82)]
)
def test_session_is_lost_in_plain(world: World, written: str, status: int) -> None:
    inside = world.after_pace()
    inside.card = cast(VirtualCard, FaultyCard(inside.card, [parse_fault(written)]))
    assert inside.send("00B09C00", ne=b"\x10").status == status
    assert inside.channel is None


def test_card_itself_refuses_under_secure_messaging(world: World) -> None:
    inside = world.after_pace()
    inside.card = cast(VirtualCard, FaultyCard(inside.card, [parse_fault("refused=6A82@1")]))
    assert inside.send("00B09C00", ne=b"\x10").status == 0x6A82
    assert inside.channel is not None
    assert inside.send("00B09C00", ne=b"\x10").data == content(world)


def test_wrong_mac_is_wrong_in_its_last_octet_alone(world: World) -> None:
    inside = world.after_pace()
    channel = inside.channel
    assert channel is not None
    command = channel.wrap(bytes.fromhex("00B09C00"), b"", b"\x10", extended=False)
    card = FaultyCard(inside.card, [Fault("wrong-mac", 1)])
    answer = bytearray(card.transmit(command))
    with pytest.raises(AssertionError):
        channel.unwrap(bytes(answer))
    channel.ssc -= 1
    answer[-3] ^= 1
    assert channel.unwrap(bytes(answer)).data == content(world)


def test_wrong_mac_leaves_plain_answers_alone(world: World) -> None:
    assert second(faulty(world, "wrong-mac@1+")) == content(world) + OK


def test_what_passed_inside_is_told_unless_the_card_never_saw_it(world: World) -> None:
    card = faulty(world, "status@2")
    card.transmit(SELECT_CARD_ACCESS)
    assert card.passed is not None
    assert bytes(card.passed[0]) == SELECT_CARD_ACCESS
    card.transmit(READ)
    assert card.passed is None


@pytest.mark.parametrize(
    "written",
    ["removed@12", "mute=2.5@1", "mute@1", "status=6A82@3+", "torn=1@7", "61xx-loop@4", "huge=2@1"],
)
def test_fault_is_written_as_it_was_read(written: str) -> None:
    assert str(parse_fault(written)) == written


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("", "KIND"),
        ("removed", "removed@12"),
        ("removed@", "removed@12"),
        ("removed@x", "removed@12"),
        ("removed@0", "counted from 1"),
        ("remuved@3", "do you mean removed"),
        ("nonsense@3", "there are removed, "),
        ("removed=3@3", "removed takes nothing"),
        ("status@+", "removed@12"),
        ("status=90@1", "a status word, 6000 to 9FFF"),
        ("status=5000@1", "a status word"),
        ("refused=gggg@1", "a status word"),
        ("mute=soon@1", "seconds"),
        ("mute=-1@1", "seconds"),
        ("mute=inf@1", "seconds"),
        ("torn=x@1", "a number from 0 to 9"),
        ("garbage=0@1", "a number from 1"),
        ("garbage=9999999@1", "a number from 1"),
        ("6cxx=257@1", "a number from 1 to 256"),
    ],
)
def test_what_is_no_fault_is_told_how_one_is_written(written: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_fault(written)


def test_random_faults_come_from_the_seed(world: World) -> None:
    made = {seed: random_faults(seed, 38, 4) for seed in range(200)}
    assert made == {seed: random_faults(seed, 38, 4) for seed in range(200)}
    every = [fault for faults in made.values() for fault in faults]
    assert {fault.kind for fault in every} == set(KINDS) - {"swapped"}
    assert {fault.at for fault in every} == set(range(1, 39))
    FaultyCard(world.card(), every)  # None of them needs anything more.


def test_every_kind_says_in_one_sentence_what_it_is() -> None:
    for kind in KINDS.values():
        assert kind.sentence.endswith(".")
        assert "\n" not in kind.sentence
