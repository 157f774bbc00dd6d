"""Secure messaging as the chip does it: AES, the command is opened, the answer is sealed.

Source  ICAO Doc 9303-11, 9.8.
"""

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from apdu.crypto.mac import MAC_LENGTH, cmac8
from apdu.crypto.padding import pad, unpad
from apdu.errors import EncodingError
from apdu.iso7816 import SECURE_MESSAGING, CommandAPDU, ResponseAPDU, StatusWord
from apdu.tlv import Tlv, build, parse
from card_sim.key_derivation import Purpose, derive
from card_sim.refusal import Refusal

BLOCK = 16
CRYPTOGRAM = 0x87  # padding indicator and ciphertext, for even instructions
CRYPTOGRAM_ODD = 0x85  # ciphertext alone, for odd instructions
EXPECTED_LENGTH = 0x97
STATUS = 0x99
CHECKSUM = 0x8E
PADDED = b"\x01"  # padding-content indicator: ISO/IEC 9797-1, method 2
# 223 octets of plain data make an answer of 242 octets; one block more would pass 256.
SHORT_ANSWER = 223
EXTENDED_ANSWER = 65_000

_ORDER = (CRYPTOGRAM, CRYPTOGRAM_ODD, EXPECTED_LENGTH, CHECKSUM)


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
        self._keys = keys
        self._counter = 0

    def open(self, protected: CommandAPDU) -> CommandAPDU:
        """The command inside `protected`. Errors: `Refusal` 6987 or 6988; the session is over."""
        self._counter += 1
        objects = _command_objects(protected)
        *body, checksum = objects
        header = pad(protected.header, BLOCK)
        self._check(header, b"".join(bytes(each) for each in body), checksum.value)
        present = {each.tag: each.value for each in body}
        data = self._plain_data(protected.ins, present)
        ne = _expected_length(present.get(EXPECTED_LENGTH))
        cla, ins, p1, p2 = protected.header
        return CommandAPDU(cla & ~SECURE_MESSAGING, ins, p1, p2, data, ne)

    def seal(self, response: ResponseAPDU, ins: int) -> bytes:
        """`response` to a command with instruction `ins`, protected."""
        self._counter += 1
        body = b""
        if response.data:
            ciphertext = self._encrypt(pad(response.data, BLOCK))
            odd = ins & 1
            body = (
                build(CRYPTOGRAM_ODD, ciphertext) if odd else build(CRYPTOGRAM, PADDED, ciphertext)
            )
        body += build(STATUS, response.status.to_bytes(2))
        checksum = cmac8(self._keys.authentication, self._ssc + pad(body, BLOCK))
        return body + build(CHECKSUM, checksum) + response.status.to_bytes(2)

    @property
    def _ssc(self) -> bytes:
        return self._counter.to_bytes(BLOCK)

    def _check(self, header: bytes, body: bytes, checksum: bytes) -> None:
        message = self._ssc + header + (pad(body, BLOCK) if body else b"")
        expected = cmac8(self._keys.authentication, message)
        if not hmac.compare_digest(expected, checksum):
            raise Refusal(StatusWord.SM_OBJECT_INCORRECT)

    def _plain_data(self, ins: int, present: dict[int, bytes]) -> bytes:
        wanted, other = (CRYPTOGRAM, CRYPTOGRAM_ODD)[:: -1 if ins & 1 else 1]
        if other in present:
            raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
        if wanted not in present:
            return b""
        value = present[wanted]
        if wanted == CRYPTOGRAM:
            if not value.startswith(PADDED):
                raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
            value = value[1:]
        if not value or len(value) % BLOCK:
            raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
        try:
            return unpad(self._decrypt(value), BLOCK)
        except EncodingError as error:
            raise Refusal(StatusWord.SM_OBJECT_INCORRECT) from error

    def _cipher(self) -> Cipher[CBC]:
        # The IV is the counter encrypted as one block (9.8.6.1): CBC from zero does that.
        whole = Cipher(AES(self._keys.encryption), CBC(bytes(BLOCK))).encryptor()
        return Cipher(AES(self._keys.encryption), CBC(whole.update(self._ssc)))

    def _encrypt(self, padded: bytes) -> bytes:
        return self._cipher().encryptor().update(padded)

    def _decrypt(self, ciphertext: bytes) -> bytes:
        return self._cipher().decryptor().update(ciphertext)


def _command_objects(protected: CommandAPDU) -> tuple[Tlv, ...]:
    """The data objects of a protected command, in their fixed order, the checksum last."""
    try:
        objects = parse(protected.data)
    except EncodingError as error:
        raise Refusal(StatusWord.SM_OBJECT_INCORRECT) from error
    tags = [each.tag for each in objects]
    if CHECKSUM not in tags:
        raise Refusal(StatusWord.SM_OBJECT_MISSING)
    if tags != [tag for tag in _ORDER if tag in tags] or len(objects[-1].value) != MAC_LENGTH:
        raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
    return objects


def _expected_length(value: bytes | None) -> int:
    """Ne from the value of DO 97: one or two octets, all zero for the largest."""
    if value is None:
        return 0
    if len(value) not in (1, 2):
        raise Refusal(StatusWord.SM_OBJECT_INCORRECT)
    return int.from_bytes(value) or 1 << 8 * len(value)
