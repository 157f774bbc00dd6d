"""The commands this package sends: one function per command.

Source  ISO/IEC 7816-4:2020, 11; BSI TR-03110-3, B (MANAGE SECURITY ENVIRONMENT and below).
"""

from apdu.iso7816 import CHAINING, MAX_SHORT_NE, CommandAPDU, Instruction
from apdu.tlv import build

CHALLENGE_LENGTH = 8
MAX_SFI = 30
MAX_SHORT_OFFSET = 0x7FFF  # P1-P2 of READ BINARY have 15 bits for it
_READ_BINARY = int(Instruction.READ_BINARY)
_REFERENCE_DATA = 0x10  # P1 of ACTIVATE and DEACTIVATE: P2 is a password, no file


def select_application(aid: bytes) -> CommandAPDU:
    """Select an application by its name, wanting no answer data."""
    return CommandAPDU(0x00, Instruction.SELECT, 0x04, 0x0C, aid)


def select_file(fid: int) -> CommandAPDU:
    """Select an elementary file under the current application, wanting no answer data."""
    return CommandAPDU(0x00, Instruction.SELECT, 0x02, 0x0C, fid.to_bytes(2))


def read_binary_by_sfi(sfi: int, ne: int) -> CommandAPDU:
    """Read a file from its start and make it the current one. Errors: `ValueError`."""
    if not 1 <= sfi <= MAX_SFI:
        raise ValueError(f"short file identifier {sfi}")
    return CommandAPDU(0x00, _READ_BINARY, 0x80 | sfi, 0x00, b"", ne)


def read_binary(offset: int, ne: int, *, extended: bool = False) -> CommandAPDU:
    """Read the current file from `offset` on, at most 32767. Errors: `ValueError`."""
    if not 0 <= offset <= MAX_SHORT_OFFSET:
        raise ValueError(f"offset {offset} needs READ BINARY with an odd instruction byte")
    return CommandAPDU(0x00, _READ_BINARY, offset >> 8, offset & 0xFF, b"", ne, extended)


def read_binary_odd(offset: int, ne: int, *, extended: bool = False) -> CommandAPDU:
    """Read the current file from any `offset` on; the answer is wrapped in data object 53."""
    octets = offset.to_bytes(max(1, (offset.bit_length() + 7) // 8))
    data = build(0x54, octets)
    return CommandAPDU(0x00, Instruction.READ_BINARY_ODD, data=data, ne=ne, extended=extended)


def set_pace(
    oid: bytes, password: int, parameter_id: int, chat: bytes | None = None
) -> CommandAPDU:
    """Choose the PACE variant, password and curve; `chat` is a whole data object 7F4C.

    Rule    The parameter id is always sent: one chip in the field refuses to go without it.
    """
    data = build(0x80, oid) + build(0x83, bytes((password,))) + build(0x84, _unsigned(parameter_id))
    return _set_environment(0xC1, 0xA4, data + (chat or b""))


def set_certificate_authority(reference: bytes) -> CommandAPDU:
    """Name the key that the next certificate is to be checked with."""
    return _set_environment(0x81, 0xB6, build(0x83, reference))


def verify_certificate(body_and_signature: bytes) -> CommandAPDU:
    """Present a card-verifiable certificate, 7F4E || 5F37 without the frame 7F21."""
    ins = Instruction.PERFORM_SECURITY_OPERATION
    return CommandAPDU(0x00, ins, 0x00, 0xBE, body_and_signature)


def set_terminal_authentication(oid: bytes, holder: bytes, ephemeral: bytes) -> CommandAPDU:
    """Name the terminal's key and commit to the compressed ephemeral key (version 2)."""
    data = build(0x80, oid) + build(0x83, holder) + build(0x91, ephemeral)
    return _set_environment(0x81, 0xA4, data)


def set_chip_authentication(oid: bytes, key_id: int | None) -> CommandAPDU:
    """Choose the chip authentication protocol and the chip's key."""
    reference = b"" if key_id is None else build(0x84, _unsigned(key_id))
    return _set_environment(0x41, 0xA4, build(0x80, oid) + reference)


def general_authenticate(*objects: bytes, last: bool = True) -> CommandAPDU:
    """One step of a protocol: `objects` as dynamic authentication data 7C."""
    cla = 0x00 if last else CHAINING
    data = build(0x7C, *objects)
    return CommandAPDU(cla, Instruction.GENERAL_AUTHENTICATE, data=data, ne=MAX_SHORT_NE)


def get_challenge() -> CommandAPDU:
    """Ask for eight random octets."""
    return CommandAPDU(0x00, Instruction.GET_CHALLENGE, ne=CHALLENGE_LENGTH)


def external_authenticate(signature: bytes) -> CommandAPDU:
    """Present the terminal's signature over the challenge."""
    return CommandAPDU(0x00, Instruction.EXTERNAL_AUTHENTICATE, data=signature)


def reset_retry_counter(password: int, new_value: bytes = b"") -> CommandAPDU:
    """Give a password all its tries back and, where there is one, `new_value`."""
    p1 = 0x02 if new_value else 0x03
    return CommandAPDU(0x00, Instruction.RESET_RETRY_COUNTER, p1, password, new_value)


def activate_password(password: int) -> CommandAPDU:
    """Switch a password on."""
    return CommandAPDU(0x00, Instruction.ACTIVATE, _REFERENCE_DATA, password)


def deactivate_password(password: int) -> CommandAPDU:
    """Switch a password off; it cannot be used until it is activated."""
    return CommandAPDU(0x00, Instruction.DEACTIVATE, _REFERENCE_DATA, password)


def _set_environment(p1: int, p2: int, data: bytes) -> CommandAPDU:
    return CommandAPDU(0x00, Instruction.MANAGE_SECURITY_ENVIRONMENT, p1, p2, data)


def _unsigned(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8))
