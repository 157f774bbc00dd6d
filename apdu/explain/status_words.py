"""Status words in words: what they mean, and to which command they mean something else.

Source  ISO/IEC 7816-4:2020, 5.6 (tables 5 to 7); BSI TR-03110-3, B; ICAO Doc 9303-11, 4.4, 7.1.
"""

from apdu.iso7816 import Instruction

_GENERAL = {
    0x9000: "done",
    0x6200: "warning, nothing changed on the card",
    0x6281: "part of the data may be corrupted",
    0x6282: "end of the file or record before Ne octets",
    0x6283: "the file, application or password is deactivated",
    0x6284: "file control information is not in its form",
    0x6285: "the file is in its termination state",
    0x6286: "no input from a sensor",
    0x6287: "a referenced record is deactivated",
    0x6300: "the check failed, or a warning: something changed on the card",
    0x6310: "more data than were expected",
    0x6381: "the file was filled by the last write",
    0x6400: "execution error, nothing changed on the card",
    0x6401: "the card needs an answer at once",
    0x6402: "the logical channels disagree",
    0x6500: "execution error, something changed on the card",
    0x6581: "memory failure",
    0x6600: "security issue",
    0x6700: "wrong length",
    0x6701: "the command is not in its form",
    0x6702: "the value of Lc is not expected",
    0x6800: "a function of CLA is not supported",
    0x6881: "the logical channel is not supported",
    0x6882: "secure messaging is not supported",
    0x6883: "the last command of the chain is expected",
    0x6884: "command chaining is not supported",
    0x6900: "command not allowed",
    0x6981: "the command does not fit the file's structure",
    0x6982: "security status not satisfied: rights are missing",
    0x6983: "authentication method blocked",
    0x6984: "reference data not usable",
    0x6985: "conditions of use not satisfied",
    0x6986: "command not allowed: no file is selected",
    0x6987: "a secure messaging object is missing",
    0x6988: "a secure messaging object is wrong",
    0x6A00: "wrong parameters P1-P2",
    0x6A80: "wrong parameters in the data",
    0x6A81: "function not supported",
    0x6A82: "file or application not found",
    0x6A83: "record not found",
    0x6A84: "not enough memory in the file",
    0x6A85: "Nc disagrees with the data objects' structure",
    0x6A86: "wrong parameters P1-P2",
    0x6A87: "Nc disagrees with P1-P2",
    0x6A88: "referenced data not found",
    0x6A89: "the file already exists",
    0x6A8A: "the application's name already exists",
    0x6B00: "wrong parameters P1-P2: the offset is past the end",
    0x6D00: "instruction not supported",
    0x6E00: "class not supported",
    0x6F00: "no precise diagnosis",
}

_READ = {
    0x6282: "end of the file",
    0x6982: "no right to read this file, or secure messaging was lost",
    0x6B00: "the offset is past the end of the file",
}
_READS = (Instruction.READ_BINARY, Instruction.READ_BINARY_ODD)
_CERTIFICATE = {
    0x6300: "the certificate's signature is wrong",
    0x6985: "the certificate does not fit: dates, role or issuer",
    0x6A80: "the certificate is not in its form",
    0x6A88: "the issuer's key is not known to the card",
}
_PIN_MANAGEMENT = {
    0x6982: "neither PIN, PUK nor a terminal's right allow this",
    0x6A80: "the card does not take this as a PIN",
}
_BY_INSTRUCTION: dict[int, dict[int, str]] = {
    **dict.fromkeys(_READS, _READ),
    Instruction.SELECT: {0x6A82: "there is no such file or application", 0x6283: "deactivated"},
    Instruction.GENERAL_AUTHENTICATE: {
        0x6300: "authentication failed: the password or a token is wrong",
        0x6982: "the terminal is not authorised, or the password is not usable",
        0x6983: "the password is blocked",
        0x6984: "the password is deactivated",
        0x6985: "the password is suspended, or the step is out of order",
        0x6A80: "the data of this step are wrong",
    },
    Instruction.EXTERNAL_AUTHENTICATE: {
        0x6300: "the terminal's signature is wrong",
        0x6982: "already authenticated, or not allowed here",
        0x6985: "no challenge, or another kind of terminal than PACE named",
    },
    Instruction.PERFORM_SECURITY_OPERATION: _CERTIFICATE,
    Instruction.RESET_RETRY_COUNTER: _PIN_MANAGEMENT,
    Instruction.ACTIVATE: _PIN_MANAGEMENT,
    Instruction.DEACTIVATE: _PIN_MANAGEMENT,
    Instruction.INTERNAL_AUTHENTICATE: {0x6985: "not allowed here"},
}
_PACE = (0xC1, 0xA4)
_ENVIRONMENT = {
    0x6A80: "the algorithm is not supported",
    0x6A88: "the password or key is not known to the card",
}
_SET_PACE = {
    0x63C0: "password chosen; it is blocked",
    0x63C1: "password chosen; it is suspended, one try is left",
    0x6283: "password chosen; it is deactivated",
    **_ENVIRONMENT,
}


def meaning(status: int, header: bytes = b"") -> str:
    """What a status word says, as the answer to the command with this header if one is given."""
    return _in_context(status, header) or _GENERAL.get(status) or _family(status)


def _in_context(status: int, header: bytes) -> str | None:
    if len(header) < 4:
        return None
    instruction, parameters = header[1], (header[2], header[3])
    if instruction == Instruction.MANAGE_SECURITY_ENVIRONMENT:
        if parameters != _PACE:
            return _ENVIRONMENT.get(status)
        if status & 0xFFF0 == 0x63C0 and status not in _SET_PACE:
            return f"password chosen; {status & 0x0F} tries are left"
        return _SET_PACE.get(status)
    if instruction == Instruction.GENERAL_AUTHENTICATE and status & 0xFFF0 == 0x63C0:
        return f"the password is wrong; {_tries(status)}"
    return _BY_INSTRUCTION.get(instruction, {}).get(status)


def _family(status: int) -> str:
    """Status words of which a part is a number, and those known by their first octet only."""
    first, second = status >> 8, status & 0xFF
    if first == 0x61:
        return f"{second or 'at least 256'} more octets to fetch with GET RESPONSE"
    if first == 0x6C:
        return f"wrong Le: {second or 256} octets are there"
    if status & 0xFFF0 == 0x63C0:
        return f"verification failed; {_tries(status)}"
    if first in (0x62, 0x64) and 0x02 <= second <= 0x80:
        return f"the card asks for {second} octets to be fetched"
    general = _GENERAL.get(first << 8)
    if general is not None and first not in (0x67, 0x6B, 0x6D, 0x6E, 0x90):
        return general
    return "of the card's own" if first >> 4 in (0x6, 0x9) else "not a status word"


def _tries(status: int) -> str:
    left = status & 0x0F
    return {0: "no try is left", 1: "one try is left"}.get(left, f"{left} tries are left")
