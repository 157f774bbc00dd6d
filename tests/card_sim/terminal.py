"""A terminal written for the tests alone: short, literal, sharing nothing with either side."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from apdu.crypto.curves import (
    Curve,
    PrivateKey,
    PublicKey,
    add,
    agree,
    curve_of,
    encode_point,
    fresh_key,
    multiply,
    x_coordinate,
)
from apdu.lds.cvc import CVCertificate
from apdu.tlv import build, find, parse, parse_one
from card_sim.card import VirtualCard
from card_sim.session import Password

PACE_OID = bytes.fromhex("04007F00070202040202")
CA_OID = bytes.fromhex("04007F00070202030202")
TA_SHA256 = bytes.fromhex("04007F000702020202" + "03")
TA_SHA384 = bytes.fromhex("04007F000702020202" + "04")
FULL_CHAT = bytes.fromhex("00034E9F30")
ON_SIGHT_CHAT = bytes.fromhex("00034E9F10")
EID_AID = bytes.fromhex("E80704007F00070302")
LDS1_AID = bytes.fromhex("A0000002471001")


@dataclass
class Answer:
    status: int
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Suite:
    """The three protocols of a card, and the length of its AES keys."""

    pace: bytes = PACE_OID
    chip: bytes = CA_OID
    terminal: bytes = TA_SHA256
    key_length: int = 16

    def kdf(self, secret: bytes, counter: int) -> bytes:
        digest = hashlib.sha1 if self.key_length == 16 else hashlib.sha256
        return digest(secret + bytes((0, 0, 0, counter))).digest()[: self.key_length]


AES_128 = Suite()
AES_256 = Suite(PACE_OID[:-1] + b"\x04", CA_OID[:-1] + b"\x04", TA_SHA384, 32)


def chat_object(value: bytes) -> bytes:
    return bytes.fromhex("7F4C12060904007F0007030102025305") + value


def mac(key: bytes, data: bytes) -> bytes:
    cmac = CMAC(algorithms.AES(key))
    cmac.update(data)
    return cmac.finalize()[:8]


def pad(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


@dataclass
class Channel:
    """The reader's end of secure messaging (ICAO Doc 9303-11, 9.8)."""

    enc: bytes
    mac: bytes
    ssc: int = 0

    def wrap(self, header: bytes, data: bytes, ne: bytes, *, extended: bool) -> bytes:
        self.ssc += 1
        header = bytes((header[0] | 0x0C,)) + header[1:]
        body = b""
        if data:
            text = self._aes().encryptor().update(pad(data))
            body = build(0x85, text) if header[1] & 1 else build(0x87, b"\x01" + text)
        if ne:
            body += build(0x97, ne)
        whole = self._ssc + pad(header) + (pad(body) if body else b"")
        body += build(0x8E, mac(self.mac, whole))
        if extended or len(body) > 255:
            return header + b"\x00" + len(body).to_bytes(2) + body + b"\x00\x00"
        return header + bytes((len(body),)) + body + b"\x00"

    def unwrap(self, response: bytes) -> Answer:
        self.ssc += 1
        objects = parse(response[:-2])
        checksum = objects[-1]
        signed = b"".join(bytes(each) for each in objects[:-1])
        assert checksum.tag == 0x8E
        assert checksum.value == mac(self.mac, self._ssc + pad(signed))
        assert find(objects, 0x99) == response[-2:]
        text = find(objects, 0x85)
        wrapped = find(objects, 0x87)
        if wrapped is not None:
            text = wrapped[1:]
        data = b""
        if text:
            data = self._aes().decryptor().update(text).rstrip(b"\x00")[:-1]
        return Answer(int.from_bytes(response[-2:]), data)

    @property
    def _ssc(self) -> bytes:
        return self.ssc.to_bytes(16)

    def _aes(self) -> Cipher[modes.CBC]:
        iv = Cipher(algorithms.AES(self.enc), modes.ECB()).encryptor().update(self._ssc)
        return Cipher(algorithms.AES(self.enc), modes.CBC(iv))


class Terminal:
    """Talks to `card`, under secure messaging once PACE has succeeded."""

    def __init__(self, card: VirtualCard, curve: Curve, suite: Suite = AES_128) -> None:
        self.card = card
        self.curve = curve
        self.suite = suite
        self.channel: Channel | None = None
        self.references: list[bytes] = []
        self.chip_id = b""
        self.ephemeral: PrivateKey | None = None
        self.count = 0

    def send(
        self, header: str, data: bytes = b"", ne: bytes = b"", *, extended: bool = False
    ) -> Answer:
        """One command; `ne` is the value of Le: empty, one or two octets."""
        self.count += 1
        octets = bytes.fromhex(header)
        if self.channel is not None:
            answer = self.card.transmit(self.channel.wrap(octets, data, ne, extended=extended))
            if len(answer) == 2:
                self.channel = None
                return Answer(int.from_bytes(answer))
            return self.channel.unwrap(answer)
        lc = bytes((len(data),)) if data else b""
        if extended or len(data) > 255:
            lc = b"\x00" + (len(data).to_bytes(2) if data else b"")
        return self.plain(octets + lc + data + ne)

    def plain(self, octets: bytes) -> Answer:
        answer = self.card.transmit(octets)
        return Answer(int.from_bytes(answer[-2:]), answer[:-2])

    def choose_pace(self, password: Password, chat: bytes | None = FULL_CHAT) -> Answer:
        data = build(0x80, self.suite.pace) + build(0x83, bytes((password,)))
        data += build(0x84, bytes((self.curve.parameter_id,)))
        return self.send("0022C1A4", data + (chat_object(chat) if chat is not None else b""))

    def general_authenticate(self, *objects: bytes, last: bool = False) -> Answer:
        return self.send("00860000" if last else "10860000", build(0x7C, *objects), b"\x00")

    def pace(self, password: Password, secret: str, chat: bytes | None = FULL_CHAT) -> int:
        """Run PACE to its end; the status word of the first step that is refused, or 9000."""
        chosen = self.choose_pace(password, chat)
        if chosen.status != 0x9000 and chosen.status & 0xFFF0 != 0x63C0:
            return chosen.status
        return self.continue_pace(secret.encode("latin-1"))

    def continue_pace(self, key_material: bytes) -> int:
        first = self.general_authenticate()
        if first.status != 0x9000:
            return first.status
        key = self.suite.kdf(key_material, 3)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
        nonce = int.from_bytes(decryptor.update(self._dynamic(first, 0x80)))
        mapping = fresh_key(self.curve)
        theirs = self._exchange_points(0x81, mapping.public_key())
        base = add(
            self.curve.private_key(nonce % self.curve.n).public_key(), multiply(mapping, theirs)
        )
        own = fresh_key(self.curve)
        public = multiply(own, base)
        theirs = self._exchange_points(0x83, public)
        return self._confirm(agree(own, theirs), public, theirs)

    def authenticate_terminal(
        self, certificates: Sequence[CVCertificate], key: PrivateKey, **changes: bytes
    ) -> int:
        """Certificates, MSE:Set AT, challenge, signature; the first refusal or 9000."""
        for certificate in certificates:
            answer = self.import_certificate(certificate)
            if answer.status != 0x9000:
                return answer.status
        self.ephemeral = fresh_key(self.curve)
        comp = x_coordinate(self.ephemeral.public_key())
        name = changes.get("name", certificates[-1].holder.encode())
        chosen = self.choose_terminal(name, comp, changes.get("auxiliary", b""))
        if chosen.status != 0x9000:
            return chosen.status
        challenge = self.send("00840000", ne=b"\x08")
        if challenge.status != 0x9000:
            return challenge.status
        message = self.chip_id + challenge.data + comp + changes.get("auxiliary", b"")
        return self.send("00820000", changes.get("signature", sign(key, message))).status

    def import_certificate(self, certificate: CVCertificate) -> Answer:
        chosen = self.send("002281B6", build(0x83, certificate.car.encode()))
        return chosen if chosen.status != 0x9000 else self.send("002A00BE", certificate.pso_data)

    def choose_terminal(self, name: bytes, comp: bytes, auxiliary: bytes = b"") -> Answer:
        data = build(0x80, self.suite.terminal) + build(0x83, name) + auxiliary + build(0x91, comp)
        return self.send("002281A4", data)

    def authenticate_chip(self, key: PrivateKey | None = None) -> tuple[int, bytes, bytes]:
        """MSE:Set AT and GENERAL AUTHENTICATE: status, nonce, token."""
        own = key or self.ephemeral
        assert own is not None
        chosen = self.send("002241A4", build(0x80, self.suite.chip) + build(0x84, b"\x01"))
        if chosen.status != 0x9000:
            return chosen.status, b"", b""
        point = encode_point(own.public_key())
        answer = self.general_authenticate(build(0x80, point), last=True)
        if answer.status != 0x9000:
            return answer.status, b"", b""
        return answer.status, self._dynamic(answer, 0x81), self._dynamic(answer, 0x82)

    def switch_to_chip_keys(self, chip_key: PublicKey, nonce: bytes, token: bytes) -> bool:
        """Whether the chip's token proves its static key; the new channel is used from here."""
        assert self.ephemeral is not None
        secret = agree(self.ephemeral, chip_key) + nonce
        keys = Channel(self.suite.kdf(secret, 1), self.suite.kdf(secret, 2))
        self.channel = keys
        point = encode_point(self.ephemeral.public_key())
        return token == mac(keys.mac, _token_input(self.suite.chip, point))

    def read_file(self, identifier: int) -> Answer:
        """SELECT and READ BINARY in blocks that fit short answers."""
        selected = self.send("00A4020C", identifier.to_bytes(2))
        if selected.status != 0x9000:
            return selected
        content = b""
        while True:
            answer = self.send(f"00B0{len(content):04X}", ne=b"\x00")
            if answer.status == 0x6B00 and content:
                return Answer(0x9000, content)
            if answer.status != 0x9000:
                return answer
            assert answer.data, "an empty answer where 6B00 belongs"
            content += answer.data

    def _exchange_points(self, tag: int, point: PublicKey) -> PublicKey:
        answer = self.general_authenticate(build(tag, encode_point(point)))
        assert answer.status == 0x9000
        return self.curve.decode_point(self._dynamic(answer, tag + 1))

    def _confirm(self, secret: bytes, ours: PublicKey, theirs: PublicKey) -> int:
        keys = Channel(self.suite.kdf(secret, 1), self.suite.kdf(secret, 2))
        token = mac(keys.mac, _token_input(self.suite.pace, encode_point(theirs)))
        answer = self.general_authenticate(build(0x85, token), last=True)
        if answer.status != 0x9000:
            return answer.status
        objects = parse(parse_one(answer.data, 0x7C).value)
        assert find(objects, 0x86) == mac(
            keys.mac, _token_input(self.suite.pace, encode_point(ours))
        )
        self.references = [each.value for each in objects if each.tag in (0x87, 0x88)]
        self.channel, self.chip_id = keys, x_coordinate(theirs)
        return answer.status

    @staticmethod
    def _dynamic(answer: Answer, tag: int) -> bytes:
        value = find(parse(parse_one(answer.data, 0x7C).value), tag)
        assert value is not None
        return value


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Plain r||s over SHA-256, on larger curves SHA-384."""
    size = curve_of(key).order_size
    algorithm = hashes.SHA256() if size <= 32 else hashes.SHA384()
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(algorithm)))
    return r.to_bytes(size) + s.to_bytes(size)


def _token_input(oid: bytes, point: bytes) -> bytes:
    return build(0x7F49, build(0x06, oid), build(0x86, point))
