"""PIN management, the chip's side: who may change, unblock, activate and deactivate the PIN.

Rule    An unauthenticated terminal acts for the holder: PACE with the PIN lets it change the
        PIN, PACE with the PUK lets it unblock and change it. Terminal authentication ends that:
        the channel may then be a remote service's, which the holder gave the PIN to be read.
        An authenticated terminal has what its certificates and PACE left of the right 'PIN
        management', and only in the channel of chip authentication, which it alone can use. The
        right does not replace 'CAN allowed': that one lets it do PACE with the CAN at all.
Source  TR-03110-2, 2.3.2.1, 2.3.4, 2.4.1, 2.4.2, 3.3.2; TR-03110-3, B.7, B.14.11 to B.14.13.
"""

from collections.abc import Mapping
from enum import Enum, auto

from apdu.iso7816 import CommandAPDU, Instruction, ResponseAPDU, StatusWord
from apdu.lds.chat import PIN_MANAGEMENT
from card_sim.memory import PIN_TRIES, Memory, is_pin
from card_sim.refusal import Refusal
from card_sim.session import Password, Session, Stage


class Operation(Enum):
    """What can be done to the PIN."""

    CHANGE = auto()  # a new PIN, and all its tries
    UNBLOCK = auto()  # all tries of the present PIN
    ACTIVATE = auto()
    DEACTIVATE = auto()


class Authority(Enum):
    """In whose name a terminal asks."""

    HOLDER_WITH_PIN = auto()
    HOLDER_WITH_PUK = auto()
    TERMINAL = auto()


PERMITTED: Mapping[Authority | None, frozenset[Operation]] = {
    None: frozenset(),
    Authority.HOLDER_WITH_PIN: frozenset({Operation.CHANGE}),
    Authority.HOLDER_WITH_PUK: frozenset({Operation.CHANGE, Operation.UNBLOCK}),
    Authority.TERMINAL: frozenset(Operation),
}
_OPERATIONS = {
    (Instruction.RESET_RETRY_COUNTER, 0x0203): Operation.CHANGE,
    (Instruction.RESET_RETRY_COUNTER, 0x0303): Operation.UNBLOCK,
    (Instruction.ACTIVATE, 0x1003): Operation.ACTIVATE,
    (Instruction.DEACTIVATE, 0x1003): Operation.DEACTIVATE,
}


def authority(session: Session) -> Authority | None:
    """In whose name the terminal of this session may ask, if in anybody's."""
    if session.stage is Stage.PASSWORD_PROVEN:
        holders = {
            Password.PIN: Authority.HOLDER_WITH_PIN,
            Password.PUK: Authority.HOLDER_WITH_PUK,
        }
        return holders.get(session.password) if session.password is not None else None
    granted = session.authorization
    if session.stage is Stage.CHIP_PROVEN and granted is not None:
        return Authority.TERMINAL if granted.allows(PIN_MANAGEMENT) else None
    return None


def manage(memory: Memory, session: Session, command: CommandAPDU) -> ResponseAPDU:
    """RESET RETRY COUNTER, ACTIVATE, DEACTIVATE; written down before it is answered.

    Rule    Neither a new PIN nor new tries make a deactivated PIN active.
    Errors  `Refusal` 6A86 another P1-P2, 6982 not allowed, 6A80 not a PIN, 6700 data where none
            belongs; nothing is changed then.
    """
    operation = _OPERATIONS.get((Instruction(command.ins), command.p1 << 8 | command.p2))
    if operation is None:
        raise Refusal(StatusWord.INCORRECT_P1P2)
    if operation not in PERMITTED[authority(session)]:
        raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)
    if operation is Operation.CHANGE:
        memory.change(pin=_new_pin(command.data), pin_tries=PIN_TRIES)
        return ResponseAPDU(StatusWord.OK)
    if command.data:
        raise Refusal(StatusWord.WRONG_LENGTH)
    if operation is Operation.UNBLOCK:
        memory.change(pin_tries=PIN_TRIES)
    else:
        memory.change(pin_active=operation is Operation.ACTIVATE)
    return ResponseAPDU(StatusWord.OK)


def _new_pin(data: bytes) -> str:
    text = data.decode("latin-1")
    if not is_pin(text):
        raise Refusal(StatusWord.WRONG_DATA)
    return text
