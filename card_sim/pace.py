"""PACE with generic mapping, the chip's side.

Source  ICAO Doc 9303-11, 4.4.1, 4.4.3.3.1, 4.4.4; TR-03110-3, B.1, B.11.1.
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from apdu.crypto.curves import (
    KeyPair,
    PublicKey,
    agree,
    encode_point,
    encoded_x,
    multiply_add,
)
from apdu.crypto.mac import cmac8
from apdu.errors import EncodingError
from apdu.iso7816 import StatusWord
from apdu.lds.cvc import Chat
from apdu.lds.security_infos import encode_point_object
from apdu.tlv import Tlv, build
from card_sim.chip import Chip
from card_sim.key_derivation import Purpose, derive
from card_sim.pin import TryCounters
from card_sim.refusal import Refusal
from card_sim.secure_messaging import SessionKeys
from card_sim.session import Password

DYNAMIC_DATA = 0x7C
LAST_COMMAND_EXPECTED = 0x6883  # TR-03110-3, B.13.3


class Step(IntEnum):
    """What the chip waits for."""

    NONCE = auto()
    MAPPING = auto()
    KEY = auto()
    TOKEN = auto()
    DONE = auto()


# Data object the terminal sends (None: an empty 7C), and the step that follows.
_DIALOGUE: dict[Step, tuple[int | None, Step]] = {
    Step.NONCE: (None, Step.MAPPING),
    Step.MAPPING: (0x81, Step.KEY),
    Step.KEY: (0x83, Step.TOKEN),
    Step.TOKEN: (0x85, Step.DONE),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What MSE:Set AT chose. `resumed`: the CAN was proven in this very session before."""

    password: Password
    chat: Chat | None
    resumed: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a completed PACE leaves to the session."""

    wish: Wish
    keys: SessionKeys = field(repr=False)
    chip_id: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Both ephemeral points on the mapped generator, encoded, and the secret they make."""

    ours: bytes = field(repr=False)
    theirs: bytes = field(repr=False)
    secret: bytes = field(repr=False)


class PaceDialogue:
    """One run of the four steps of GENERAL AUTHENTICATE; over at the first refusal."""

    def __init__(
        self, chip: Chip, counters: TryCounters, wish: Wish, authorities: Sequence[str] = ()
    ) -> None:
        self._chip = chip
        self._authorities = authorities
        self._counters = counters
        self._wish = wish
        self._step = Step.NONCE
        self._nonce = b""
        self._base: PublicKey | None = None
        self._exchanged: Exchanged | None = None
        self.agreement: Agreement | None = None

    def answer(self, objects: Iterable[Tlv], *, last: bool) -> bytes:
        """One step. Errors: `Refusal`; 6985 and 6A80 leave the try counters alone."""
        objects = tuple(objects)
        wanted, following = _DIALOGUE[self._step]
        tags = [each.tag for each in objects]
        if tags != ([] if wanted is None else [wanted]):
            known = [[] if tag is None else [tag] for tag, _ in _DIALOGUE.values()]
            out_of_order = tags in known
            raise Refusal(
                StatusWord.CONDITIONS_NOT_SATISFIED if out_of_order else StatusWord.WRONG_DATA
            )
        if last != (following is Step.DONE):
            raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED if last else LAST_COMMAND_EXPECTED)
        try:
            answer = self._carry_out(objects[0].value if objects else b"")
        except EncodingError as error:  # no point, or one that no honest terminal sends
            raise Refusal(StatusWord.WRONG_DATA) from error
        self._step = following
        return build(DYNAMIC_DATA, answer)

    def _carry_out(self, value: bytes) -> bytes:
        match self._step:
            case Step.NONCE:
                return self._encrypted_nonce()
            case Step.MAPPING:
                return self._map(value)
            case Step.KEY:
                return self._exchange(value)
        return self._finish(value)

    def _encrypted_nonce(self) -> bytes:
        self._counters.permit(self._wish.password, resumed=self._wish.resumed)
        card = self._chip.card
        secret = self._chip.key_material(self._wish.password)
        key = derive(secret, Purpose.PASSWORD, card.key_length)
        # As long as the key, in whole cipher blocks: 16 octets for AES-128, else 32.
        self._nonce = self._chip.random_bytes(16 if card.key_length == 16 else 32)
        encryptor = Cipher(AES(key), CBC(bytes(16))).encryptor()
        return build(0x80, encryptor.update(self._nonce))

    def _map(self, point: bytes) -> bytes:
        curve = self._chip.card.curve
        ours = KeyPair.of(self._chip.generate(curve))
        if hmac.compare_digest(ours.point, point):
            raise Refusal(StatusWord.WRONG_DATA)
        scalar = curve.private_key(int.from_bytes(self._nonce) % curve.n)
        self._base = multiply_add(ours, point, scalar.public_key())  # G^ = H + s G
        return build(0x82, ours.point)

    def _exchange(self, point: bytes) -> bytes:
        assert self._base is not None  # noqa: S101 - _map came before
        theirs = self._chip.card.curve.decode_point(point)
        key = self._chip.generate(self._chip.card.curve)
        ours = encode_point(self._chip.product(key, self._base))
        if hmac.compare_digest(ours, point):
            raise Refusal(StatusWord.WRONG_DATA)
        self._exchanged = Exchanged(ours, point, agree(key, theirs))
        return build(0x84, ours)

    def _finish(self, token: bytes) -> bytes:
        if len(token) != 8:
            raise Refusal(StatusWord.WRONG_DATA)
        assert self._exchanged is not None  # noqa: S101 - _exchange came before
        keys = SessionKeys.derived(self._exchanged.secret, self._chip.card.key_length)
        self._judge(token, self._token(keys, self._exchanged.ours))
        chip_id = encoded_x(self._exchanged.ours)  # Comp()
        self.agreement = Agreement(self._wish, keys, chip_id)
        return build(0x86, self._token(keys, self._exchanged.theirs)) + self._references()

    def _references(self) -> bytes:
        """Whose certificates the chip knows, newest first, to a terminal that asked for rights."""
        if self._wish.chat is None:
            return b""
        tags = zip((0x87, 0x88), self._authorities, strict=False)
        return b"".join(build(tag, name.encode("latin-1")) for tag, name in tags)

    def _judge(self, token: bytes, expected: bytes) -> None:
        """Count the guess first, then look at it: power cut in between costs a try."""
        password = self._wish.password
        self._counters.permit(password, resumed=self._wish.resumed)
        self._chip.wait(self._counters.delay(password))
        self._counters.spend(password)
        if not hmac.compare_digest(token, expected):
            raise self._counters.failure(password)
        self._counters.restore(password)

    def _token(self, keys: SessionKeys, point: bytes) -> bytes:
        return cmac8(keys.authentication, encode_point_object(self._chip.card.protocol, point))
