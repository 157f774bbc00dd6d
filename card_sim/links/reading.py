"""Which file a command reads, followed from outside by the commands before it."""

from apdu.errors import EncodingError
from apdu.iso7816 import CommandAPDU, Instruction, ResponseAPDU
from apdu.tlv import parse_one
from card_sim.files import Application

_BY_NAME, _MASTER_FILE = 0x04, 0x3F00
_SHORT_IDENTIFIER = 0x80
_NAMES = {
    Application.MASTER: {
        0x01: "EF.ATR/INFO",
        0x1C: "EF.CardAccess",
        0x1D: "EF.CardSecurity",
        0x1E: "EF.DIR",
    },
    Application.LDS1: {0x1D: "EF.SOD", 0x1E: "EF.COM"}
    | {number: f"DG{number}" for number in range(1, 17)},
    Application.EID: {number: f"eID.DG{number}" for number in range(1, 23)},
}
_DIRECTORY, _ATTRIBUTES = 0x2F00, 0x2F01
_SHORT = {_DIRECTORY: 0x1E, _ATTRIBUTES: 0x01}


class Reading:
    """The application and file a session is at."""

    def __init__(self) -> None:
        self._application = Application.MASTER
        self._file = 0

    def follow(self, command: CommandAPDU, response: ResponseAPDU) -> tuple[str, int] | None:
        """The file that `command` read and the octets of it in `response`, if it read any."""
        if command.ins == Instruction.SELECT and response.ok:
            self._select(command)
        elif command.ins == Instruction.GENERAL_AUTHENTICATE and response.ok:
            self._after_authentication(command)
        elif command.ins in (Instruction.READ_BINARY, Instruction.READ_BINARY_ODD):
            return self._read(command, response)
        return None

    def _select(self, command: CommandAPDU) -> None:
        if command.p1 == _BY_NAME:
            self._application, self._file = _application(command.data), 0
        elif command.data in (b"", _MASTER_FILE.to_bytes(2)):
            self._application, self._file = Application.MASTER, 0
        else:
            identifier = int.from_bytes(command.data[-2:])
            self._file = _SHORT.get(identifier, identifier & 0x1F)

    def _after_authentication(self, command: CommandAPDU) -> None:
        """PACE ends at the master file."""
        if command.data[2:3] == b"\x85":
            self._application, self._file = Application.MASTER, 0

    def _read(self, command: CommandAPDU, response: ResponseAPDU) -> tuple[str, int] | None:
        data = response.data
        if command.ins == Instruction.READ_BINARY_ODD:
            data = _inside(data)
            self._file = command.p2 & 0x1F or self._file
        elif command.p1 & _SHORT_IDENTIFIER:
            self._file = command.p1 & 0x1F
        if not data:
            return None
        name = _NAMES[self._application].get(self._file, f"file {self._file:02X}")
        return name, len(data)


def _application(name: bytes) -> Application:
    """The application with this name or one that begins with it."""
    found = (each for each in Application if name and each.value.startswith(name))
    return next(found, Application.MASTER)


def _inside(data: bytes) -> bytes:
    try:
        return parse_one(data, 0x53).value
    except EncodingError:
        return b""
