"""The chip's files: where they lie, how they are selected and read, and who may.

Source  ISO/IEC 7816-4:2020, 7.2, 7.3, 11.2, 11.3; ICAO Doc 9303-10, 3.6, 3.11, 4.2.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from apdu.errors import EncodingError
from apdu.iso7816 import CommandAPDU, ResponseAPDU, StatusWord
from apdu.lds.chat import read_dg
from apdu.tlv import build, parse_one
from card_sim.refusal import Refusal
from card_sim.session import Password, Session, Stage

AccessRule = Callable[[Session], bool]

MASTER_FILE = 0x3F00
_SHORT_IDENTIFIER = 0x80  # P1 bit 8 of READ BINARY: the low five bits are an SFI
_NO_ANSWER, _FCP, _FCI = 0x0C, 0x04, 0x00  # P2 of SELECT: what is wanted as an answer
_FIRST, _LAST, _NEXT, _PREVIOUS = range(4)  # its low bits: which of several
_OCCURRENCE = 0x03
_LARGEST_NE = (256, 65536)


class Application(Enum):
    """The dedicated files, by application identifier; the master file has none."""

    MASTER = b""
    LDS1 = bytes.fromhex("A0000002471001")
    EID = bytes.fromhex("E80704007F00070302")


_NAMED = tuple(each for each in Application if each.value)


@dataclass(frozen=True, slots=True)
class ElementaryFile:
    """One transparent file: file identifier, short identifier (0: none), content, access rule."""

    identifier: int
    short_identifier: int
    content: bytes = field(repr=False)
    may_read: AccessRule


FileSystem = Mapping[Application, tuple[ElementaryFile, ...]]


def always(_: Session) -> bool:
    return True


def after_pace(session: Session) -> bool:
    """With the MRZ, CAN or PIN proven, and ever after; the PUK opens no file."""
    return session.stage is not Stage.PLAIN and session.password is not Password.PUK


def after_terminal_authentication(session: Session) -> bool:
    return session.stage in (Stage.TERMINAL_PROVEN, Stage.CHIP_PROVEN)


def with_right(group: int) -> AccessRule:
    """After terminal and chip authentication, if the right to read eID group `group` is left."""
    bit = read_dg(group)

    def rule(session: Session) -> bool:
        authorization = session.authorization
        chip_proven = session.stage is Stage.CHIP_PROVEN
        return chip_proven and authorization is not None and authorization.allows(bit)

    return rule


class Selection:
    """The current application and file of one session; back at the master file after PACE."""

    _application: Application
    _here: tuple[ElementaryFile, ...]
    _current: ElementaryFile | None

    def __init__(self, files: FileSystem) -> None:
        self._files = files
        self._move(Application.MASTER, None)

    def select(self, command: CommandAPDU) -> ResponseAPDU:
        """SELECT by identifier, by path, by the whole or the beginning of an application's name.

        Rule    No application has a file identifier: a path that leads somewhere is one file.
        Errors  `Refusal` 6A82 absent, 6700 no identifier, 6A86 for a P1 or P2 this chip does
                not know; what was selected stays selected.
        """
        occurrence, wish = command.p2 & _OCCURRENCE, command.p2 & ~_OCCURRENCE
        by_name = command.p1 == 0x04
        if wish not in (_NO_ANSWER, _FCP, _FCI) or (occurrence and not by_name):
            raise Refusal(StatusWord.INCORRECT_P1P2)
        if by_name:
            described = self._select_application(command.data, occurrence)
        elif command.p1 == 0x00 and command.data in (b"", MASTER_FILE.to_bytes(2)):
            described = self._enter(Application.MASTER)
        elif command.p1 in (0x00, 0x02):
            described = self._select_file(command.data, self._application, most=2)
        elif command.p1 == 0x08:
            described = self._select_file(command.data, Application.MASTER)
        elif command.p1 == 0x09:
            described = self._select_file(command.data, self._application)
        else:
            raise Refusal(StatusWord.INCORRECT_P1P2)
        wanted = wish != _NO_ANSWER and command.ne
        template = build(0x62 if wish == _FCP else 0x6F, described) if wanted else b""
        return ResponseAPDU(StatusWord.OK, template)

    def read(self, command: CommandAPDU, session: Session, capacity: int) -> ResponseAPDU:
        """READ BINARY with an even instruction.

        Rule    Without Le the answer is as long as a short one may be: some readers omit it.
        Errors  `Refusal` 6700, 6982, 6986, 6A82, 6A86, 6B00.
        """
        if command.data:
            raise Refusal(StatusWord.WRONG_LENGTH)
        if command.p1 & _SHORT_IDENTIFIER:
            if command.p1 & 0x60:
                raise Refusal(StatusWord.INCORRECT_P1P2)
            file, offset = self._by_short_identifier(command.p1 & 0x1F), command.p2
        else:
            file, offset = self._current_file(), command.p1 << 8 | command.p2
        content = self._permitted(file, session)
        ne = command.ne or _LARGEST_NE[0]
        return _slice(content, offset, min(ne, capacity), warn=ne not in _LARGEST_NE)

    def read_odd(self, command: CommandAPDU, session: Session, capacity: int) -> ResponseAPDU:
        """READ BINARY with an odd instruction: offset in DO 54, answer in DO 53."""
        try:
            offset = int.from_bytes(parse_one(command.data, 0x54).value)
        except EncodingError as error:
            raise Refusal(StatusWord.WRONG_DATA) from error
        content = self._permitted(self._by_p1p2(command.p1 << 8 | command.p2), session)
        ne = command.ne or _LARGEST_NE[0]
        room = _room_in_data_object(min(ne, capacity))
        found = _slice(content, offset, room, warn=ne not in _LARGEST_NE)
        return ResponseAPDU(found.status, build(0x53, found.data))

    def _select_application(self, name: bytes, occurrence: int) -> bytes:
        named = [each for each in _NAMED if each in self._files]
        here = named.index(self._application) if self._application in named else None
        order = {
            _FIRST: named,
            _LAST: named[::-1],
            _NEXT: named if here is None else named[here + 1 :],
            _PREVIOUS: named[:here][::-1],
        }[occurrence]
        for application in order:
            if name and application.value.startswith(name):
                return self._enter(application)
        raise Refusal(StatusWord.FILE_NOT_FOUND)

    def _move(self, application: Application, file: ElementaryFile | None) -> None:
        self._application, self._current = application, file
        self._here = self._files[application]

    def _enter(self, application: Application) -> bytes:
        self._move(application, None)
        if application is Application.MASTER:
            return build(0x82, b"\x38") + build(0x83, MASTER_FILE.to_bytes(2))
        return build(0x82, b"\x38") + build(0x84, application.value)

    def _select_file(self, path: bytes, application: Application, most: int | None = None) -> bytes:
        if not path or len(path) % 2 or len(path) > (most or len(path)):
            raise Refusal(StatusWord.WRONG_LENGTH)
        file = _first(
            each for each in self._files[application] if each.identifier.to_bytes(2) == path
        )
        self._move(application, file)
        # How long a name or an address is says something of a person: only for all to read.
        size = build(0x80, len(file.content).to_bytes(2)) if file.may_read is always else b""
        return size + build(0x82, b"\x01") + build(0x83, path)

    def _by_p1p2(self, number: int) -> ElementaryFile:
        """The file an odd READ BINARY means: the current one, an SFI or a file identifier."""
        if number == 0:
            return self._current_file()
        if number < 0x1F:
            return self._by_short_identifier(number)
        self._current = _first(each for each in self._here if each.identifier == number)
        return self._current

    def _by_short_identifier(self, number: int) -> ElementaryFile:
        if number == 0:
            raise Refusal(StatusWord.FILE_NOT_FOUND)
        for file in self._here:
            if file.short_identifier == number:
                self._current = file
                return file
        raise Refusal(StatusWord.FILE_NOT_FOUND)

    def _current_file(self) -> ElementaryFile:
        if self._current is None:
            raise Refusal(StatusWord.COMMAND_NOT_ALLOWED)
        return self._current

    @staticmethod
    def _permitted(file: ElementaryFile, session: Session) -> bytes:
        if not file.may_read(session):
            raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)
        return file.content


def _first(files: Iterable[ElementaryFile]) -> ElementaryFile:
    for file in files:
        return file
    raise Refusal(StatusWord.FILE_NOT_FOUND)


def _slice(content: bytes, offset: int, length: int, *, warn: bool) -> ResponseAPDU:
    """Part of a file; 6282 where an exact Le (`warn`) reaches past the end."""
    if offset >= len(content):
        raise Refusal(StatusWord.WRONG_OFFSET)
    part = content[offset : offset + length]
    if warn and len(part) < length:
        return ResponseAPDU(StatusWord.END_OF_FILE, part)
    return ResponseAPDU(StatusWord.OK, part)


def _room_in_data_object(ne: int) -> int:
    """How many octets fit into DO 53 of at most `ne` octets. Errors: `Refusal` 6700 for none."""
    for header in (2, 3, 4):
        room = ne - header
        if room > 0 and len(build(0x53, bytes(room))) <= ne:
            return room
    raise Refusal(StatusWord.WRONG_LENGTH)
