"""Readers through PC/SC: order of calls and what failures are called, with pyscard played.

The real daemon has tests of its own, and so has the child process. What neither can be made to
answer is answered here.
"""

import pytest

from apdu.errors import CardRemoved, CommandTooLong, ReaderGone, TransportError
from apdu.transports import pcsc
from apdu.transports.pcsc import link as link_module
from tests.apdu.played_pcsc import (
    ATR,
    NAME,
    NO_READERS,
    NO_SERVICE,
    NOT_SUPPORTED,
    NOT_TRANSACTED,
    OTHER,
    TIMEOUT,
    NoChild,
    Scard,
)

SHORT, EXTENDED = bytes.fromhex("00B0000000"), bytes.fromhex("00B0000000FA00")
GET_FEATURES, GET_PROPERTIES = 0x42000000 + 3400, 0x42330012


@pytest.fixture
def scard(monkeypatch: pytest.MonkeyPatch) -> Scard:
    played = Scard()
    monkeypatch.setattr(link_module, "Child", lambda timeout: NoChild(played))
    return played


def test_the_card_is_taken_alone_reset_and_left_without_power(scard: Scard) -> None:
    with pcsc.connect(NAME) as link:
        assert link.atr == bytes(ATR)
        assert link.transmit(b"\x00\x84\x00\x00\x08") == b"\x90\x00"
    assert scard.calls[-7:] == [
        ("Connect", NAME, 1, 3),
        ("Reconnect", 1, "reset"),
        ("Status",),
        ("Control", GET_FEATURES),
        ("Transmit", "PCI T1", [0x00, 0x84, 0x00, 0x00, 0x08]),
        ("Disconnect", "unpower"),
        ("ReleaseContext",),
    ]


def test_the_protocol_of_the_card_is_used(scard: Scard) -> None:
    scard.protocol = scard.SCARD_PROTOCOL_T0
    with pcsc.connect(NAME) as link:
        link.transmit(bytes(5))
    assert ("Transmit", "PCI T0", [0] * 5) in scard.calls


def test_readers_are_listed_by_name(scard: Scard) -> None:
    assert pcsc.readers() == (NAME, OTHER)
    scard.codes["ListReaders"] = NO_READERS
    assert pcsc.readers() == ()
    assert scard.called.count("EstablishContext") == scard.called.count("ReleaseContext") == 2


def test_a_reader_is_found_by_a_part_that_only_it_has(scard: Scard) -> None:
    with pcsc.connect("00 00"):
        assert ("Connect", NAME, 1, 3) in scard.calls


@pytest.mark.parametrize("name", ["Virtual", "Gemalto"])
def test_a_name_of_no_reader_or_of_two_is_refused_with_those_there_are(
    scard: Scard, name: str
) -> None:
    with pytest.raises(TransportError, match="there is: 'Virtual PCD 00 00', 'Virtual PCD 00 01'"):
        pcsc.connect(name)


def test_name_of_a_reader_is_quoted_not_obeyed(scard: Scard) -> None:
    """Whoever shows the sentence, on a terminal or in a log, shows no escape sequence."""
    scard.names = ["A\x1b[2J", "B\n"]
    with pytest.raises(TransportError, match="there is: ") as caught:
        pcsc.connect("C")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["", NAME])
def test_no_reader_at_all_is_said_so(scard: Scard, name: str) -> None:
    scard.codes["ListReaders"] = NO_READERS
    with pytest.raises(TransportError, match="no card reader is plugged in"):
        pcsc.connect(name)


EMPTY, HOLDING = 0x10012, 0x10022


def test_without_a_name_it_is_the_reader_that_has_a_card(scard: Scard) -> None:
    scard.states = [EMPTY, HOLDING]
    with pcsc.connect() as link:
        link.transmit(SHORT)
    connected = [call[1] for call in scard.calls if call[0] == "Connect"]
    assert connected == [OTHER]


def test_without_a_name_and_with_two_cards_none_is_touched(scard: Scard) -> None:
    """The PIN of one must not cost the other a try."""
    scard.states = [HOLDING, HOLDING]
    with pytest.raises(TransportError, match="several readers, name one of them: 'Virtual"):
        pcsc.connect()
    assert "Connect" not in scard.called


def test_without_a_name_and_without_a_card_that_is_said(scard: Scard) -> None:
    scard.states = [EMPTY, EMPTY]
    with pytest.raises(CardRemoved, match="no card in any reader"):
        pcsc.connect()


@pytest.mark.parametrize(
    ("function", "code", "error", "sentence"),
    [
        ("EstablishContext", NO_SERVICE, ReaderGone, "start pcscd"),
        ("EstablishContext", NO_SERVICE - (1 << 32), ReaderGone, "start pcscd"),
        ("ListReaders", NO_SERVICE, ReaderGone, "start pcscd"),
        ("Connect", 0x8010000C, CardRemoved, "there is no card in the reader"),
        ("Connect", 0x8010000B, TransportError, "another program is using the card"),
        ("Connect", 0x80100066, TransportError, "does not answer to a reset"),
        ("Connect", 0x80100009, ReaderGone, "unplugged"),
        ("Connect", 0x80100017, ReaderGone, "unplugged"),
        ("Reconnect", 0x80100069, CardRemoved, "the card was taken out"),
        ("Status", 0x80100069, CardRemoved, "the card was taken out"),
        ("Connect", 0x80100001, TransportError, "PC/SC failed with code 80100001"),
    ],
)
def test_a_failure_to_connect_is_one_sentence_and_leaves_nothing_open(
    scard: Scard, function: str, code: int, error: type[TransportError], sentence: str
) -> None:
    scard.codes[function] = code
    with pytest.raises(error, match=sentence) as failed:
        pcsc.connect(NAME)
    assert type(failed.value) is error
    connected = function in ("Reconnect", "Status")
    assert scard.called.count("Disconnect") == connected
    opened = scard.called.count("EstablishContext") - (function == "EstablishContext")
    assert scard.called.count("ReleaseContext") == opened


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        (0x80100069, CardRemoved, "the card was taken out"),
        (0x80100068, TransportError, "another program reset the card"),
        (0x80100017, ReaderGone, "unplugged"),
        (NO_SERVICE, ReaderGone, "start pcscd"),
        (NOT_TRANSACTED, TransportError, "do not understand each other"),
        (0x0000001F, TransportError, "failed with code 0000001F"),
    ],
)
def test_a_failure_on_the_way_is_one_sentence(
    scard: Scard, code: int, error: type[TransportError], sentence: str
) -> None:
    with pcsc.connect(NAME) as link:
        scard.codes["Transmit"] = code
        scard.states = [0x10022, TIMEOUT]  # The card is there, and stays.
        with pytest.raises(error, match=sentence) as failed:
            link.transmit(SHORT)
    assert type(failed.value) is error
    assert scard.called[-2:] == ["Disconnect", "ReleaseContext"]


GONE_FROM_READER = [[0x20012], [0x10022, 0x20012]]


@pytest.mark.parametrize("states", GONE_FROM_READER, ids=["at once", "later"])
@pytest.mark.parametrize("command", [SHORT, EXTENDED], ids=["short", "extended"])
def test_a_command_that_failed_because_the_card_left_says_so(
    scard: Scard, states: list[int], command: bytes
) -> None:
    with pcsc.connect(NAME) as link:
        scard.codes["Transmit"] = NOT_TRANSACTED
        scard.states = list(states)
        with pytest.raises(CardRemoved, match="taken out"):
            link.transmit(command)
    assert scard.called[-2:] == ["Disconnect", "ReleaseContext"]


def test_an_answer_of_nothing_means_that_the_card_left(scard: Scard) -> None:
    """The daemon calls a command done whose card was pulled while it worked."""
    with pcsc.connect(NAME) as link:
        scard.answer = []
        with pytest.raises(CardRemoved, match="taken out"):
            link.transmit(SHORT)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0x80100069, CardRemoved),
        (0x80100068, TransportError),
        (NO_SERVICE, ReaderGone),
        (NOT_TRANSACTED, TransportError),
    ],
)
def test_nothing_is_sent_to_what_lies_there_after_a_failure(
    scard: Scard, code: int, error: type[TransportError]
) -> None:
    """It may be another card, and the service need not have seen that."""
    with pcsc.connect(NAME) as link:
        scard.codes["Transmit"] = code
        scard.states = [0x10022, TIMEOUT]
        with pytest.raises(error):
            link.transmit(SHORT)
        scard.codes.clear()
        with pytest.raises(error):
            link.transmit(SHORT)
    assert scard.called.count("Transmit") == 1


@pytest.mark.parametrize("state", [0x0006, 0x000A], ids=["unknown", "unavailable"])
def test_a_command_that_failed_because_the_reader_left_says_so(scard: Scard, state: int) -> None:
    with pcsc.connect(NAME) as link:
        scard.codes["Transmit"] = NOT_TRANSACTED
        scard.states = [0x10022, state]
        with pytest.raises(ReaderGone, match="unplugged"):
            link.transmit(SHORT)


@pytest.mark.parametrize("code", [NOT_TRANSACTED, 0x80100008, 0x0000001F])
def test_an_extended_command_that_fails_with_the_card_there_is_too_long(
    scard: Scard, code: int
) -> None:
    with pcsc.connect(NAME) as link:
        assert link.max_command is None
        scard.codes["Transmit"] = code
        scard.states = [0x10022, TIMEOUT]
        with pytest.raises(CommandTooLong, match="short blocks"):
            link.transmit(EXTENDED)
        scard.codes.clear()
        assert link.transmit(SHORT) == b"\x90\x00"


def driver_says(scard: Scard, properties: str) -> None:
    scard.driver[GET_FEATURES] = list(bytes.fromhex("060442330006 120442330012"))
    scard.driver[GET_PROPERTIES] = list(bytes.fromhex(properties))


def test_a_reader_that_says_short_only_is_sent_no_extended_command(scard: Scard) -> None:
    driver_says(scard, "0A0400000000")
    with pcsc.connect(NAME) as link:
        assert (link.max_command, link.max_answer) == (261, 258)
        with pytest.raises(CommandTooLong, match="short blocks"):
            link.transmit(EXTENDED)
        assert "Transmit" not in scard.called
        assert link.transmit(SHORT) == b"\x90\x00"
        assert link.transmit(bytes(4) + b"\xff" + bytes(255) + b"\x00")


def test_a_command_longer_than_the_reader_says_is_not_sent(scard: Scard) -> None:
    driver_says(scard, "0A0400080000")
    with pcsc.connect(NAME) as link:
        assert (link.max_command, link.max_answer) == (2057, 2050)
        assert link.transmit(EXTENDED) == b"\x90\x00"
        link.transmit(bytes(4) + b"\x00" + bytes(2052))
        with pytest.raises(CommandTooLong, match="short"):
            link.transmit(bytes(4) + b"\x00" + bytes(2053))


def test_a_driver_that_says_nothing_leaves_it_unknown(scard: Scard) -> None:
    for properties in (None, "", "0A02FFFF", "0A04FF", "01020210"):
        scard.driver.clear()
        if properties is not None:
            driver_says(scard, properties)
        with pcsc.connect(NAME) as link:
            assert (link.max_command, link.max_answer) == (None, None)
    scard.codes["Control"] = NOT_SUPPORTED
    with pcsc.connect(NAME) as link:
        assert (link.max_command, link.max_answer) == (None, None)


def test_a_closed_link_carries_nothing_and_closes_again_without_error(scard: Scard) -> None:
    link = pcsc.connect(NAME)
    link.close()
    link.close()
    with pytest.raises(TransportError, match="no longer connected"):
        link.transmit(bytes(4))
    assert scard.called.count("Disconnect") == 1


def test_a_card_that_lies_there_is_not_waited_for(scard: Scard) -> None:
    scard.states = [0x10022]
    pcsc.wait_for_card(NAME, 5)
    assert scard.called.count("GetStatusChange") == 1


def test_a_card_is_waited_for(scard: Scard) -> None:
    scard.states = [0x10012, 0x20022]
    pcsc.wait_for_card(NAME, 5)
    assert ("GetStatusChange", 5000, [(NAME, 0x10010)]) in scard.calls
    assert scard.called[-1] == "ReleaseContext"


@pytest.mark.parametrize("then", [TIMEOUT, 0x10012])
def test_no_card_in_time_is_said(scard: Scard, then: int) -> None:
    scard.states = [0x10012, then]
    with pytest.raises(CardRemoved, match="no card came in time"):
        pcsc.wait_for_card(NAME, 5)
    assert scard.called[-1] == "ReleaseContext"
