"""A chip for our reader: the files of a card, commands answered here, all cryptography libeac's.

It is not a card: it refuses what breaks a protocol, and knows no rights and no counters.
"""

from collections.abc import Callable, Mapping

from apdu.iso7816 import CHAINING, CommandAPDU, ResponseAPDU, StatusWord
from apdu.tlv import build, find, parse, parse_one, require
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.session import Password
from tests.interop.libeac import CHIP_CHANNEL, PACE_CHANNEL, LibeacChip

PACE, ISSUER, TERMINAL, CHIP = 0xC1A4, 0x81B6, 0x81A4, 0x41A4  # P1-P2 of MSE
VERIFY_CERTIFICATE = 0x2A  # the one instruction that may come in pieces
_CERTIFICATE = 0x7F21

Step = Callable[[bytes], bytes]
"""From the value of the data object received to the data objects to answer with."""


class Refused(Exception):
    """Ends a command with this status word."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class EacChip:
    """What lies in the reader's field. `passwords` go by their number in data object 83; `cvca`
    is the certificate the chip trusts, 7F21, and `authority` its holder.
    """

    def __init__(
        self, card: CardData, passwords: Mapping[Password, str], authority: str, cvca: bytes
    ) -> None:
        self.card, self._passwords, self._authority = card, passwords, authority
        self._application, self._current = Application.MASTER, b""
        self.engine = LibeacChip(self._by_sfi(0x1C), cvca, card.chip_key)
        self._secured = False
        self._next_channel: int | None = None
        self._steps: list[Step] = []
        self._password = Password.PIN
        self._received = self._sent = self._committed = self._fragments = b""

    def close(self) -> None:
        self.engine.close()

    def transmit(self, octets: bytes) -> bytes:
        command = CommandAPDU.decode(octets)
        if not self._secured:
            return bytes(self._respond(command))
        answer = self._seal(self._respond(self._open(command)), command.ins)
        if self._next_channel is not None:
            self.engine.use(self._next_channel)
            self._next_channel = None
        return answer

    def _respond(self, command: CommandAPDU) -> ResponseAPDU:
        if command.ins == VERIFY_CERTIFICATE:
            self._fragments += command.data
            if command.cla & CHAINING:
                return ResponseAPDU(StatusWord.OK)
        answers = {
            0x22: self._manage,
            0x86: self._general_authenticate,
            VERIFY_CERTIFICATE: lambda _: self._import(),
            0x84: lambda _: self.engine.challenge(),
            0x82: self._authenticate_terminal,
            0xA4: self._select,
            0xB0: self._read,
            0xB1: self._read_odd,
        }
        try:
            return ResponseAPDU(StatusWord.OK, answers[command.ins](command))
        except Refused as refused:
            return ResponseAPDU(refused.status)

    def _manage(self, command: CommandAPDU) -> bytes:
        objects = parse(command.data)
        target = command.p1 << 8 | command.p2
        if target == PACE:
            self._password = Password(require(objects, 0x83)[0])
            self._steps = [self._nonce, self._map, self._agree, self._confirm]
        elif target == TERMINAL:
            self._committed = require(objects, 0x91)
        elif target == CHIP:
            self._steps = [self._prove]
        elif target != ISSUER:
            raise Refused(StatusWord.INCORRECT_P1P2)
        return b""

    def _general_authenticate(self, command: CommandAPDU) -> bytes:
        sent = parse_one(command.data, 0x7C).children
        return build(0x7C, self._steps.pop(0)(sent[0].value if sent else b""))

    def _nonce(self, _: bytes) -> bytes:
        secret = self._passwords[self._password].encode()
        return build(0x80, self.engine.encrypted_nonce(secret, self._password))

    def _map(self, theirs: bytes) -> bytes:
        ours = self.engine.mapping_data()
        self.engine.map(theirs)
        return build(0x82, ours)

    def _agree(self, theirs: bytes) -> bytes:
        self._received, self._sent = theirs, self.engine.ephemeral_key()
        self.engine.agree(theirs)
        return build(0x84, self._sent)

    def _confirm(self, token: bytes) -> bytes:
        if not self.engine.accepts(token):
            raise Refused(StatusWord.AUTHENTICATION_FAILED)
        ours = self.engine.token(self._received)
        self.engine.use(PACE_CHANNEL)
        self._secured = True
        return build(0x86, ours) + build(0x87, self._authority.encode())

    def _import(self) -> bytes:
        certificate, self._fragments = build(_CERTIFICATE, self._fragments), b""
        if not self.engine.trusts(certificate):
            raise Refused(StatusWord.AUTHENTICATION_FAILED)
        return b""

    def _authenticate_terminal(self, command: CommandAPDU) -> bytes:
        name = self.engine.name_of(self._sent)
        if not self.engine.verifies(command.data, self._committed, name):
            raise Refused(StatusWord.AUTHENTICATION_FAILED)
        return b""

    def _prove(self, theirs: bytes) -> bytes:
        if not self.engine.was_promised(theirs, self._committed):
            raise Refused(StatusWord.AUTHENTICATION_FAILED)
        nonce, token = self.engine.prove(theirs)
        self._next_channel = CHIP_CHANNEL
        return build(0x81, nonce) + build(0x82, token)

    def _select(self, command: CommandAPDU) -> bytes:
        if command.p1 == 0x04:
            self._application = Application(command.data)
        return b""

    def _read(self, command: CommandAPDU) -> bytes:
        offset = command.p1 << 8 | command.p2
        if command.p1 & 0x80:
            offset, self._current = command.p2, self._by_sfi(command.p1 & 0x1F)
        return self._current[offset : offset + command.ne]

    def _read_odd(self, command: CommandAPDU) -> bytes:
        offset = int.from_bytes(parse_one(command.data, 0x54).value)
        rest = self._current[offset:]
        while len(part := build(0x53, rest)) > command.ne:
            rest = rest[: len(rest) - (len(part) - command.ne)]
        return part

    def _by_sfi(self, number: int) -> bytes:
        for file in self.card.files[self._application]:
            if file.short_identifier == number:
                return file.content
        raise Refused(StatusWord.FILE_NOT_FOUND)

    def _open(self, command: CommandAPDU) -> CommandAPDU:
        """Check and decrypt a protected command."""
        engine = self.engine
        engine.count()
        objects = parse(command.data)
        body = b"".join(bytes(each) for each in objects[:-1])
        whole = engine.pad(command.header) + (engine.pad(body) if body else b"")
        assert objects[-1].value == engine.authenticate(whole)
        odd, even, le = (find(objects, tag) for tag in (0x85, 0x87, 0x97))
        ciphertext = odd or (even or b"")[1:]
        data = engine.decrypt(ciphertext) if ciphertext else b""
        ne = 0 if le is None else int.from_bytes(le) or 1 << 8 * len(le)
        cla, ins, p1, p2 = command.header
        return CommandAPDU(cla & ~0x0C, ins, p1, p2, data, ne)

    def _seal(self, response: ResponseAPDU, ins: int) -> bytes:
        engine = self.engine
        engine.count()
        body = b""
        if response.data:
            ciphertext = engine.encrypt(response.data)
            body = build(0x85, ciphertext) if ins & 1 else build(0x87, b"\x01", ciphertext)
        status = response.status.to_bytes(2)
        body += build(0x99, status)
        return body + build(0x8E, engine.authenticate(engine.pad(body))) + status
