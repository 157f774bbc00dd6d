"""Which step of which protocol a command is, from its header and the commands before it.

Source  ICAO Doc 9303-11, 4.3, 4.4, 6.1, 6.2; BSI TR-03110-2, 3.3 and 3.4; TR-03110-3, B.
"""

from apdu.errors import EncodingError
from apdu.explain.recorded import Pair
from apdu.lds.der import oid_text
from apdu.tlv import Tlv, find, parse, parse_one

Step = tuple[str, str]
"""The protocol, and what happens in it."""

PACE = "PACE"
TERMINAL = "terminal authentication"
CHIP = "chip authentication"
PIN = "PIN management"
BASIC = "basic access control"
ACTIVE = "active authentication"

_SET, _SET_PACE, _SET_DST, _SET_TERMINAL, _SET_CHIP, _SET_KAT = (
    0x22, 0xC1A4, 0x81B6, 0x81A4, 0x41A4, 0x41A6,
)  # fmt: skip
_CERTIFICATE = (0x2A, 0x00BE)
_CHALLENGE, _EXTERNAL, _INTERNAL, _GENERAL = 0x84, 0x82, 0x88, 0x86
_PIN_COMMANDS = {
    (0x2C, 0x0203): "set a new PIN",
    (0x2C, 0x0303): "reset the retry counter",
    (0x44, 0x1003): "activate the PIN",
    (0x04, 0x1003): "deactivate the PIN",
}
_PASSWORDS = {1: "MRZ", 2: "CAN", 3: "PIN", 4: "PUK"}
_MAPPINGS = {
    "1": "DH-GM", "2": "ECDH-GM", "3": "DH-IM", "4": "ECDH-IM", "6": "ECDH-CAM",
}  # fmt: skip
_CIPHERS = {"1": "3DES", "2": "AES-128", "3": "AES-192", "4": "AES-256"}
_KEY_AGREEMENTS = {"1": "DH", "2": "ECDH"}
_PACE_ALGORITHMS = ("0.4.0.127.0.7.2.2.4.", _MAPPINGS)
_CHIP_ALGORITHMS = ("0.4.0.127.0.7.2.2.3.", _KEY_AGREEMENTS)
_PACE_STEPS = {
    1: "step 1, encrypted nonce",
    2: "step 2, map the nonce",
    3: "step 3, agree on keys",
    4: "step 4, exchange tokens",
}
_PACE_OBJECTS = {0x81: 2, 0x83: 3, 0x85: 4}
_BASIC_DATA = 40


class ProtocolSteps:
    """Follows the protocols of a session; begin a new one for every card."""

    def __init__(self) -> None:
        self._chosen = ""
        self._count = 0

    def step(self, pair: Pair) -> Step | None:
        """The step this command is, or None where it belongs to no protocol."""
        instruction, parameters = pair.header[1], int.from_bytes(pair.header[2:4])
        if instruction == _SET:
            return self._environment(parameters, _objects(pair.data))
        if (instruction, parameters) == _CERTIFICATE:
            self._chosen = TERMINAL
            return TERMINAL, "show a certificate"
        if (instruction, parameters) in _PIN_COMMANDS:
            return PIN, _PIN_COMMANDS[instruction, parameters]
        if instruction == _GENERAL:
            return self._general(pair)
        if instruction == _CHALLENGE:
            return (self._chosen, "challenge") if self._chosen == TERMINAL else None
        if instruction == _EXTERNAL:
            return self._external(pair)
        return (ACTIVE, "sign the challenge") if instruction == _INTERNAL else None

    def _environment(self, parameters: int, objects: tuple[Tlv, ...]) -> Step | None:
        self._count = 0
        if parameters == _SET_PACE:
            self._chosen = PACE
            return PACE, _choice(objects)
        if parameters in (_SET_CHIP, _SET_KAT):
            self._chosen = CHIP
            algorithm = _algorithm(objects, *_CHIP_ALGORITHMS)
            return CHIP, f"choose {algorithm}" if algorithm else "choose algorithm and key"
        if parameters in (_SET_DST, _SET_TERMINAL):
            self._chosen = TERMINAL
            whose = "the next certificate's issuer" if parameters == _SET_DST else "its own key"
            return TERMINAL, f"name {whose}"
        return None

    def _general(self, pair: Pair) -> Step | None:
        self._count += 1
        if self._chosen == CHIP:
            return CHIP, "agree on keys"
        if self._chosen != PACE:
            return None
        number = self._count
        if pair.data is not None:
            number = next((_PACE_OBJECTS.get(each.tag, 1) for each in _dynamic(pair.data)), 1)
        return PACE, _PACE_STEPS.get(number, f"step {number}")

    def _external(self, pair: Pair) -> Step | None:
        if self._chosen == TERMINAL:
            return TERMINAL, "sign the challenge"
        is_basic = pair.sent >= _BASIC_DATA and pair.header[0] == 0x00
        return (BASIC, "prove the zone's keys") if is_basic else None


def is_choice_of_password(header: bytes) -> bool:
    """Whether the command chooses a password for PACE."""
    return header[1] == _SET and int.from_bytes(header[2:4]) == _SET_PACE


def ends_in_master_file(step: Step | None) -> bool:
    """Whether the command, if it succeeds, leaves the master file current and a new channel on."""
    return step == (PACE, _PACE_STEPS[4])


def _choice(objects: tuple[Tlv, ...]) -> str:
    reference = find(objects, 0x83)
    kind = _PASSWORDS.get(reference[0] if reference else 0)
    algorithm = _algorithm(objects, *_PACE_ALGORITHMS)
    rights = ", with the terminal's rights" if find(objects, 0x7F4C) else ""
    return f"choose {kind or 'a password'}{f', {algorithm}' if algorithm else ''}{rights}"


def _algorithm(objects: tuple[Tlv, ...], root: str, names: dict[str, str]) -> str:
    """The name of the algorithm in data object 80, if it is one of those under `root`."""
    try:
        text = oid_text(find(objects, 0x80) or b"")
    except EncodingError:
        return ""
    kind, _, cipher = text.removeprefix(root).partition(".")
    if not text.startswith(root) or kind not in names or cipher not in _CIPHERS:
        return ""
    return f"{names[kind]} {_CIPHERS[cipher]}"


def _objects(data: bytes | None) -> tuple[Tlv, ...]:
    try:
        return parse(data or b"")
    except EncodingError:
        return ()


def _dynamic(data: bytes) -> tuple[Tlv, ...]:
    try:
        return parse_one(data, 0x7C).children
    except EncodingError:
        return ()
