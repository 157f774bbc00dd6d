"""Commands by their names, from CLA, INS and P1-P2.

Source  ISO/IEC 7816-4:2020, 5.4 and 5.5; ISO/IEC 7816-8 and -9; BSI TR-03110-3, B; PC/SC part 3,
        3.2.2 for the class FF, which a reader answers itself.
"""

READER_CLASS = 0xFF
_CHAINING = 0x10
_FURTHER = 0x40  # CLA 01xxxxxx: four to nineteen logical channels
_FURTHER_PROTECTED = 0x20
_PROPRIETARY = 0x80

_NAMES = {
    0x04: "DEACTIVATE",
    0x0E: "ERASE BINARY",
    0x20: "VERIFY",
    0x21: "VERIFY",
    0x22: "MANAGE SECURITY ENVIRONMENT",
    0x24: "CHANGE REFERENCE DATA",
    0x2A: "PERFORM SECURITY OPERATION",
    0x2C: "RESET RETRY COUNTER",
    0x44: "ACTIVATE",
    0x46: "GENERATE KEY PAIR",
    0x47: "GENERATE KEY PAIR",
    0x70: "MANAGE CHANNEL",
    0x82: "EXTERNAL AUTHENTICATE",
    0x84: "GET CHALLENGE",
    0x86: "GENERAL AUTHENTICATE",
    0x87: "GENERAL AUTHENTICATE",
    0x88: "INTERNAL AUTHENTICATE",
    0xA4: "SELECT",
    0xB0: "READ BINARY",
    0xB1: "READ BINARY",
    0xB2: "READ RECORD",
    0xB3: "READ RECORD",
    0xC0: "GET RESPONSE",
    0xC2: "ENVELOPE",
    0xCA: "GET DATA",
    0xCB: "GET DATA",
    0xD0: "WRITE BINARY",
    0xD6: "UPDATE BINARY",
    0xD7: "UPDATE BINARY",
    0xDA: "PUT DATA",
    0xDB: "PUT DATA",
    0xDC: "UPDATE RECORD",
    0xE0: "CREATE FILE",
    0xE2: "APPEND RECORD",
    0xE4: "DELETE FILE",
    0xE6: "TERMINATE DF",
    0xFE: "TERMINATE CARD USAGE",
}
_BY_PARAMETERS = {
    (0x22, 0xC1A4): "MSE:Set AT",
    (0x22, 0x81A4): "MSE:Set AT",
    (0x22, 0x41A4): "MSE:Set AT",
    (0x22, 0x41A6): "MSE:Set KAT",
    (0x22, 0x81B6): "MSE:Set DST",
    (0x2A, 0x00BE): "PSO:Verify Certificate",
    (0x2A, 0x9E9A): "PSO:Compute Signature",
    (0x2A, 0x8086): "PSO:Decipher",
}
_READER_NAMES = {
    0x00: "reader: direct command",
    0x82: "reader: LOAD KEYS",
    0x86: "reader: GENERAL AUTHENTICATE",
    0xB0: "reader: READ BINARY",
    0xCA: "reader: GET DATA",
    0xD6: "reader: UPDATE BINARY",
}


def name(header: bytes) -> str:
    """The command's name; its instruction byte where that has none."""
    cla, ins, parameters = header[0], header[1], int.from_bytes(header[2:4])
    if cla == READER_CLASS:
        return _READER_NAMES.get(ins, f"reader: INS {ins:02X}")
    if cla & _PROPRIETARY:
        return f"CLA {cla:02X} INS {ins:02X}"
    return _BY_PARAMETERS.get((ins, parameters)) or _NAMES.get(ins) or f"INS {ins:02X}"


def is_protected(cla: int) -> bool:
    """Whether CLA says that secure messaging is on. Source: ISO/IEC 7816-4:2020, 5.4.1."""
    if cla == READER_CLASS:
        return False
    if cla & (_PROPRIETARY | _FURTHER) == _FURTHER:
        return bool(cla & _FURTHER_PROTECTED)
    return bool(cla & 0x0C)


def is_chained(cla: int) -> bool:
    """Whether CLA says that more commands of a chain follow."""
    return cla != READER_CLASS and bool(cla & _CHAINING)
