"""What is fuzzed: a function that takes any octets, and good octets to begin from.

A target returns for whatever it may be given; an exception that leaves it is a finding.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from apdu import atr, tlv
from apdu.crypto.curves import P256, P384, encode_point
from apdu.errors import ApduError, EncodingError
from apdu.exchange import Exchange
from apdu.explain import recorded, session
from apdu.explain.answer_to_reset import explain
from apdu.files import capacity, read_file, read_whole_file
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.lds import cv_requests
from apdu.lds.cms_ber import decode_ber
from apdu.profiles.icao import read_document
from apdu.profiles.krrc import survey
from apdu.protocols.pace import pace
from apdu.protocols.passive_authentication import NotAuthentic, TrustStore
from apdu.protocols.password import Password
from apdu.protocols.pin import change_pin
from apdu.secure_messaging import SecureMessaging, SessionKeys
from card_sim.card_file.order import CardFileError, CardOrder
from card_sim.card_file.reading import read_card_file
from card_sim.card_file.writing import card_file_text
from card_sim.card_types import CardType
from card_sim.memory import DamagedMemory, StateFile
from card_sim.persons import persons
from card_sim.refusal import Refusal
from card_sim.secure_messaging import ChipChannel
from card_sim.secure_messaging import SessionKeys as ChipKeys
from tests.apdu.lds.issuing import CSCA, DAY
from tests.apdu.lds.signed_files import CONTENT, SIGNED, authenticate
from tests.apdu.lds.test_cvc import CVCA, TERMINAL
from tests.apdu.lds.test_hostile_octets import DECODERS, Decoder
from tests.apdu.lds.test_security_infos import EF_CARD_ACCESS
from tests.card_sim.world import TODAY, World, make_world
from tests.fuzz.accepted import Forged

_MAC_KEY = bytes(range(16))
_ATR_INFO = bytes.fromhex("4703F741E07F66080202FFFF0202FFFF")
_SELECT = bytes.fromhex("00A4040C07A0000002471001")
_READ = bytes.fromhex("00B09C0000")
_COMMANDS = (
    _SELECT,
    _READ,
    bytes.fromhex("00B09C0000000000"),
    bytes.fromhex("00B1000003540102" + "00"),
    bytes.fromhex("0084000008"),
    bytes.fromhex("002281B6118300") + b"KRTESTCVKR00001",
    bytes.fromhex("0022C1A40F800A04007F000702020402028301" + "03"),
    bytes.fromhex("10860000027C0000"),
    bytes.fromhex("002C020306") + b"135791",
    bytes.fromhex("002C0303"),
    bytes.fromhex("00441003"),
    bytes.fromhex("00041003"),
    bytes.fromhex("0082000040") + bytes(64),
)


@dataclass(frozen=True, slots=True)
class Target:
    """`run` is fed the `corpus` and what is made of it."""

    name: str
    run: Callable[[bytes], None] = field(repr=False)
    corpus: tuple[bytes, ...] = field(repr=False)


def _declared(decode: Decoder, *errors: type[Exception]) -> Callable[[bytes], None]:
    def run(octets: bytes) -> None:
        with suppress(*errors):
            decode(octets)

    return run


def _signed_object(octets: bytes) -> None:
    """Never 'authentic' for other content than was signed."""
    from apdu.lds import sod  # noqa: PLC0415 - one target's own

    try:
        signed = sod.decode(octets)
        authenticate(signed)
    except (EncodingError, NotAuthentic):
        return
    if signed.content != CONTENT:
        raise Forged("a signed object that nobody signed was accepted")


def _channel_answer(octets: bytes) -> None:
    """Never another answer than the chip's: nobody here knows the key."""
    channel = SecureMessaging(SessionKeys(bytes(16), _MAC_KEY))
    try:
        channel.protect(_COMMAND)
        opened = channel.unprotect(ResponseAPDU.decode(octets))
    except ApduError:
        return
    if opened != _ANSWER:
        raise Forged(f"an answer with the status {opened.status:04X} was accepted")


def _channel_command(octets: bytes) -> None:
    """The chip's end of the same. The outer Le is nobody's secret and not authenticated."""
    channel = ChipChannel(ChipKeys(bytes(16), _MAC_KEY))
    try:
        opened = channel.open(CommandAPDU.decode(octets))
    except (EncodingError, Refusal):
        return
    if (opened.header, opened.data, opened.ne) != (_COMMAND.header, b"", _COMMAND.ne):
        raise Forged("a command without the right MAC was accepted")


_COMMAND = CommandAPDU(0x00, 0xB0, ne=0x100)
_ANSWER = ResponseAPDU(0x9000, b"data of a file")
_PROTECTED_COMMAND = bytes(SecureMessaging(SessionKeys(bytes(16), _MAC_KEY)).protect(_COMMAND))


def _protected_answer() -> bytes:
    channel = ChipChannel(ChipKeys(bytes(16), _MAC_KEY))
    channel.open(CommandAPDU.decode(_PROTECTED_COMMAND))
    return channel.seal(_ANSWER, 0xB0)


_PROTECTED_ANSWER = _protected_answer()


def frames(octets: bytes) -> Iterator[bytes]:
    """`octets` as messages, each after its length in two octets; the last may be cut."""
    while len(octets) >= 2:
        length = int.from_bytes(octets[:2])
        yield octets[2 : 2 + length]
        octets = octets[2 + length :]


def framed(*messages: bytes) -> bytes:
    return b"".join(len(each).to_bytes(2) + each for each in messages)


def _converse(exchange: Exchange[object], answers: bytes) -> None:
    """A hostile chip that says `answers`, one after the other."""
    with suppress(ApduError, StopIteration):
        next(exchange)
        for each in frames(answers):
            exchange.send(ResponseAPDU.decode(each))
    exchange.close()


def _hostile_chip(start: Callable[[], Exchange[object]]) -> Callable[[bytes], None]:
    return lambda octets: _converse(start(), octets)


@cache
def _world() -> World:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    return make_world(folder / "home")


def _plain_card(octets: bytes) -> None:
    """Commands in clear; every one has an answer that is not the one for a fault inside."""
    card = _world().card()
    for each in frames(octets):
        _require_answer(card.transmit(each))


def _card_after_pace(octets: bytes) -> None:
    """Well-protected commands in a PIN session: they reach the dispatch."""
    terminal = _world().after_pace()
    for each in frames(octets):
        if terminal.channel is None or len(each) < 4:
            break
        clean = bytes((each[0] & 0x10,)) + each[1:4]
        wrapped = terminal.channel.wrap(clean, each[5:205], each[4:5], extended=False)
        answer = terminal.card.transmit(wrapped)
        _require_answer(answer)
        if len(answer) == 2:
            break
        terminal.channel.unwrap(answer)


def _require_answer(answer: bytes) -> None:
    if len(answer) < 2 or answer[-2:] == b"\x6f\x00":
        raise Forged("the card has no answer, or met a fault of its own")


def _chip_session() -> bytes:
    """What an honest P-256 chip says until its token, which cannot be right."""
    point = encode_point(P256.private_key(7).public_key())
    return framed(
        b"\x90\x00",
        tlv.build(0x7C, tlv.build(0x80, bytes(16))) + b"\x90\x00",
        tlv.build(0x7C, tlv.build(0x82, point)) + b"\x90\x00",
        tlv.build(0x7C, tlv.build(0x84, encode_point(P256.private_key(9).public_key())))
        + b"\x90\x00",
        tlv.build(0x7C, tlv.build(0x86, bytes(8))) + b"\x90\x00",
    )


def _pace() -> Exchange[object]:
    from apdu.lds import security_infos  # noqa: PLC0415

    info = security_infos.decode(EF_CARD_ACCESS).pace[0]
    return pace(Password.can("271828"), info, ephemeral=lambda curve: curve.private_key(5))


_ANSWERS = framed(_ATR_INFO + b"\x90\x00", EF_CARD_ACCESS + b"\x90\x00", b"\x63\xc2")
_FILE = framed(b"\x61\x81\x90" + bytes(100) + b"\x90\x00", bytes(47) + b"\x62\x82")
_BLOCKS = framed(b"\x61\x82\x01\x00" + bytes(219) + b"\x90\x00", bytes(41) + b"\x90\x00")


def _targets() -> Mapping[str, Target]:
    listed = [
        Target(name, _declared(decode, EncodingError), (good,))
        for name, (decode, good) in DECODERS.items()
    ]
    listed += [
        Target("TLV", _declared(tlv.parse, EncodingError), (EF_CARD_ACCESS, SIGNED)),
        Target("TLV header", _declared(tlv.read_header, EncodingError), (b"\x7f\x49\x82\x01\x00",)),
        Target("command APDU", _declared(CommandAPDU.decode, EncodingError), _COMMANDS),
        Target("response APDU", _declared(ResponseAPDU.decode, EncodingError), (b"\x90\x00",)),
        Target("EF.ATR/INFO", _declared(capacity), (_ATR_INFO,)),
        Target("point on P-384", _declared(P384.decode_point, EncodingError), (_POINT,)),
        Target("signed object", _signed_object, (SIGNED,)),
        Target("secure messaging, answer", _channel_answer, (_PROTECTED_ANSWER,)),
        Target("secure messaging, command", _channel_command, (_PROTECTED_COMMAND,)),
        Target("signed object in BER", _declared(decode_ber, EncodingError), (SIGNED,)),
        Target(
            "request for a certificate", _declared(cv_requests.decode, EncodingError), _REQUESTS
        ),
        Target(
            "authenticated request",
            _declared(cv_requests.decode_authenticated, EncodingError),
            _REQUESTS,
        ),
        Target("answer to reset", _declared(_explained_atr, EncodingError), _ATRS),
        Target("recorded session", _declared(_told, EncodingError), _RECORDINGS),
        Target("card file", _card_file, (_CARD_FILE,)),
        Target("card memory", _card_memory, (_MEMORY,)),
        Target("chip: travel document", _hostile_chip(_document), (_chip_session(),)),
        Target("chip: PIN management", _hostile_chip(_new_pin), (framed(b"\x90\x00"),)),
        Target("chip: survey", _hostile_chip(survey), (_ANSWERS,)),
        Target("chip: PACE", _hostile_chip(_pace), (_chip_session(),)),
        Target("chip: file", _hostile_chip(lambda: read_file(1, 223)), (_FILE, _BLOCKS)),
        Target("chip: whole file", _hostile_chip(lambda: read_whole_file(1, 223)), (_FILE,)),
        Target("card: plain", _plain_card, (framed(*_COMMANDS), framed(_SELECT, _READ))),
        Target("card: after PACE", _card_after_pace, (framed(*_COMMANDS),)),
    ]
    return {each.name: each for each in listed}


def _explained_atr(octets: bytes) -> None:
    explain(atr.decode(octets))


def _told(octets: bytes) -> None:
    session.tell(recorded.read(octets.decode("utf-8", "replace")))


def _card_file(octets: bytes) -> None:
    """A file that somebody edited by hand."""
    path = _folder() / "card.toml"
    path.write_bytes(octets)
    with suppress(CardFileError):
        read_card_file(path)


def _card_memory(octets: bytes) -> None:
    path = _folder() / "memory.json"
    path.write_bytes(octets)
    store = StateFile(path, "T26000017")
    with suppress(DamagedMemory):
        store.load()
    store.close()


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def _document() -> Exchange[object]:
    password, trust = Password.can("271828"), TrustStore((CSCA,))
    return read_document(password, trust, DAY, ephemeral=lambda curve: curve.private_key(5))


def _new_pin() -> Exchange[object]:
    return change_pin(Password.pin("135791"))


def _requests() -> tuple[bytes, ...]:
    fields = cv_requests.RequestFields("KRTESTTERM00001", TERMINAL.public_key.on(P256))
    request = cv_requests.make(fields, lambda _: bytes(64))
    vouched = cv_requests.authenticate(request, "KRTESTDVAB00001", lambda _: bytes(64))
    return request.encoded, vouched.encoded, TERMINAL.encoded


def _a_card_file() -> bytes:
    person = persons(TODAY)["kim-minji"]
    return card_file_text(CardOrder(person, CardType.KRRC_1, "a seed")).encode()


_REQUESTS = _requests()
_CARD_FILE = _a_card_file()
_MEMORY = json.dumps(
    {
        "format": 1,
        "card": "T26000017",
        "current_date": "2026-10-24",
        "pin_tries": 2,
        "puk_uses": 10,
        "trust_points": [CVCA.encoded.hex()],
    }
).encode()
_ATRS = (
    bytes.fromhex("3B8A80018031F873F741E082900075"),
    bytes.fromhex("3BFE1300008131FE454A434F5076323431B7"),
    bytes.fromhex("3B021450"),
)
_RECORDINGS = (
    b'{"n":1,"command":"00A4040C07A0000002471001","answer":"9000","ms":0.41}\n',
    b"> 00B09C0000\n< 3155300D9000\n",
    b"00000012 APDU: 00 A4 04 0C\n00000020 SW: 90 00\n",
)
_POINT = encode_point(P384.private_key(7).public_key())
TARGETS = _targets()
