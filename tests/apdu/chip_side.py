"""A chip's half of PACE and of secure messaging, from textbook parts, for tests of the reader.

Shares nothing with the reader but the numbers of the curves and the shape of data objects; a
whole card is `card_sim`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

from apdu.crypto.curves import Curve
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.tlv import build, parse, parse_one, require
from tests.apdu.jacobian import generator, plus, times

OK = b"\x90\x00"


def derive(secret: bytes, number: int, length: int) -> bytes:
    digest = hashlib.sha1 if length == 16 else hashlib.sha256
    return digest(secret + bytes((0, 0, 0, number))).digest()[:length]


def cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(AES(key))
    mac.update(data)
    return mac.finalize()[:8]


def padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(15 - len(data) % 16)


@dataclass
class ChipChannel:
    """Opens protected commands and protects answers; knobs make it lie."""

    encryption: bytes
    mac: bytes
    ssc: int = 0

    def open(self, octets: bytes) -> CommandAPDU:
        command = CommandAPDU.decode(octets)
        assert command.cla & 0x0C == 0x0C
        self.ssc += 1
        objects = parse(command.data)
        assert objects[-1].tag == 0x8E
        body = command.data[:-10]
        authenticated = self.counter + padded(command.header) + (padded(body) if body else b"")
        assert objects[-1].value == cmac(self.mac, authenticated)
        data, ne, extended = b"", 0, False
        for each in objects[:-1]:
            if each.tag == 0x97:
                ne = int.from_bytes(each.value) or 1 << 8 * len(each.value)
                extended = len(each.value) == 2
            else:
                assert each.tag == (0x85 if command.ins & 1 else 0x87)
                data = self.decrypt(each.value[each.tag == 0x87 :])
        header = (command.cla & ~0x0C, command.ins, command.p1, command.p2)
        return CommandAPDU(*header, data, ne, extended)

    def close(self, response: ResponseAPDU, *, odd: bool = False) -> bytes:
        """The protected answer, status word included."""
        self.ssc += 1
        body = b""
        if response.data:
            ciphertext = self.encrypt(padded(response.data))
            body = build(0x85, ciphertext) if odd else build(0x87, b"\x01", ciphertext)
        return self.sealed(body + build(0x99, response.status.to_bytes(2)), response.status)

    def sealed(self, body: bytes, status: int = 0x9000) -> bytes:
        """Any objects, correctly authenticated under the counter as it stands."""
        mac = cmac(self.mac, self.counter + (padded(body) if body else b""))
        return body + build(0x8E, mac) + status.to_bytes(2)

    @property
    def counter(self) -> bytes:
        return self.ssc.to_bytes(16)

    def encrypt(self, blocks: bytes) -> bytes:
        encryptor = self._cipher().encryptor()
        return encryptor.update(blocks) + encryptor.finalize()

    def decrypt(self, ciphertext: bytes) -> bytes:
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(ciphertext) + decryptor.finalize()
        return plain[: plain.rindex(b"\x80")]

    def _cipher(self) -> Cipher[CBC]:
        initial = Cipher(AES(self.encryption), ECB()).encryptor().update(self.counter)
        return Cipher(AES(self.encryption), CBC(initial))


@dataclass
class PaceChip:
    """A chip that runs PACE with generic mapping; `alter` may change any answer's data.

    `alter` gets the number of the GENERAL AUTHENTICATE command (1..4), its answer's data object
    7C, and what the reader sent; what it returns goes to the reader.
    """

    curve: Curve
    oid: bytes
    key_length: int
    secret: bytes
    nonce: bytes = b"\x5a" * 16
    map_scalar: int = 0x1234567890ABCDEF
    key_scalar: int = 0xFEDCBA0987654321
    refuse: dict[int, int] = field(default_factory=dict)  # step (0 is MSE) -> status
    trailer: bytes = b""
    alter: Callable[[int, bytes, bytes], bytes] = lambda step, answer, sent: answer
    step: int = -1
    log: list[bytes] = field(default_factory=list)
    keys: tuple[bytes, bytes] = (b"", b"")

    def transmit(self, octets: bytes) -> bytes:
        self.log.append(octets)
        if octets[1] == 0x22:  # choosing the password begins anew, and tells its counter
            self.step = 0
            return self.refuse.get(0, 0x9000).to_bytes(2)
        self.step += 1
        command = CommandAPDU.decode(octets)
        assert command.cla == (0x00 if self.step == 4 else 0x10)
        sent = parse_one(command.data, 0x7C).children
        value = sent[0].value if sent else b""
        answer = (self._nonce, self._map, self._agree, self._token)[self.step - 1](value)
        if self.step in self.refuse:
            return self.refuse[self.step].to_bytes(2)
        return self.alter(self.step, build(0x7C, answer), value) + OK

    def _nonce(self, value: bytes) -> bytes:
        key = derive(self.secret, 3, self.key_length)
        encryptor = Cipher(AES(key), CBC(bytes(16))).encryptor()
        return build(0x80, encryptor.update(self.nonce))

    def _map(self, value: bytes) -> bytes:
        ours = times(self.curve, self.map_scalar, generator(self.curve))
        shared = times(self.curve, self.map_scalar, self._read(value))
        mapped = times(self.curve, int.from_bytes(self.nonce), generator(self.curve))
        assert shared
        assert mapped
        self.base = plus(self.curve, mapped, shared)
        return build(0x82, self.write(ours))

    def _agree(self, value: bytes) -> bytes:
        assert self.base
        ours = times(self.curve, self.key_scalar, self.base)
        shared = times(self.curve, self.key_scalar, self._read(value))
        assert shared
        secret = shared[0].to_bytes(self.curve.size)
        self.keys = (derive(secret, 1, self.key_length), derive(secret, 2, self.key_length))
        self.chip_token = self._over(value)
        self.reader_token = self._over(self.write(ours))
        return build(0x84, self.write(ours))

    def _token(self, value: bytes) -> bytes:
        if value != self.reader_token:
            self.refuse.setdefault(4, 0x6300)
        return build(0x86, self.chip_token) + self.trailer

    def _over(self, point: bytes) -> bytes:
        return cmac(self.keys[1], build(0x7F49, build(0x06, self.oid), build(0x86, point)))

    def _read(self, octets: bytes) -> tuple[int, int]:
        size = self.curve.size
        assert len(octets) == 1 + 2 * size
        return int.from_bytes(octets[1 : 1 + size]), int.from_bytes(octets[1 + size :])

    def write(self, point: tuple[int, int] | None) -> bytes:
        assert point
        x, y = point
        return b"\x04" + x.to_bytes(self.curve.size) + y.to_bytes(self.curve.size)


def data_of(octets: bytes, tag: int) -> bytes:
    """The value of the object `tag` in a command's data."""
    return require(parse(CommandAPDU.decode(octets).data), tag)
