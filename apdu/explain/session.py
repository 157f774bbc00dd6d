"""A recorded session told command by command: which file, which step of which protocol.

Nothing of what was said is repeated but names that belong to nobody: applications, files,
algorithms, kinds of passwords.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apdu.errors import EncodingError
from apdu.explain import instructions
from apdu.explain.names import EID, EMRTD, application, file_by_identifier, file_by_sfi, known_name
from apdu.explain.protocols import ProtocolSteps, ends_in_master_file, is_choice_of_password
from apdu.explain.recorded import Pair
from apdu.explain.status_words import meaning
from apdu.tlv import find, parse

READING, OTHER = "files", "other"
MASTER = b""
_SELECT, _READ, _READ_ODD, _GET_RESPONSE = 0xA4, 0xB0, 0xB1, 0xC0
_GENERAL_AUTHENTICATE = 0x86
_BY_NAME, _BY_SFI, _OFFSET = 0x04, 0x80, 0x54
_EMRTD_ONLY = {0x1D, 0x1E}  # EF.SOD and EF.COM; the eID application has neither.
_EID_ONLY = set(range(0x11, 0x17))


@dataclass(frozen=True, slots=True)
class Told:
    """One command in words; `part` is the protocol it belongs to, or what else it is for."""

    pair: Pair
    name: str
    part: str
    about: str
    protected: bool
    meaning: str

    @property
    def is_protocol(self) -> bool:
        return self.part not in (READING, OTHER)

    @property
    def succeeded(self) -> bool:
        return self.pair.status is not None and _succeeded(self.pair.status)


def tell(pairs: Sequence[Pair]) -> tuple[Told, ...]:
    """Explain a session from its first command after the card's reset."""
    session = _Session()
    return tuple(session.tell(pair, pairs[place:]) for place, pair in enumerate(pairs, start=1))


class _Session:
    """What the commands so far make current on the card, as far as one can know."""

    def __init__(self) -> None:
        self._steps = ProtocolSteps()
        self._application: bytes | None = MASTER
        self._file = ""
        self._part = OTHER

    def tell(self, pair: Pair, later: Sequence[Pair]) -> Told:
        protected = instructions.is_protected(pair.header[0])
        step = self._steps.step(_in_clear(pair, protected))
        part, about = step or self._files(_in_clear(pair, protected), later)
        self._part = part
        if ends_in_master_file(step) and pair.status == 0x9000:
            self._application, self._file = MASTER, ""
        if is_choice_of_password(pair.header) and not _goes_on(later):
            about = f"{about}, only to read its counter"
        if instructions.is_chained(pair.header[0]) and step is None:
            about = f"{about}, a part of the data".lstrip(", ")
        name = instructions.name(pair.header)
        return Told(pair, name, part, about, protected, _meaning(pair, protected))

    def _files(self, pair: Pair, later: Sequence[Pair]) -> tuple[str, str]:
        cla, instruction, p1, p2 = pair.header
        if cla == instructions.READER_CLASS:
            return OTHER, ""
        if instruction == _SELECT:
            return READING, self._select(pair, later)
        if instruction == _READ and p1 & _BY_SFI:
            return READING, _from(self._short(p1 & 0x1F, pair), p2)
        if instruction == _READ:
            return READING, _from(self._file or "the current file", p1 << 8 | p2)
        if instruction == _READ_ODD:
            return READING, self._read_odd(pair)
        if instruction == _GET_RESPONSE:
            return self._part, "the rest of the answer"
        parameters = f"P1-P2 {p1:02X}{p2:02X}" if p1 or p2 else ""
        return OTHER, parameters

    def _select(self, pair: Pair, later: Sequence[Pair]) -> str:
        p1, data = pair.header[2], pair.data
        done = pair.status is not None and _succeeded(pair.status)
        if p1 == _BY_NAME:
            aid = _application_read(later) if data is None else data
            if done:
                self._application, self._file = aid, ""
            if data is not None:
                return application(data)
            return f"an application{f', by the files read {known_name(aid)}' if aid else ''}"
        if data is None:
            if done:
                self._file = ""
            return "a file"
        return self._select_identifier(data, done=done)

    def _select_identifier(self, data: bytes, *, done: bool) -> str:
        identifier = int.from_bytes(data[-2:]) if data else 0x3F00
        name = file_by_identifier(self._application, identifier)
        shown = name or f"file {data.hex().upper()}"
        if done and name == "MF":
            self._application, self._file = MASTER, ""
        elif done:
            self._file = shown
        return shown

    def _short(self, sfi: int, pair: Pair) -> str:
        name = file_by_sfi(self._application, sfi) or f"short file identifier {sfi:02X}"
        if pair.status is not None and _succeeded(pair.status):
            self._file = name
        return name

    def _read_odd(self, pair: Pair) -> str:
        sfi = pair.header[3] & 0x1F if pair.header[2] == 0 and pair.header[3] < 0x20 else 0
        name = self._short(sfi, pair) if sfi else self._file or "the current file"
        try:
            offset = find(parse(pair.data or b""), _OFFSET)
        except EncodingError:
            offset = None
        return f"{name}, far offset" if offset is None else _from(name, int.from_bytes(offset))


def _in_clear(pair: Pair, protected: bool) -> Pair:
    """The command without data that are ciphertext."""
    if not protected:
        return pair
    return Pair(
        pair.header, pair.sent, pair.status, pair.received, pair.milliseconds, None, pair.answer
    )


def _application_read(later: Sequence[Pair]) -> bytes | None:
    """Which application was selected, judged by the short identifiers read until the next one."""
    read = set()
    for each in later:
        if each.header[1] == _SELECT and each.header[2] == _BY_NAME:
            break
        if each.header[1] == _READ and each.header[2] & _BY_SFI:
            read.add(each.header[2] & 0x1F)
    if read & _EMRTD_ONLY:
        return EMRTD
    return EID if read & _EID_ONLY else None


def _goes_on(later: Sequence[Pair]) -> bool:
    return bool(later) and later[0].header[1] == _GENERAL_AUTHENTICATE


def _from(name: str, offset: int) -> str:
    return f"{name} from {offset}" if offset else name


def _meaning(pair: Pair, protected: bool) -> str:
    if pair.status is None:
        return f"no answer{f' ({pair.failure})' if pair.failure else ''}"
    told = meaning(pair.status, pair.header)
    if protected and pair.received == 2:
        return f"{told}; answered in clear, secure messaging is over"
    return told


def _succeeded(status: int) -> bool:
    return status >> 8 in (0x90, 0x61, 0x62, 0x63)
