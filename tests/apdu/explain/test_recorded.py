"""Recordings of other programs and of this one come into one form."""

import json
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import CardRemoved, EncodingError
from apdu.explain.recorded import Pair, read
from apdu.transports.replay import Replay
from apdu.transports.trace import RedactingTrace

SELECT, ACCESS = "00A4040C07A0000002471001", "00B09C0000"
EXPECTED = [
    Pair(bytes.fromhex("00A4040C"), 12, 0x9000, 2, None, bytes.fromhex("A0000002471001"), b""),
    Pair(bytes.fromhex("00B09C00"), 5, 0x6282, 5, None, b"", bytes.fromhex("310100")),
]
ANSWERS = ("9000", "3101006282")


@pytest.mark.parametrize(
    "text",
    [
        f"{SELECT}\n{ANSWERS[0]}\n{ACCESS}\n{ANSWERS[1]}\n",
        f"> {SELECT}\n< {ANSWERS[0]}\n> {ACCESS}\n< {ANSWERS[1]}",
        f"-> {SELECT.lower()}\n<- {ANSWERS[0]}\n--> {ACCESS}\n<-- {ANSWERS[1].lower()}",
        f">> {SELECT}\n<< {ANSWERS[0]}\n=> {ACCESS}\n<= {ANSWERS[1]}",
        f"C-APDU: {SELECT}\nR-APDU: {ANSWERS[0]}\nCAPDU:{ACCESS}\nRAPDU:{ANSWERS[1]}",
        "Sending: 00 A4 04 0C 07 A0 00 00 02 47 10 01\nReceived: 90 00\n"
        "Sending: 00:B0:9C:00:00\nReceived: 31 01 00 62 82",
        f"# a session\n\n> {SELECT}\nselected\n< {ANSWERS[0]}\n// and on\n> {ACCESS}\n"
        f"< {ANSWERS[1]}\n; 00000000",
        f"\x1b[32m> {SELECT}\x1b[0m\n< {ANSWERS[0]}\n> {ACCESS}\n< {ANSWERS[1]}\n",
        f"A>> T=1 (4+0007) 00A4040C 07 A0000002471001\nA<< (0000+2) (12ms) 9000\n"
        f"A>> T=1 (4+0000) {ACCESS}\nA<< (0003+2) (3ms) 310100 6282",
        f"\r\n> {SELECT}\r\n< {ANSWERS[0]}\r\n> {ACCESS}\r\n< {ANSWERS[1]}\r\n",
    ],
)
def test_hexadecimal_lines(text: str) -> None:
    assert list(read(text)) == EXPECTED


def test_log_of_the_smart_card_service() -> None:
    log = """\
00000000 [139] debuglog.c:299:DebugLogSetLevel() debug level=debug
00004000 winscard_svc.c:351:ContextThread() Received command: TRANSMIT from client 11
00000123 APDU: 00 A4 04 0C 07 A0 00 00 02 47 10 01
00000001 ifdhandler.c:1373:IFDHTransmitToICC() usb:04e6/5116
00001999 SW: 90 00
00000005 APDU: 00 B0 9C 00 00
00002500 SW: 31 01 00 62 82
00000010 winscard.c:960:SCardDisconnect() Active Contexts: 1
"""
    first, second = read(log)
    assert (first.data, first.status, first.milliseconds) == (EXPECTED[0].data, 0x9000, 2.0)
    assert (second.answer, second.status, second.milliseconds) == (b"1\x01\x00", 0x6282, 2.5)


def test_log_of_the_smart_card_service_in_colour_and_through_a_journal() -> None:
    colour = (
        "\x1b[36m00000123\x1b[0m [140] \x1b[34mAPDU: 00 B0 9C 00 00 \x1b[0m\n"
        "\x1b[36m00002500\x1b[0m [140] \x1b[34mSW: 31 01 00 62 82 \x1b[0m\n"
    )
    journal = (
        "Nov 26 01:10:00 host pcscd[99]: 00000123 APDU: 00 B0 9C 00 00 \n"
        "Nov 26 01:10:00 host pcscd[99]: 00002500 SW: 31 01 00 62 82 \n"
    )
    for text in (colour, journal):
        (pair,) = read(text)
        assert (pair.header, pair.status, pair.answer) == (
            bytes.fromhex("00B09C00"), 0x6282, b"1\x01\x00",
        )  # fmt: skip


def ticks() -> Iterator[float]:
    return (tick * 0.0125 for tick in count())


def test_trace_of_this_project_has_no_data() -> None:
    lines: list[str] = []
    clock = ticks()
    link = Replay(
        [(bytes.fromhex(SELECT), b"\x90\x00"), (bytes.fromhex(ACCESS), b"1\x01\x00b\x82")]
    )
    trace = RedactingTrace(link, lines.append, lambda: next(clock))
    trace.transmit(bytes.fromhex(SELECT))
    trace.transmit(bytes.fromhex(ACCESS))
    assert list(read("\n".join(lines))) == [
        Pair(bytes.fromhex("00A4040C"), 12, 0x9000, 2, 12.5, None, b""),
        Pair(bytes.fromhex("00B09C00"), 5, 0x6282, 5, 12.5, None, None),
    ]


def test_trace_of_a_link_that_broke() -> None:
    class Broken:
        def transmit(self, command: bytes) -> bytes:
            raise CardRemoved("gone")

    lines: list[str] = []
    with pytest.raises(CardRemoved):
        RedactingTrace(Broken(), lines.append, lambda: 0.0).transmit(bytes.fromhex(ACCESS))
    (pair,) = read(lines[0])
    assert (pair.status, pair.received, pair.failure) == (None, 0, "CardRemoved")


def test_command_without_an_answer_stays() -> None:
    pairs = read(f"> {SELECT}\n> {ACCESS}\n< {ANSWERS[1]}\n> {SELECT}")
    assert [each.status for each in pairs] == [None, 0x6282, None]


def test_answer_to_nothing_and_octets_too_few_are_passed_over() -> None:
    assert len(read(f"< 9000\n> 00A4\n< 9000\n> {ACCESS}\n< 90\n< {ANSWERS[1]}")) == 1


def test_command_that_is_no_apdu_has_no_data() -> None:
    (pair,) = read("> 00A4040C09A0000002471001\n< 6700")
    assert (pair.data, pair.sent, pair.status) == (None, 12, 0x6700)


@pytest.mark.parametrize(
    "text",
    ["", "nothing here", "> xyz\n< 9000", "{}", '{"command": 5}', "{broken", '{"command": "00A4"}',
     '[1]\n{"answer": "9000"}', "APDU: \nSW: 90 00"],
)  # fmt: skip
def test_file_without_a_command_is_refused(text: str) -> None:
    with pytest.raises(EncodingError, match="no recorded command"):
        read(text)


def test_what_no_recording_should_hold_is_not_believed() -> None:
    entry = {"command": ACCESS, "answer": "9000", "ms": True, "sent": 1, "received": -5}
    (pair,) = read(json.dumps(entry | {"error": "\x1b[2J"}))
    assert (pair.sent, pair.received, pair.milliseconds, pair.failure) == (5, 2, None, "")


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda octets: octets.decode("latin-1")))
def test_no_text_breaks_the_reader(text: str) -> None:
    for prefix in ("", "{", "APDU: ", "> ", "   1  00 A4 04 0C  SELECT 12 -> 9000 2 "):
        try:
            pairs = read(prefix + text)
        except EncodingError:
            continue
        assert all(len(each.header) == 4 for each in pairs)
