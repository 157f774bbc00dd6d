"""Command and response APDUs, instruction bytes and status words (ISO/IEC 7816-4:2020, 5)."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from apdu.errors import EncodingError

CHAINING = 0x10  # CLA bit 5: more commands of the chain follow (5.3.3)
SECURE_MESSAGING = 0x0C  # CLA bits 4 and 3: secure messaging, header authenticated (5.4.1)
MAX_SHORT_NC = 0xFF
MAX_SHORT_NE = 0x100
MAX_NC = 0xFFFF
MAX_NE = 0x10000


class Instruction(IntEnum):
    """Instruction bytes this project sends or answers (ISO/IEC 7816-4:2020, table 5)."""

    DEACTIVATE = 0x04
    VERIFY = 0x20
    MANAGE_SECURITY_ENVIRONMENT = 0x22
    PERFORM_SECURITY_OPERATION = 0x2A
    RESET_RETRY_COUNTER = 0x2C
    ACTIVATE = 0x44
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    GENERAL_AUTHENTICATE = 0x86
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_BINARY_ODD = 0xB1
    GET_RESPONSE = 0xC0


class StatusWord(IntEnum):
    """Status words with one meaning (ISO/IEC 7816-4:2020, tables 5 to 7)."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    DEACTIVATED_WARNING = 0x6283
    AUTHENTICATION_FAILED = 0x6300
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    CHAINING_NOT_SUPPORTED = 0x6884
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    AUTHENTICATION_METHOD_BLOCKED = 0x6983
    REFERENCE_DATA_NOT_USABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    COMMAND_NOT_ALLOWED = 0x6986
    SM_OBJECT_MISSING = 0x6987
    SM_OBJECT_INCORRECT = 0x6988
    WRONG_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    INCORRECT_P1P2 = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    INSTRUCTION_NOT_SUPPORTED = 0x6D00
    CLASS_NOT_SUPPORTED = 0x6E00
    UNKNOWN_ERROR = 0x6F00


@dataclass(slots=True, unsafe_hash=True, init=False)
class CommandAPDU:
    """A command to the chip.

    Units   `data` 0..65535 octets; `ne`, the longest answer wanted, 0..65536 octets.
    Rule    Short form if both fit in it, else extended; `extended` forces the long form.
    Errors  `ValueError` for more.
    Source  ISO/IEC 7816-4:2020, 5.2.
    """

    cla: Final[int]
    ins: Final[int]
    p1: Final[int]
    p2: Final[int]
    data: Final[bytes] = field(repr=False)  # may be personal
    ne: Final[int]
    extended: Final[bool]

    # Written out, and Final, not frozen: four are made for each command of a tap in process.
    def __init__(
        self,
        cla: int,
        ins: int,
        p1: int = 0x00,
        p2: int = 0x00,
        data: bytes = b"",
        ne: int = 0,
        extended: bool = False,
    ) -> None:
        nc = len(data)
        if nc > MAX_SHORT_NC or not 0 <= ne <= MAX_SHORT_NE:
            if nc > MAX_NC or not 0 <= ne <= MAX_NE:
                raise ValueError(f"APDU too long: Nc={nc}, Ne={ne}")
            extended = True
        self.cla = cla
        self.ins = ins
        self.p1 = p1
        self.p2 = p2
        self.data = data  # type: ignore[misc]  # field() gave it no value
        self.ne = ne
        self.extended = extended

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    @property
    def name(self) -> str:
        """The command's name for messages and traces."""
        try:
            return Instruction(self.ins).name
        except ValueError:
            return f"INS {self.ins:02X}"

    def __bytes__(self) -> bytes:
        data, ne = self.data, self.ne
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        if not (data or ne):
            return header
        if self.extended:
            lc = b"\x00" + (len(data).to_bytes(2) if data else b"")
            le = (ne & 0xFFFF).to_bytes(2) if ne else b""
        else:
            lc = bytes((len(data),)) if data else b""
            le = bytes((ne & 0xFF,)) if ne else b""
        return header + lc + data + le

    @classmethod
    def decode(cls, octets: bytes) -> "CommandAPDU":
        """Read one of the seven forms: 1, 2S, 3S, 4S, 2E, 3E, 4E. Errors: `EncodingError`."""
        if len(octets) < 4:
            raise EncodingError(f"command APDU of {len(octets)} octets")
        cla, ins, p1, p2 = octets[:4]
        extended = len(octets) >= 7 and octets[4] == 0
        data, ne = _split_extended(octets[4:]) if extended else _split_short(octets[4:])
        return cls(cla, ins, p1, p2, data, ne, extended)


def _split_short(body: bytes) -> tuple[bytes, int]:
    size = len(body)
    if not size:
        return b"", 0
    nc = body[0]
    if size == 1:
        return b"", nc or MAX_SHORT_NE
    if nc and size == 1 + nc:
        return body[1:], 0
    if nc and size == 2 + nc:
        return body[1:-1], body[-1] or MAX_SHORT_NE
    raise EncodingError("command APDU: Lc does not match its data")


def _split_extended(body: bytes) -> tuple[bytes, int]:
    number, rest = body[1] << 8 | body[2], len(body) - 3
    if not rest:
        return b"", number or MAX_NE
    if number and rest == number:
        return body[3:], 0
    if number and rest == number + 2:
        return body[3:-2], body[-2] << 8 | body[-1] or MAX_NE
    raise EncodingError("command APDU: extended Lc does not match its data")


_OK = int(StatusWord.OK)  # Asked of every answer: a member is looked up four times as long.


@dataclass(slots=True, unsafe_hash=True)  # as CommandAPDU
class ResponseAPDU:
    """The chip's answer: `data` (0..65536 octets) and the status word `status` (SW1 SW2)."""

    status: Final[int]
    data: Final[bytes] = field(default=b"", repr=False)  # may be personal

    @property
    def ok(self) -> bool:
        return self.status == _OK

    def __bytes__(self) -> bytes:
        return self.data + self.status.to_bytes(2)

    @classmethod
    def decode(cls, octets: bytes) -> "ResponseAPDU":
        """Read an answer. Errors: `EncodingError` if it has no status word or is too long."""
        if not 2 <= len(octets) <= MAX_NE + 2:
            raise EncodingError(f"response APDU of {len(octets)} octets")
        return cls(octets[-2] << 8 | octets[-1], octets[:-2])
