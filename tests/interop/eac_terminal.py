"""A terminal against the virtual card: commands put together here, all cryptography libeac's."""

from collections.abc import Sequence

from apdu.crypto.curves import PrivateKey
from apdu.lds.cvc import CVCertificate
from apdu.lds.der import oid_octets
from apdu.tlv import build, find, parse, parse_one
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.session import Password
from tests.interop.libeac import CHIP_CHANNEL, PACE_CHANNEL, LibeacTerminal

OK = b"\x90\x00"
READ_CARD_ACCESS = bytes.fromhex("00B09C0000")

Answer = tuple[bytes, bytes]
"""The status word and the data."""


class EacTerminal:
    """One session with `card`; each step returns the status word it ended with."""

    def __init__(self, card: VirtualCard, data: CardData, password: Password, secret: str) -> None:
        self.card = card
        self.card_access = self._read_card_access()
        size = data.curve.size
        self.engine = LibeacTerminal(self.card_access, size, secret.encode(), password)
        self._password = password
        self._pace, self._chip = oid_octets(data.protocol), oid_octets(data.chip_protocol)
        self._key_id = bytes((data.chip_key_id,))
        self._secured = False
        self.name = b""  # ID_PICC
        self._committed = b""
        self.chip_token = b""

    def close(self) -> None:
        self.engine.close()

    def pace(self, chat: bytes = b"") -> bytes:
        """PACE, and secure messaging with its keys; `chat` is a whole data object 7F4C."""
        choice = build(0x80, self._pace) + build(0x83, bytes((self._password,))) + chat
        chosen, _ = self.send("0022C1A4", choice)
        assert chosen[0] in (0x90, 0x63)
        engine = self.engine
        engine.decrypt_nonce(self._step(b"", 0x80))
        engine.map(self._step(build(0x81, engine.mapping_data()), 0x82))
        theirs = self._step(build(0x83, engine.ephemeral_key()), 0x84)
        engine.agree(theirs)
        proof = build(0x7C, build(0x85, engine.token(theirs)))
        status, answer = self.send("00860000", proof, b"\0")
        if status == OK:
            self.chip_token = _dynamic(answer, 0x86)
            assert engine.accepts(self.chip_token)
            self.name = engine.name_of(theirs)
            self._secure(PACE_CHANNEL)
        return status

    def authenticate(self, chain: Sequence[CVCertificate], key: PrivateKey) -> bytes:
        """Terminal authentication with the certificates of `chain`; `key` is the last one's."""
        for certificate in chain:
            chosen, _ = self.send("002281B6", build(0x83, certificate.car.encode()))
            assert chosen == OK
            imported, _ = self.send("002A00BE", certificate.pso_data)
            assert imported == OK
        terminal, engine = chain[-1], self.engine
        engine.present(key, terminal.encoded)
        self._committed = engine.commit()
        named = build(0x80, oid_octets(terminal.public_key.oid))
        named += build(0x83, terminal.holder.encode()) + build(0x91, self._committed)
        chosen, _ = self.send("002281A4", named)
        assert chosen == OK
        asked, challenge = self.send("00840000", le=b"\x08")
        assert asked == OK
        signature = engine.sign(challenge, self._committed, self.name)
        return self.send("00820000", signature)[0]

    def authenticate_chip(self, chip_key: bytes) -> tuple[bytes, bool]:
        """Chip authentication against this key; whether libeac takes the chip for genuine."""
        engine = self.engine
        chosen, _ = self.send("002241A4", build(0x80, self._chip) + build(0x84, self._key_id))
        assert chosen == OK
        point = build(0x7C, build(0x80, engine.chip_ephemeral()))
        status, answer = self.send("00860000", point, b"\0")
        if status != OK:
            return status, False
        engine.agree_with_chip(chip_key)
        nonce, token = _dynamic(answer, 0x81), _dynamic(answer, 0x82)
        genuine = engine.accepts_chip(nonce, token)
        if genuine:
            self._secure(CHIP_CHANNEL)
        return status, genuine

    def read(self, identifier: int) -> Answer:
        """SELECT a file and read it in short commands."""
        status, _ = self.send("00A4020C", identifier.to_bytes(2))
        content = b""
        while status == OK:
            status, part = self.send(f"00B0{len(content):04X}", le=b"\0")
            content += part
        return (OK if status == b"\x6b\0" and content else status), content

    def send(self, header: str, data: bytes = b"", le: bytes = b"") -> Answer:
        """One command, protected once there is a channel."""
        octets = bytes.fromhex(header)
        if self._secured:
            return self._protected(octets, data, le)
        answer = self.card.transmit(octets + _sized(data) + le)
        return answer[-2:], answer[:-2]

    def _protected(self, header: bytes, data: bytes, le: bytes) -> Answer:
        engine = self.engine
        header = bytes((header[0] | 0x0C,)) + header[1:]
        engine.count()
        body = build(0x87, b"\x01", engine.encrypt(data)) if data else b""
        body += build(0x97, le) if le else b""
        whole = engine.pad(header) + (engine.pad(body) if body else b"")
        body += build(0x8E, engine.authenticate(whole))
        # Le is as long as Lc: an extended command takes an extended Le.
        outer = b"\0\0" if len(body) > 0xFF else b"\0"
        answer = self.card.transmit(header + _sized(body) + outer)
        engine.count()
        objects = parse(answer[:-2])
        signed = b"".join(bytes(each) for each in objects[:-1])
        assert objects[-1].value == engine.authenticate(engine.pad(signed))
        assert find(objects, 0x99) == answer[-2:]
        ciphertext = find(objects, 0x87)
        return answer[-2:], engine.decrypt(ciphertext[1:]) if ciphertext else b""

    def _step(self, content: bytes, tag: int) -> bytes:
        status, answer = self.send("10860000", build(0x7C, content), b"\0")
        assert status == OK
        return _dynamic(answer, tag)

    def _secure(self, channel: int) -> None:
        self.engine.use(channel)
        self._secured = True

    def _read_card_access(self) -> bytes:
        answer = self.card.transmit(READ_CARD_ACCESS)
        assert answer[-2:] == OK
        return answer[:-2]


def _sized(data: bytes) -> bytes:
    """Lc and the data, short or extended."""
    if len(data) > 0xFF:
        return b"\0" + len(data).to_bytes(2) + data
    return bytes((len(data),)) + data if data else b""


def _dynamic(answer: bytes, tag: int) -> bytes:
    value = find(parse(parse_one(answer, 0x7C).value), tag)
    assert value is not None
    return value
