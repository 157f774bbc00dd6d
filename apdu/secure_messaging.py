"""Secure messaging with AES: commands and answers encrypted, authenticated and counted.

Source  ICAO Doc 9303-11, 9.8; BSI TR-03110-3, F.
"""

import hmac
from contextlib import closing
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
from apdu.tlv import Tlv, build, parse

MAX_SHORT_PLAIN_NC = 239
"""The most plain octets, without Le, that one short protected command carries."""

_CRYPTOGRAM, _CRYPTOGRAM_ODD, _LE, _STATUS, _MAC = 0x87, 0x85, 0x97, 0x99, 0x8E
_MAC_OBJECT = 2 + MAC_LENGTH
_PADDING_INDICATOR = b"\x01"
_ANSWER_ORDERS = (
    (_STATUS, _MAC),
    (_CRYPTOGRAM, _STATUS, _MAC),
    (_CRYPTOGRAM_ODD, _STATUS, _MAC),
)


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
        if command.ne:
            width = 2 if extended else 1
            body += build(_LE, (command.ne % (1 << 8 * width)).to_bytes(width))
        header = bytes((cla, command.ins, command.p1, command.p2))
        body += build(_MAC, self._mac(pad(header, BLOCK), body))
        ne = MAX_NE if extended or len(body) > MAX_SHORT_NC else MAX_SHORT_NE
        return CommandAPDU(cla, command.ins, command.p1, command.p2, body, ne)

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
        if not response.data:
            raise SecureMessagingLost(response.status)
        try:
            objects = parse(response.data)
        except EncodingError as error:
            raise ProtocolError("secure messaging: the answer is not data objects") from error
        tags = tuple([each.tag for each in objects])
        if _MAC not in tags:
            raise SecureMessagingLost(response.status)
        if tags not in _ANSWER_ORDERS:
            raise ProtocolError("secure messaging: data object missing or out of place")
        *cryptogram, status, mac = objects
        authenticated = response.data[:-_MAC_OBJECT]
        if not hmac.compare_digest(mac.value, self._mac(b"", authenticated)):
            raise ProtocolError("secure messaging: wrong MAC")
        if status.value != response.status.to_bytes(2):
            raise ProtocolError("secure messaging: the status word was changed on the way")
        data = self._decrypt(cryptogram[0]) if cryptogram else b""
        return ResponseAPDU(response.status, data)

    def _cryptogram(self, command: CommandAPDU) -> bytes:
        ciphertext = self._cipher.encrypt(self._ssc, pad(command.data, BLOCK))
        if command.ins & 1:
            return build(_CRYPTOGRAM_ODD, ciphertext)
        return build(_CRYPTOGRAM, _PADDING_INDICATOR, ciphertext)

    def _decrypt(self, cryptogram: Tlv) -> bytes:
        ciphertext = cryptogram.value
        if cryptogram.tag == _CRYPTOGRAM:
            if not ciphertext.startswith(_PADDING_INDICATOR):
                raise ProtocolError("secure messaging: unknown padding indicator")
            ciphertext = ciphertext[1:]
        if not ciphertext or len(ciphertext) % BLOCK:
            raise ProtocolError("secure messaging: cryptogram is not whole blocks")
        return unpad(self._cipher.decrypt(self._ssc, ciphertext), BLOCK)

    def _mac(self, header: bytes, body: bytes) -> bytes:
        padded = pad(body, BLOCK) if body else b""
        return self._authenticator.mac8(self._ssc.to_bytes(BLOCK) + header + padded)


def through(channel: SecureMessaging, exchange: Exchange[T]) -> Exchange[T]:
    """Put secure messaging around every command and answer of `exchange`."""
    with closing(exchange):
        try:
            command = next(exchange)
            while True:
                command = exchange.send(channel.unprotect((yield channel.protect(command))))
        except StopIteration as finished:
            result: T = finished.value
            return result
