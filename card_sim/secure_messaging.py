"""Secure messaging as the chip does it: AES, the command is opened, the answer is sealed.

Source  ICAO Doc 9303-11, 9.8.
"""

import hmac
from dataclasses import dataclass, field

from apdu.crypto.cbc import BLOCK, CountedCipher
from apdu.crypto.mac import MAC_LENGTH, Authenticator
from apdu.crypto.padding import pad, unpad
from apdu.errors import EncodingError
from apdu.iso7816 import SECURE_MESSAGING, CommandAPDU, ResponseAPDU, StatusWord
from apdu.tlv import Tlv, build, parse, parse_one, take
from card_sim.key_derivation import Purpose, derive
from card_sim.refusal import Refusal

CRYPTOGRAM = 0x87  # padding indicator and ciphertext, for even instructions
CRYPTOGRAM_ODD = 0x85  # ciphertext alone, for odd instructions
EXPECTED_LENGTH = 0x97
STATUS = 0x99
CHECKSUM = 0x8E
PADDED = b"\x01"  # padding-content indicator: ISO/IEC 9797-1, method 2
# 223 octets of plain data make an answer of 242 octets; one block more would pass 256.
SHORT_ANSWER = 223
# 65 503 octets make 65 533 with their protection, and 65 535 with the status word: EF.ATR/INFO.
EXTENDED_ANSWER = 65_503

STATUS_HEADER = bytes((STATUS, 2))
CHECKSUM_HEADER = bytes((CHECKSUM, MAC_LENGTH))
CHECKSUM_OBJECT = len(CHECKSUM_HEADER) + MAC_LENGTH
HEADER_PADDING = pad(bytes(4), BLOCK)[4:]


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """What a key agreement leaves behind."""

    encryption: bytes = field(repr=False)
    authentication: bytes = field(repr=False)

    @classmethod
    def derived(cls, secret: bytes, length: int, nonce: bytes = b"") -> "SessionKeys":
        return cls(
            derive(secret, Purpose.ENCRYPTION, length, nonce),
            derive(secret, Purpose.AUTHENTICATION, length, nonce),
        )


class ChipChannel:
    """One secure messaging session; the send sequence counter starts at zero."""

    def __init__(self, keys: SessionKeys) -> None:
        self._cipher = CountedCipher(keys.encryption)
        self._authenticator = Authenticator(keys.authentication)
        self._counter = 0

    def slip(self) -> None:
        """Count once more than the terminal does: a fault for whoever wants to see it noticed."""
        self._counter += 1

    def open(self, protected: CommandAPDU) -> CommandAPDU:
        """The command inside `protected`. Errors: `Refusal` 6987 or 6988; the session is over."""
        self._counter += 1
        authenticated = protected.data[:-CHECKSUM_OBJECT]
        header = protected.header
        message = header + HEADER_PADDING + authenticated if authenticated else header
        expected = CHECKSUM_HEADER + self._authenticator.mac8_under(self._counter, message)
        if not hmac.compare_digest(protected.data[-CHECKSUM_OBJECT:], expected):
            raise _without_checksum(protected.data)
        cryptogram, ne = _command_objects(authenticated)
        data = b"" if cryptogram is None else self._decrypt(cryptogram, protected.ins)
        cla = protected.cla & ~SECURE_MESSAGING
        return CommandAPDU(cla, protected.ins, protected.p1, protected.p2, data, ne)

    def seal(self, response: ResponseAPDU, ins: int) -> bytes:
        """`response` to a command with instruction `ins`, protected."""
        self._counter += 1
        status = response.status.to_bytes(2)
        body = STATUS_HEADER + status
        if response.data:
            body = self._cryptogram(response.data, odd=bool(ins & 1)) + body
        checksum = self._authenticator.mac8_under(self._counter, body)
        return b"".join((body, CHECKSUM_HEADER, checksum, status))  # Copied once: it may be long.

    def _cryptogram(self, data: bytes, *, odd: bool) -> bytes:
        ciphertext = self._cipher.encrypt(self._counter, pad(data, BLOCK))
        return build(CRYPTOGRAM_ODD, ciphertext) if odd else build(CRYPTOGRAM, PADDED, ciphertext)

    def _decrypt(self, cryptogram: Tlv, ins: int) -> bytes:
        """The data of a command: in DO 85 for odd instructions, in DO 87 for even ones."""
        value = cryptogram.value
        if cryptogram.tag != (CRYPTOGRAM_ODD if ins & 1 else CRYPTOGRAM):
            raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
        if cryptogram.tag == CRYPTOGRAM:
            if not value.startswith(PADDED):
                raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
            value = value[1:]
        if not value or len(value) % BLOCK:
            raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
        try:
            return unpad(self._cipher.decrypt(self._counter, value), BLOCK)
        except EncodingError as error:
            raise Refusal(StatusWord.SM_OBJECT_INCORRECT) from error


def _without_checksum(data: bytes) -> Refusal:
    """What is wrong with data that does not end in its checksum."""
    try:
        missing = CHECKSUM not in [each.tag for each in parse(data)]
    except EncodingError:
        missing = False
    return Refusal(StatusWord.SM_OBJECT_MISSING if missing else StatusWord.SM_OBJECT_INCORRECT)


def _command_objects(data: bytes) -> tuple[Tlv | None, int]:
    """The cryptogram, if there is one, and Ne: what a protected command carries, in this order."""
    cryptogram = None
    try:
        if data and data[0] != EXPECTED_LENGTH:
            cryptogram, data = take(data)
        ne = _expected_length(parse_one(data, EXPECTED_LENGTH).value) if data else 0
    except EncodingError as error:
        raise Refusal(StatusWord.SM_OBJECT_INCORRECT) from error
    return cryptogram, ne


def _expected_length(value: bytes) -> int:
    """Ne from the value of DO 97: one or two octets, all zero for the largest."""
    if len(value) not in (1, 2):
        raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
    return int.from_bytes(value) or 1 << 8 * len(value)
