"""What chips need for their cryptography, measured by others on cards one can buy.

Rule    256-bit curves and AES-128; seconds for an operation or for an octet. They were measured
        through Java Card: an operating system written for one purpose is faster.
Source  JCAlgTest, comparative table (crocs-muni/jcalgtest_results, javacard/web, 2021): genKeyPair,
        ECDSA verify, ECDH over 256 bits; AES-128 CBC and SHA-256 of 256 octets; copying 256
        octets of EEPROM. Assumptions, nobody having published them: the time for taking a
        command apart and finding a file; a mapping or an agreement of PACE costs a key and an
        ECDH for every multiplication; a MAC costs what the encryption of as many octets does.
"""

from dataclasses import dataclass

from apdu.errors import EncodingError
from apdu.iso7816 import CommandAPDU, Instruction
from apdu.tlv import parse_one

_MEASURED = 256
"""Octets of JCAlgTest's operations on data."""
_PACE_MAPPING, _PACE_AGREEMENT, _PACE_TOKEN, _CHIP_AUTHENTICATION = 0x81, 0x83, 0x85, 0x80
_WRITES = 2  # A try is taken, and given back.


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip's times. Units: seconds, `cipher` and `digest` for one octet."""

    name: str
    sentence: str
    key: float
    agreement: float
    verification: float
    cipher: float
    digest: float
    write: float
    dispatch: float = 0.001

    def seconds(self, command: CommandAPDU) -> float:
        """What carrying out `command`, as it is inside secure messaging, takes."""
        return self.dispatch + self._cryptography(command)

    def secure_messaging(self, command: int, answer: int) -> float:
        """What protecting an exchange of so many octets takes: each is encrypted and MACed."""
        return 2 * self.cipher * (command + answer)

    def _cryptography(self, command: CommandAPDU) -> float:
        digest = self.digest * len(command.data)
        if command.ins == Instruction.PERFORM_SECURITY_OPERATION:
            return self.verification + digest
        if command.ins == Instruction.EXTERNAL_AUTHENTICATE:
            return self.verification + digest
        if command.ins == Instruction.GENERAL_AUTHENTICATE:
            return self._steps().get(_step(command.data), 0.0)
        return 0.0

    def _steps(self) -> dict[int, float]:
        return {
            _PACE_MAPPING: self.key + 2 * self.agreement,  # k, k*P, s*G
            _PACE_AGREEMENT: self.key + self.agreement,
            _PACE_TOKEN: _WRITES * self.write,
            _CHIP_AUTHENTICATION: self.agreement,
        }


def _step(data: bytes) -> int:
    """The tag of the first data object inside dynamic authentication data; 0 if there is none."""
    try:
        objects = parse_one(data, 0x7C).children
    except EncodingError:
        return 0
    return objects[0].tag if objects else 0


def _measured(name: str, sentence: str, *milliseconds: float) -> Chip:
    """Key, ECDH, verification; AES, SHA-256 and writing of 256 octets."""
    key, agreement, verification, cipher, digest, write = (each / 1000 for each in milliseconds)
    per_octet = cipher / _MEASURED, digest / _MEASURED
    return Chip(name, sentence, key, agreement, verification, *per_octet, write)


_ALL = (
    _measured("p71", "NXP P71, JCOP 4", 26.25, 21.58, 31.28, 1.95, 8.54, 5.86),
    _measured("p60", "NXP P60, JCOP 3", 156.3, 55.08, 50.32, 9.01, 8.63, 1.63),
    _measured("cjtop", "Infineon CJTOP 80K", 213.9, 126.18, 100.85, 25.74, 37.33, 2.37),
)

CHIPS = {chip.name: chip for chip in _ALL}
