"""Whatever is thrown at the card, it answers with a status word and stays a card."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.card_sim.terminal import Terminal
from tests.card_sim.world import World

INSTRUCTIONS = (0x22, 0x2A, 0x2C, 0x04, 0x44, 0x82, 0x84, 0x86, 0xA4, 0xB0, 0xB1, 0x20, 0xCA)
ENVIRONMENTS = ((0xC1, 0xA4), (0x81, 0xA4), (0x41, 0xA4), (0x81, 0xB6), (0x00, 0xBE))
SELECTIONS = ((0, 0), (2, 12), (4, 14), (8, 12), (9, 12))
PIN_MANAGEMENT = ((2, 3), (3, 3), (16, 3))
PARAMETERS = (*ENVIRONMENTS, *SELECTIONS, *PIN_MANAGEMENT)
TAGS = (
    b"\x80",
    b"\x81",
    b"\x83",
    b"\x84",
    b"\x85",
    b"\x91",
    b"\x7c",
    b"\x7f\x4c",
    b"\x7f\x4e",
    b"\x54",
)

tlv = st.builds(
    lambda tag, value, lie: tag + bytes((max(0, min(127, len(value) + lie)),)) + value,
    st.sampled_from(TAGS),
    st.binary(max_size=70),
    st.sampled_from((0, 0, 0, 1, -1)),
)
data = st.one_of(st.binary(max_size=255), st.lists(tlv, max_size=4).map(b"".join))
headers = st.builds(
    lambda cla, ins, ps: bytes((cla, ins, *ps)),
    st.sampled_from((0x00, 0x10, 0x0C, 0x1C, 0x80)),
    st.one_of(st.sampled_from(INSTRUCTIONS), st.integers(0, 255)),
    st.one_of(st.sampled_from(PARAMETERS), st.tuples(st.integers(0, 255), st.integers(0, 255))),
)
commands = st.lists(st.tuples(headers, data, st.binary(max_size=2)), min_size=1, max_size=8)
quick = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Sequence = list[tuple[bytes, bytes, bytes]]


def assert_still_a_card(terminal: Terminal) -> None:
    terminal.card.reset()
    assert terminal.plain(bytes.fromhex("00B09C0000")).status == 0x9000
    assert terminal.plain(bytes.fromhex("00B09D0000")).status == 0x6982


def assert_answered(answer: bytes) -> None:
    assert len(answer) >= 2
    assert answer[-2:] != b"\x6f\x00"  # the answer to a fault inside the card


@quick
@given(octets=st.lists(st.binary(max_size=300), max_size=6))
def test_any_octets_are_answered(world: World, octets: list[bytes]) -> None:
    terminal = world.terminal()
    for each in octets:
        assert_answered(terminal.card.transmit(each))
    assert_still_a_card(terminal)


@quick
@given(sequence=commands)
def test_any_commands_are_answered(world: World, sequence: Sequence) -> None:
    terminal = world.terminal()
    for header, content, le in sequence:
        body = bytes((len(content) % 256,)) + content if content else b""
        assert_answered(terminal.card.transmit(header + body + le[:1]))
    assert_still_a_card(terminal)


def _fuzz_session(start: Callable[[], Terminal], sequence: Sequence) -> None:
    """Well-protected nonsense: it passes secure messaging and reaches the dispatch."""
    terminal = start()
    for header, content, le in sequence:
        if terminal.channel is None:
            break
        clean = bytes((header[0] & 0x90,)) + header[1:]
        octets = terminal.channel.wrap(clean, content[:200], le, extended=False)
        answer = terminal.card.transmit(octets)
        assert_answered(answer)
        if len(answer) == 2:
            break
        terminal.channel.unwrap(answer)
    assert_still_a_card(terminal)


@settings(quick, max_examples=40)
@given(sequence=commands)
def test_any_protected_commands_are_answered_after_pace(world: World, sequence: Sequence) -> None:
    _fuzz_session(world.after_pace, sequence)


@settings(quick, max_examples=40)
@given(sequence=commands)
def test_any_protected_commands_are_answered_after_terminal_authentication(
    world: World, sequence: Sequence
) -> None:
    _fuzz_session(world.after_terminal_authentication, sequence)
