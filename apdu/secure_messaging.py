"""Secure messaging with AES: commands and answers encrypted, authenticated and counted.

Source  ICAO Doc 9303-11, 9.8; BSI TR-03110-3, F.
"""

import hmac
from dataclasses import dataclass, field

from apdu.crypto.cbc import BLOCK, CountedCipher
from apdu.crypto.mac import MAC_LENGTH, Authenticator
from apdu.crypto.padding import pad, unpad
from apdu.errors import ApduError, EncodingError, ProtocolError
from apdu.exchange import Exchange, T
from apdu.iso7816 import (
    MAX_NE,
    MAX_SHORT_NC,
    MAX_SHORT_NE,
    SECURE_MESSAGING,
    CommandAPDU,
    ResponseAPDU,
)
from apdu.tlv import build, parse, read_header

MAX_SHORT_PLAIN_NC = 239
"""The most plain octets, without Le, that one short protected command carries."""

_CRYPTOGRAM, _CRYPTOGRAM_ODD, _LE, _STATUS, _MAC = 0x87, 0x85, 0x97, 0x99, 0x8E
_STATUS_HEADER = bytes((_STATUS, 2))
_MAC_HEADER = bytes((_MAC, MAC_LENGTH))
_MAC_OBJECT = len(_MAC_HEADER) + MAC_LENGTH
_STATUS_OBJECT = len(_STATUS_HEADER) + 2
_HEADER_PADDING = pad(bytes(4), BLOCK)[4:]
_OUT_OF_PLACE = "secure messaging: data object missing or out of place"
_PADDING_INDICATOR = b"\x01"


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The two keys of a channel, KS_enc and KS_mac: AES, equally long."""

    encryption: bytes = field(repr=False)
    mac: bytes = field(repr=False)


class SecureMessagingLost(ProtocolError):
    """The card answered in plain: it has dropped the keys. `status` says why, unauthenticated."""

    def __init__(self, status: int) -> None:
        super().__init__(f"secure messaging: the card answered {status:04X} in plain and ended it")
        self.status = status


class SecureMessaging:
    """The reader's end of a channel: the keys and the send sequence counter `ssc`.

    Rule    After any error of `unprotect` the channel is over and refuses to go on.
    """

    def __init__(self, keys: SessionKeys, ssc: int = 0) -> None:
        self._cipher = CountedCipher(keys.encryption)
        self._authenticator = Authenticator(keys.mac)
        self._ssc = ssc
        self._over = False

    def protect(self, command: CommandAPDU) -> CommandAPDU:
        """Encrypt and authenticate one command. Errors: `ProtocolError` if the channel is over."""
        if self._over:
            raise ProtocolError("secure messaging: the channel is over")
        self._ssc += 1
        cla, extended = command.cla | SECURE_MESSAGING, command.extended
        body = self._cryptogram(command) if command.data else b""
        ne = command.ne
        if ne:  # The largest is all zeros.
            body += bytes((_LE, 2, ne >> 8 & 0xFF, ne & 0xFF) if extended else (_LE, 1, ne & 0xFF))
        header = bytes((cla, command.ins, command.p1, command.p2))
        authenticated = header + _HEADER_PADDING + body if body else header
        body += _MAC_HEADER + self._authenticator.mac8_under(self._ssc, authenticated)
        whole = MAX_NE if extended or len(body) > MAX_SHORT_NC else MAX_SHORT_NE
        return CommandAPDU(cla, command.ins, command.p1, command.p2, body, whole)

    def unprotect(self, response: ResponseAPDU) -> ResponseAPDU:
        """Check and decrypt one answer.

        Errors  `SecureMessagingLost`: it came in plain. `ProtocolError`: it is not what the chip
                wrote under these keys now. `EncodingError`: it is, but its padding is wrong.
        """
        if self._over:
            raise ProtocolError("secure messaging: the channel is over")
        self._ssc += 1
        try:
            return self._open(response)
        except ApduError:
            self._over = True
            raise

    def _open(self, response: ResponseAPDU) -> ResponseAPDU:
        """An answer is [87 or 85,] 99, 8E, in this order; none of it counts before the MAC."""
        authenticated, mac = response.data[:-_MAC_OBJECT], response.data[-_MAC_OBJECT:]
        expected = _MAC_HEADER + self._authenticator.mac8_under(self._ssc, authenticated)
        if not hmac.compare_digest(mac, expected):
            raise _no_answer(response)
        if not authenticated.endswith(_STATUS_HEADER + response.status.to_bytes(2)):
            raise _other_status(authenticated)
        cryptogram = authenticated[:-_STATUS_OBJECT]
        data = self._decrypt(cryptogram) if cryptogram else b""
        return ResponseAPDU(response.status, data)

    def _cryptogram(self, command: CommandAPDU) -> bytes:
        ciphertext = self._cipher.encrypt(self._ssc, pad(command.data, BLOCK))
        if command.ins & 1:
            return build(_CRYPTOGRAM_ODD, ciphertext)
        return build(_CRYPTOGRAM, _PADDING_INDICATOR, ciphertext)

    def _decrypt(self, cryptogram: bytes) -> bytes:
        try:
            tag, start, length = read_header(cryptogram)
        except EncodingError as error:
            raise ProtocolError(_OUT_OF_PLACE) from error
        if start + length != len(cryptogram) or tag not in (_CRYPTOGRAM, _CRYPTOGRAM_ODD):
            raise ProtocolError(_OUT_OF_PLACE)
        if tag == _CRYPTOGRAM:
            if not cryptogram.startswith(_PADDING_INDICATOR, start):
                raise ProtocolError("secure messaging: unknown padding indicator")
            start += 1
        ciphertext = cryptogram[start:]
        if not ciphertext or len(ciphertext) % BLOCK:
            raise ProtocolError("secure messaging: cryptogram is not whole blocks")
        return unpad(self._cipher.decrypt(self._ssc, ciphertext), BLOCK)


def _no_answer(response: ResponseAPDU) -> ProtocolError:
    """What is wrong with an answer that does not end in its MAC."""
    try:
        objects = parse(response.data)
    except EncodingError:
        return ProtocolError("secure messaging: the answer is not data objects")
    tags = [each.tag for each in objects]
    if _MAC not in tags:
        return SecureMessagingLost(response.status)
    in_place = tags[-2:] == [_STATUS, _MAC] and len(objects[-1].value) == MAC_LENGTH
    return ProtocolError("secure messaging: wrong MAC" if in_place else _OUT_OF_PLACE)


def _other_status(authenticated: bytes) -> ProtocolError:
    """What is wrong with authentic objects that do not end in the status word of the answer."""
    if authenticated[-_STATUS_OBJECT:].startswith(_STATUS_HEADER):
        return ProtocolError("secure messaging: the status word was changed on the way")
    return ProtocolError(_OUT_OF_PLACE)


def through(channel: SecureMessaging, exchange: Exchange[T]) -> Exchange[T]:
    """Put secure messaging around every command and answer of `exchange`."""
    try:
        command = next(exchange)
        while True:
            command = exchange.send(channel.unprotect((yield channel.protect(command))))
    except StopIteration as finished:
        result: T = finished.value
        return result
    finally:
        exchange.close()
