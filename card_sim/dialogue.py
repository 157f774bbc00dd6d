"""One session from power-on or PACE to its end: which command belongs to which protocol, when.

Source  TR-03110-3, B (the commands); ISO/IEC 7816-4:2020, 11.5.
"""

from apdu.errors import EncodingError
from apdu.iso7816 import CHAINING, CommandAPDU, ResponseAPDU, StatusWord
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat, Role
from apdu.lds.der import oid_octets
from apdu.tlv import Tlv, build, parse_one
from card_sim import chip_authentication, pin_management
from card_sim.chip import Chip
from card_sim.data_objects import fields
from card_sim.files import Selection
from card_sim.pace import DYNAMIC_DATA, PaceDialogue, Wish
from card_sim.pin import TryCounters
from card_sim.refusal import Refusal
from card_sim.secure_messaging import SessionKeys
from card_sim.session import Event, Password, Session
from card_sim.terminal_authentication import TerminalAuthentication

_PROTOCOL, _NAME, _KEY_REFERENCE, _CHAT = 0x80, 0x83, 0x84, 0x7F4C

# P1-P2 of MANAGE SECURITY ENVIRONMENT.
SET_AT_PACE = 0xC1A4
SET_AT_TERMINAL = 0x81A4
SET_AT_CHIP = 0x41A4
SET_DST = 0x81B6
VERIFY_CERTIFICATE = 0x00BE


class ChipAuthenticationChosen:
    """MSE:Set AT named the chip's key; the terminal's ephemeral key comes next."""


Pending = PaceDialogue | ChipAuthenticationChosen


class Dialogue:
    """The session, what is selected in it, and the step that is under way."""

    session: Session
    selection: Selection
    _terminal: TerminalAuthentication
    _pending: Pending | None

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._counters = TryCounters(chip.memory)
        self._begin(Session())
        self._new_keys: SessionKeys | None = None

    def take_new_keys(self) -> SessionKeys | None:
        """The keys the last command agreed on, once."""
        keys, self._new_keys = self._new_keys, None
        return keys

    def interrupt(self) -> None:
        """Another command came: an unfinished GENERAL AUTHENTICATE is over."""
        self._pending = None

    def manage(self, command: CommandAPDU) -> ResponseAPDU:
        """MANAGE SECURITY ENVIRONMENT. Errors: `Refusal` 6982, 6A80, 6A86, 6A88."""
        target = command.p1 << 8 | command.p2
        if target == SET_AT_PACE:
            return self._choose_pace(command.data)
        if target == SET_AT_CHIP:
            return self._choose_chip_authentication(command.data)
        if target not in (SET_DST, SET_AT_TERMINAL):
            raise Refusal(StatusWord.INCORRECT_P1P2)
        self._require_terminal_authentication()
        if target == SET_DST:
            self._terminal.set_dst(command.data)
        else:
            self._terminal.set_at(command.data)
        return ResponseAPDU(StatusWord.OK)

    def general_authenticate(self, command: CommandAPDU) -> ResponseAPDU:
        """GENERAL AUTHENTICATE: the next step of what MSE:Set AT chose. Errors: `Refusal` 6985."""
        pending, self._pending = self._pending, None
        if command.p1 or command.p2:
            raise Refusal(StatusWord.INCORRECT_P1P2)
        try:
            objects = parse_one(command.data, DYNAMIC_DATA).children
        except EncodingError as error:
            raise Refusal(StatusWord.WRONG_DATA) from error
        last = not command.cla & CHAINING
        if isinstance(pending, PaceDialogue):
            return self._continue_pace(pending, objects, last=last)
        if isinstance(pending, ChipAuthenticationChosen) and last:
            return self._authenticate_chip(objects)
        raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)

    def verify_certificate(self, command: CommandAPDU) -> ResponseAPDU:
        if command.p1 << 8 | command.p2 != VERIFY_CERTIFICATE:
            raise Refusal(StatusWord.INCORRECT_P1P2)
        self._require_terminal_authentication()
        self._terminal.verify_certificate(command.data)
        return ResponseAPDU(StatusWord.OK)

    def get_challenge(self, command: CommandAPDU) -> ResponseAPDU:
        if command.p1 or command.p2:
            raise Refusal(StatusWord.INCORRECT_P1P2)
        if command.data:
            raise Refusal(StatusWord.WRONG_LENGTH)
        self._require_terminal_authentication()
        return ResponseAPDU(StatusWord.OK, self._terminal.challenge(command.ne))

    def external_authenticate(self, command: CommandAPDU) -> ResponseAPDU:
        if command.p1 or command.p2:
            raise Refusal(StatusWord.INCORRECT_P1P2)
        self._require_terminal_authentication()
        self.session = self._terminal.authenticate(command.data, self.session)
        return ResponseAPDU(StatusWord.OK)

    def manage_pin(self, command: CommandAPDU) -> ResponseAPDU:
        return pin_management.manage(self._chip.memory, self.session, command)

    def _begin(self, session: Session) -> None:
        self.session = session
        self.selection = Selection(self._chip.card.files)
        self._terminal = TerminalAuthentication(self._chip)
        self._pending = None

    def _require_terminal_authentication(self) -> None:
        """Only once a session, and only where PACE carried a CHAT. Errors: `Refusal` 6982."""
        self.session.require(Event.TERMINAL_AUTHENTICATION)
        if self.session.chat is None:
            raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)

    def _choose_pace(self, data: bytes) -> ResponseAPDU:
        self.session.require(Event.PACE)
        wish = self._read_wish(data)
        authorities = self._terminal.authorities()
        self._pending = PaceDialogue(self._chip, self._counters, wish, authorities)
        return ResponseAPDU(self._counters.announcement(wish.password))

    def _read_wish(self, data: bytes) -> Wish:
        """The data objects of MSE:Set AT for PACE (TR-03110-3, B.11.1)."""
        given = fields(data, {_PROTOCOL, _NAME}, {_KEY_REFERENCE, _CHAT})
        card = self._chip.card
        if given[_PROTOCOL] != oid_octets(card.protocol):
            raise Refusal(StatusWord.WRONG_DATA)
        try:
            password = Password(int.from_bytes(given[_NAME]))
        except ValueError as error:
            raise Refusal(StatusWord.REFERENCE_NOT_FOUND) from error
        parameters = given.get(_KEY_REFERENCE)
        if parameters is not None and parameters != bytes((card.curve.parameter_id,)):
            raise Refusal(StatusWord.REFERENCE_NOT_FOUND)
        resumed = self.session.password is Password.CAN
        return Wish(password, _read_chat(given.get(_CHAT)), resumed)

    def _continue_pace(
        self, pace: PaceDialogue, objects: tuple[Tlv, ...], *, last: bool
    ) -> ResponseAPDU:
        answer = pace.answer(objects, last=last)
        agreement = pace.agreement
        if agreement is None:
            self._pending = pace
            return ResponseAPDU(StatusWord.OK, answer)
        wish = agreement.wish
        self._begin(
            Session().after(
                Event.PACE, password=wish.password, chat=wish.chat, chip_id=agreement.chip_id
            )
        )
        self._new_keys = agreement.keys
        return ResponseAPDU(StatusWord.OK, answer)

    def _choose_chip_authentication(self, data: bytes) -> ResponseAPDU:
        if not self.session.permits(Event.CHIP_AUTHENTICATION_1):
            self.session.require(Event.CHIP_AUTHENTICATION)
        given = fields(data, {_PROTOCOL}, {_KEY_REFERENCE})
        card = self._chip.card
        if given[_PROTOCOL] != oid_octets(card.chip_protocol):
            raise Refusal(StatusWord.WRONG_DATA)
        key_id = given.get(_KEY_REFERENCE)
        if key_id is not None and key_id != bytes((card.chip_key_id,)):
            raise Refusal(StatusWord.REFERENCE_NOT_FOUND)
        self._pending = ChipAuthenticationChosen()
        return ResponseAPDU(StatusWord.OK)

    def _authenticate_chip(self, objects: tuple[Tlv, ...]) -> ResponseAPDU:
        """Version 2 after terminal authentication, version 1 right after PACE."""
        promised = self.session.terminal_key
        if self.session.permits(Event.CHIP_AUTHENTICATION):
            proven = chip_authentication.authenticate(self._chip, promised, objects)
            self.session = self.session.after(Event.CHIP_AUTHENTICATION)
        else:
            proven = chip_authentication.authenticate_first(self._chip, objects)
            self.session = self.session.after(Event.CHIP_AUTHENTICATION_1)
        self._new_keys = proven.keys
        return ResponseAPDU(StatusWord.OK, proven.answer)


def _read_chat(value: bytes | None) -> Chat | None:
    """The terminal type and rights asked for. Errors: `Refusal` 6A80 for all but our terminals."""
    if value is None:
        return None
    try:
        chat = Chat.decode(build(_CHAT, value))
    except EncodingError as error:
        raise Refusal(StatusWord.WRONG_DATA) from error
    if chat.role_oid != AUTHENTICATION_TERMINAL or chat.role is not Role.TERMINAL:
        raise Refusal(StatusWord.WRONG_DATA)
    return chat
