"""Driving conversations: results, refusals, announced answers, pieces."""

from collections.abc import Callable

import pytest

from apdu.errors import ProtocolError, StatusError, TransportError
from apdu.exchange import Exchange, ask, chained, run
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.secure_messaging import SecureMessaging, SessionKeys, through
from apdu.transports.replay import Replay
from tests.apdu.chip_side import ChipChannel

READ = CommandAPDU(0x00, 0xB0, ne=256)


def recorded(*pairs: tuple[str, str]) -> Replay:
    return Replay([(bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in pairs])


class Unplugged:
    def transmit(self, command: bytes) -> bytes:
        raise TransportError("unplugged")


def test_run_returns_the_result_of_the_exchange() -> None:
    def twice() -> Exchange[bytes]:
        first = yield READ
        second = yield CommandAPDU(0x00, 0xB0, 0x00, 0x01, ne=1)
        return first.data + second.data

    link = recorded(("00B0000000", "AA9000"), ("00B0000101", "BB9000"))
    assert run(twice(), link) == b"\xaa\xbb"
    assert link.finished


def test_run_takes_an_exchange_that_needs_no_command() -> None:
    def nothing() -> Exchange[int]:
        return 7
        yield READ

    assert run(nothing(), Unplugged()) == 7


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: chained(e, 100)])
def test_run_closes_the_exchange_when_the_link_fails(
    wrap: Callable[[Exchange[None]], Exchange[None]],
) -> None:
    """Keys live in the frame of the generator: it must not outlive the card."""
    ended = []

    def keeps_keys() -> Exchange[None]:
        try:
            yield READ
        finally:
            ended.append(True)

    exchange = keeps_keys()  # A reference is kept, so that it is not garbage that ends it.
    with pytest.raises(TransportError):
        run(wrap(exchange), Unplugged())
    assert ended == [True]
    exchange.close()


def test_ask_gives_the_answer_to_9000_and_to_what_is_accepted() -> None:
    assert run(ask(READ), recorded(("00B0000000", "AA9000"))) == ResponseAPDU(0x9000, b"\xaa")
    answer = run(ask(READ, 0x6282), recorded(("00B0000000", "AA6282")))
    assert answer == ResponseAPDU(0x6282, b"\xaa")


def test_ask_raises_any_other_status_without_the_data() -> None:
    with pytest.raises(StatusError, match=r"^READ_BINARY: card answered 6282$") as refused:
        run(ask(READ), recorded(("00B0000000", "DEADBEEF6282")))
    assert refused.value.status == 0x6282


def test_ask_repeats_once_with_the_length_the_card_names() -> None:
    link = recorded(("00B0000000", "6C02"), ("00B0000002", "AABB9000"))
    assert run(ask(READ), link).data == b"\xaa\xbb"
    with pytest.raises(StatusError) as refused:
        run(ask(READ), recorded(("00B0000000", "6C02"), ("00B0000002", "6C03")))
    assert refused.value.status == 0x6C03


def test_ask_does_not_repeat_a_command_that_wanted_no_answer() -> None:
    with pytest.raises(StatusError):
        run(ask(CommandAPDU(0x00, 0x82)), recorded(("00820000", "6C02")))


def test_run_fetches_an_answer_that_the_card_announces() -> None:
    link = recorded(("00B0000000", "AA6102"), ("00C0000002", "BBCC6100"), ("00C0000000", "DD6282"))
    assert run(ask(READ, 0x6282), link) == ResponseAPDU(0x6282, b"\xaa\xbb\xcc\xdd")


def test_run_ends_with_a_card_that_announces_and_never_gives() -> None:
    link = recorded(("00B0000000", "6100"), ("00C0000000", "6100"))
    with pytest.raises(ProtocolError, match="GET RESPONSE"):
        run(ask(READ), link)


@pytest.mark.parametrize(("piece", "commands"), [(256, 257), (1, 302)])
def test_run_ends_with_a_card_that_never_stops(piece: int, commands: int) -> None:
    class Endless:
        commands = 0

        def transmit(self, command: bytes) -> bytes:
            self.commands += 1
            return bytes(piece) + b"\x61\x00"

    card = Endless()
    with pytest.raises(ProtocolError, match="GET RESPONSE"):
        run(ask(READ), card)
    assert card.commands == commands


def test_run_asks_for_as_much_as_the_card_has_where_it_corrects_itself() -> None:
    link = recorded(("00B0000000", "6110"), ("00C0000010", "6C02"), ("00C0000002", "AABB9000"))
    assert run(ask(READ), link) == ResponseAPDU(0x9000, b"\xaa\xbb")


def test_run_ends_with_a_card_that_corrects_itself_for_ever() -> None:
    link = recorded(("00B0000000", "6102"), ("00C0000002", "6C02"), ("00C0000002", "6C02"))
    with pytest.raises(ProtocolError, match="GET RESPONSE"):
        run(ask(READ), link)
    assert link.finished


def test_an_answer_under_secure_messaging_is_fetched_outside_of_it() -> None:
    """The card protects the whole answer once, and cuts the protected octets into pieces."""
    keys = SessionKeys(bytes(16), bytes(range(16)))
    chip = ChipChannel(keys.encryption, keys.mac)
    content = bytes(range(200))
    rest = b""
    sent: list[bytes] = []

    class Card:
        def transmit(self, octets: bytes) -> bytes:
            nonlocal rest
            sent.append(octets)
            if octets[1] != 0xC0:
                assert chip.open(octets).ins == 0xB0
                rest = chip.close(ResponseAPDU(0x9000, content))[:-2]
                return bytes((0x61, 100))
            piece, rest = rest[: octets[4]], rest[octets[4] :]
            return piece + (bytes((0x61, min(len(rest), 100))) if rest else b"\x90\x00")

    answer = run(through(SecureMessaging(keys), ask(READ)), Card())
    assert answer == ResponseAPDU(0x9000, content)
    assert [octets[:2] for octets in sent] == [b"\x0c\xb0", *[b"\x00\xc0"] * 3]


def test_chained_sends_long_data_in_pieces_with_the_chaining_bit() -> None:
    command = CommandAPDU(0x00, 0x2A, 0x00, 0xBE, data=bytes(range(10)), ne=1)
    link = recorded(
        ("102A00BE04 00010203", "9000"),
        ("102A00BE04 04050607", "9000"),
        ("002A00BE02 080901", "AA9000"),
    )
    assert run(chained(ask(command), 4), link).data == b"\xaa"
    assert link.finished


@pytest.mark.parametrize(("length", "pieces"), [(0, 1), (239, 1), (240, 2), (478, 2), (479, 3)])
def test_chained_cuts_at_the_limit(length: int, pieces: int) -> None:
    sent: list[CommandAPDU] = []

    class Card:
        def transmit(self, command: bytes) -> bytes:
            sent.append(CommandAPDU.decode(command))
            return b"\x90\x00"

    run(chained(ask(CommandAPDU(0x00, 0x2A, data=bytes(length))), 239), Card())
    assert [each.cla for each in sent] == [0x10] * (pieces - 1) + [0x00]
    assert sum(len(each.data) for each in sent) == length
    assert not any(each.extended for each in sent)


def test_chained_ends_at_a_refused_piece() -> None:
    link = recorded(("102A000001 00", "6884"))
    with pytest.raises(StatusError) as refused:
        run(chained(ask(CommandAPDU(0x00, 0x2A, data=bytes(3))), 1), link)
    assert refused.value.status == 0x6884
