"""PACE with generic mapping over elliptic curves: session keys from a short password.

Source  ICAO Doc 9303-11, 4.4 and 9.4; BSI TR-03110-2, 3.2, and TR-03110-3, A.3.
"""

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from apdu.commands import general_authenticate, set_pace
from apdu.crypto.curves import (
    Curve,
    KeyGenerator,
    KeyPair,
    Product,
    PublicKey,
    agree,
    by_parameter_id,
    encode_point,
    encoded_x,
    fresh_key,
    multiply_add,
    multiply_either,
)
from apdu.crypto.mac import cmac8
from apdu.errors import ApduError, ProtocolError, StatusError, VerificationFailed
from apdu.exchange import Exchange
from apdu.iso7816 import CommandAPDU, StatusWord
from apdu.lds.der import oid_octets
from apdu.lds.security_infos import PaceInfo, encode_point_object, key_length
from apdu.protocols.key_derivation import session_keys
from apdu.protocols.password import (
    Password,
    PasswordKind,
    PinBlocked,
    PinDeactivated,
    PinSuspended,
    PukBlocked,
)
from apdu.secure_messaging import SessionKeys
from apdu.tlv import Tlv, build, find, parse_one, require

_ECDH_GM = "0.4.0.127.0.7.2.2.4.2."
_BLOCK = 16
_MAX_NONCE = 4 * _BLOCK
_NONCE, _MAP, _MAPPED, _EPHEMERAL, _CHIP_EPHEMERAL = 0x80, 0x81, 0x82, 0x83, 0x84
_TOKEN, _CHIP_TOKEN, _CAR, _PREVIOUS_CAR = 0x85, 0x86, 0x87, 0x88

# What the retry counter says of a password that cannot be used, and what a refusal says.
_BY_COUNTER: dict[PasswordKind, dict[int, type[StatusError]]] = {
    PasswordKind.PIN: {
        0x63C0: PinBlocked,
        0x63C1: PinSuspended,
        StatusWord.DEACTIVATED_WARNING: PinDeactivated,
    },
    PasswordKind.PUK: {0x63C0: PukBlocked},
}
# These say it of a suspended PIN, and of much else: of a step that this card has no place for.
_AMBIGUOUS = (StatusWord.SECURITY_STATUS_NOT_SATISFIED, StatusWord.CONDITIONS_NOT_SATISFIED)
_BY_REFUSAL: dict[PasswordKind, dict[int, type[StatusError]]] = {
    PasswordKind.PIN: {
        StatusWord.AUTHENTICATION_METHOD_BLOCKED: PinBlocked,
        StatusWord.REFERENCE_DATA_NOT_USABLE: PinDeactivated,
    },
    PasswordKind.PUK: {StatusWord.AUTHENTICATION_METHOD_BLOCKED: PukBlocked},
}


class ChipNotProven(ProtocolError):
    """The chip did not prove that it knows the password: `reason_code` says by what."""

    def __init__(self, reason_code: str, sentence: str) -> None:
        super().__init__(f"PACE: {sentence}")
        self.reason_code = reason_code


@dataclass(frozen=True, slots=True)
class PaceSuite:
    """The variant a PACEInfo announces: protocol, curve and length of the AES keys."""

    protocol: str
    curve: Curve
    key_length: int

    @classmethod
    def of(cls, info: PaceInfo) -> "PaceSuite":
        """Errors: `ProtocolError` for another mapping, `EncodingError` for another curve."""
        if not info.protocol.startswith(_ECDH_GM) or info.version != 2:
            raise ProtocolError("PACE: only generic mapping over elliptic curves is supported")
        if info.parameter_id is None:
            raise ProtocolError("PACE: the card does not name its domain parameters")
        return cls(info.protocol, by_parameter_id(info.parameter_id), key_length(info.protocol))

    @property
    def oid(self) -> bytes:
        return oid_octets(self.protocol)


@dataclass(frozen=True, slots=True)
class PaceResult:
    """What PACE leaves: the channel's keys, and what terminal authentication needs of it.

    `id_picc` names the chip in this session (TR-03110-3, A.2.2.3); `car` and `previous_car`
    name the trust points of the card, if it told them.
    """

    keys: SessionKeys = field(repr=False)
    id_picc: bytes = field(repr=False)
    car: str | None = None
    previous_car: str | None = None


def pace(
    password: Password,
    info: PaceInfo,
    *,
    chat: bytes | None = None,
    ephemeral: KeyGenerator = fresh_key,
    product: Product = multiply_either,
) -> Exchange[PaceResult]:
    """Agree session keys with the chip from a short password (generic mapping).

    `chat` is the data object 7F4C with the rights asked for, needed for terminal authentication.

    Errors  `VerificationFailed`: wrong password. `PinSuspended`, `PinBlocked`, `PinDeactivated`,
            `PukBlocked`: it cannot be used now. `StatusError`: any other refusal.
            `ChipNotProven`: the chip does not know the password. `ProtocolError`,
            `EncodingError`: it broke the protocol, or is none.
    Source  ICAO Doc 9303-11, 4.4.1 (the step numbers below), 4.4.3.3.1.
    """
    suite = PaceSuite.of(info)
    steps = _Steps(suite, password.kind)
    yield from steps.choose(chat)

    encrypted = yield from steps.authenticate(b"", _NONCE)
    nonce = _decrypt(password.key(suite.key_length), encrypted)  # 1, 2

    mapping = KeyPair.of(ephemeral(suite.curve))  # 3a
    received = yield from steps.exchange_keys(_MAP, mapping.point, _MAPPED)
    base = _map_nonce(nonce, suite.curve, mapping, received)  # 3b

    agreement = ephemeral(suite.curve)  # 3c
    ours = encode_point(product(agreement, base))
    received = yield from steps.exchange_keys(_EPHEMERAL, ours, _CHIP_EPHEMERAL)  # 3d
    theirs = suite.curve.decode_point(received)
    keys = session_keys(agree(agreement, theirs), suite.key_length)  # 3e

    token = build(_TOKEN, _token(suite, keys, received))  # 3f
    objects = yield from steps.finish(token)
    if not hmac.compare_digest(require(objects, _CHIP_TOKEN), _token(suite, keys, ours)):
        raise ChipNotProven("wrong_token", "wrong authentication token")
    references = _reference(objects, _CAR), _reference(objects, _PREVIOUS_CAR)
    return PaceResult(keys, encoded_x(received), *references)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The commands of one run, and what their refusals mean."""

    suite: PaceSuite
    kind: PasswordKind

    def choose(self, chat: bytes | None) -> Exchange[None]:
        """Choose variant and password; a warning counts the tries left and is no refusal."""
        response = yield set_pace(self.suite.oid, self.kind, self.suite.curve.parameter_id, chat)
        status = response.status
        unusable = self._unusable(status)
        if unusable and not isinstance(unusable, PinSuspended):  # the CAN may be proven already
            raise unusable
        if not response.ok and status & 0xFFF0 != 0x63C0:
            raise StatusError(status, self._name)

    def exchange_keys(self, tag: int, ours: bytes, answer: int) -> Exchange[bytes]:
        """The chip's point for ours, not decoded yet. Errors: `ChipNotProven` if it is our own."""
        received = yield from self.authenticate(build(tag, ours), answer)
        if received == ours:
            raise ChipNotProven("echoed_key", "the chip echoed our public key")
        return received

    def authenticate(self, data: bytes, answer: int) -> Exchange[bytes]:
        objects = yield from self._send(general_authenticate(data, last=False))
        if len(objects) != 1:
            raise ProtocolError("PACE: the chip answers with another number of data objects")
        return require(objects, answer)

    def finish(self, data: bytes) -> Exchange[tuple[Tlv, ...]]:
        objects = yield from self._send(general_authenticate(data))
        if not {each.tag for each in objects} <= {_CHIP_TOKEN, _CAR, _PREVIOUS_CAR}:
            raise ProtocolError("PACE: unknown data object beside the token")
        return objects

    def _send(self, command: CommandAPDU) -> Exchange[tuple[Tlv, ...]]:
        response = yield command
        if not response.ok:
            raise (yield from self._refusal(response.status))
        return parse_one(response.data, 0x7C).children

    def _refusal(self, status: int) -> Exchange[ApduError]:
        """The error that a status other than 9000 means.

        Rule    Some cards answer 6982 to whatever they do not take, and 6985 is also what a
                card says that was reset or swapped on the way: then the retry counter decides,
                and choosing the password reads it without costing a try.
        """
        if status & 0xFFF0 == 0x63C0 or status == StatusWord.AUTHENTICATION_FAILED:
            return VerificationFailed(status, self._name)
        if status in _AMBIGUOUS and self.kind in _BY_COUNTER:
            suite = self.suite
            counter = yield set_pace(suite.oid, self.kind, suite.curve.parameter_id)
            return self._unusable(counter.status) or StatusError(status, self._name)
        return _BY_REFUSAL.get(self.kind, {}).get(status, StatusError)(status, self._name)

    def _unusable(self, counter: int) -> StatusError | None:
        error = _BY_COUNTER.get(self.kind, {}).get(counter)
        return error(counter, self._name) if error else None

    @property
    def _name(self) -> str:
        return f"PACE with {self.kind.name}"


def _decrypt(key: bytes, encrypted: bytes) -> int:
    if not encrypted or len(encrypted) % _BLOCK or len(encrypted) > _MAX_NONCE:
        raise ProtocolError(f"PACE: nonce of {len(encrypted)} octets")
    decryptor = Cipher(AES(key), CBC(bytes(_BLOCK))).decryptor()
    return int.from_bytes(decryptor.update(encrypted) + decryptor.finalize())


def _map_nonce(nonce: int, curve: Curve, mapping: KeyPair, theirs: bytes) -> PublicKey:
    """The generator of this session: s*G + H, where H = k*P is a whole point.

    Errors  `ProtocolError` for a nonce of zero; `EncodingError` for no point of the curve, or
            where points coincide.
    Source  ICAO Doc 9303-11, 4.4.3.3.1.
    """
    scalar = nonce % curve.n
    if scalar == 0:
        raise ProtocolError("PACE: the chip's nonce is zero")
    return multiply_add(mapping, theirs, curve.private_key(scalar).public_key())


def _token(suite: PaceSuite, keys: SessionKeys, received: bytes) -> bytes:
    """Proves the keys to the side that made `received`. Source: ICAO Doc 9303-11, 4.4.3.4."""
    return cmac8(keys.mac, encode_point_object(suite.protocol, received))


def _reference(objects: tuple[Tlv, ...], tag: int) -> str | None:
    value = find(objects, tag)
    return None if value is None else value.decode("latin-1")
