"""PACE with chips that cheat: at each step, what the reader must not accept."""

from collections.abc import Callable

import pytest

from apdu.crypto.curves import BRAINPOOL_P256, P256, encode_point
from apdu.errors import EncodingError, ProtocolError
from apdu.exchange import run
from apdu.lds.der import oid_octets
from apdu.lds.security_infos import PACE_ECDH_CAM_AES128, PACE_ECDH_GM_AES128, PaceInfo
from apdu.protocols.pace import ChipNotProven, pace
from apdu.tlv import build
from tests.apdu.chip_side import PaceChip
from tests.apdu.jacobian import generator, times
from tests.apdu.test_pace import INFO, PIN, card


def cheated(
    alter: Callable[[int, bytes, bytes], bytes], error: type[Exception], match: str
) -> PaceChip:
    chip = card()
    chip.alter = alter
    with pytest.raises(error, match=match):
        run(pace(PIN, INFO), chip)
    return chip


def at(step: int, replacement: Callable[[bytes], bytes]) -> Callable[[int, bytes, bytes], bytes]:
    """Replace the answer of one step by a function of what the reader sent."""
    return lambda number, answer, sent: replacement(sent) if number == step else answer


@pytest.mark.parametrize(("step", "tag"), [(2, 0x82), (3, 0x84)])
def test_a_chip_that_echoes_our_key_is_refused(step: int, tag: int) -> None:
    echo = at(step, lambda sent: build(0x7C, build(tag, sent)))
    chip = cheated(echo, ChipNotProven, "echoed")
    assert len(chip.log) == step + 1


@pytest.mark.parametrize(("step", "tag"), [(2, 0x82), (3, 0x84)])
@pytest.mark.parametrize(
    "change",
    [
        lambda point: point[:-1] + bytes((point[-1] ^ 1,)),
        lambda point: b"\x00",
        lambda point: b"\x04" + bytes(64),
        lambda point: point[:-1],
        lambda point: b"\x02" + point[1:33],
        lambda point: encode_point(BRAINPOOL_P256.generator),
    ],
    ids=["off the curve", "infinity", "zero", "cut", "compressed", "another curve"],
)
def test_a_key_that_is_no_point_of_the_curve_is_refused(
    step: int, tag: int, change: Callable[[bytes], bytes]
) -> None:
    chip = cheated(
        at(step, lambda sent: build(0x7C, build(tag, change(sent)))), EncodingError, "point"
    )
    assert len(chip.log) == step + 1, "no token leaves the reader"


@pytest.mark.parametrize("scalar", [1, P256.n - 1])
def test_a_mapping_key_that_is_the_generator_is_refused(scalar: int) -> None:
    point = card().write(times(P256, scalar, generator(P256)))
    cheated(at(2, lambda sent: build(0x7C, build(0x82, point))), EncodingError, "degenerate")


@pytest.mark.parametrize("token", [bytes(8), b"", bytes(7), bytes(16)])
def test_a_wrong_token_is_refused(token: bytes) -> None:
    """A chip that does not know the password, but answers 9000 all the same."""
    cheated(at(4, lambda sent: build(0x7C, build(0x86, token))), ChipNotProven, "wrong auth")


def test_our_own_token_played_back_is_refused() -> None:
    cheated(at(4, lambda sent: build(0x7C, build(0x86, sent))), ChipNotProven, "wrong auth")


def test_a_chip_that_accepts_any_password_is_refused() -> None:
    """It took our wrong token for right, and its own does not follow from the password."""

    class Credulous(PaceChip):
        def _token(self, value: bytes) -> bytes:
            return build(0x86, self.chip_token)

    chip = Credulous(P256, oid_octets(PACE_ECDH_GM_AES128), 16, b"654321")
    with pytest.raises(ChipNotProven, match="wrong authentication token"):
        run(pace(PIN, INFO), chip)


@pytest.mark.parametrize("length", [0, 15, 17, 80])
def test_a_nonce_of_another_length_is_refused(length: int) -> None:
    nonce = at(1, lambda sent: build(0x7C, build(0x80, bytes(length))))
    cheated(nonce, ProtocolError, f"nonce of {length} octets")


@pytest.mark.parametrize("value", [0, P256.n])
def test_a_nonce_of_zero_is_refused(value: int) -> None:
    """It would take the password out of the mapping."""

    class Zero(PaceChip):
        def _map(self, value: bytes) -> bytes:
            return build(0x82, self.write(times(self.curve, self.map_scalar, (generator(P256)))))

    chip = Zero(P256, oid_octets(PACE_ECDH_GM_AES128), 16, b"123456", nonce=value.to_bytes(32))
    with pytest.raises(ProtocolError, match="nonce is zero"):
        run(pace(PIN, INFO), chip)


@pytest.mark.parametrize("step", [1, 2, 3, 4])
@pytest.mark.parametrize("answer", ["", "7C00", "7C028100", "7D028000", "7C0280", "7C0080", "80"])
def test_an_answer_without_its_object_is_refused(step: int, answer: str) -> None:
    chip = card()
    chip.alter = at(step, lambda sent: bytes.fromhex(answer))
    with pytest.raises((ProtocolError, EncodingError)):
        run(pace(PIN, INFO), chip)
    assert len(chip.log) == step + 1


@pytest.mark.parametrize("step", [1, 2, 3])
def test_an_object_beside_the_answer_is_refused(step: int) -> None:
    chip = card()
    chip.alter = lambda number, answer, sent: (
        build(0x7C, answer[2:] + build(0x99)) if number == step else answer
    )
    with pytest.raises(ProtocolError, match="another number"):
        run(pace(PIN, INFO), chip)


@pytest.mark.parametrize("tag", [0x8A, 0x80, 0x99])
def test_an_unknown_object_beside_the_token_is_refused(tag: int) -> None:
    """8A belongs to chip authentication mapping, which was not agreed."""
    chip = card()
    chip.trailer = build(tag, bytes(16))
    with pytest.raises(ProtocolError, match="beside the token"):
        run(pace(PIN, INFO), chip)


@pytest.mark.parametrize(
    "info",
    [
        PaceInfo(PACE_ECDH_GM_AES128, 1, 12),
        PaceInfo(PACE_ECDH_CAM_AES128, 2, 12),
        PaceInfo("0.4.0.127.0.7.2.2.4.1.2", 2, 12),
        PaceInfo(PACE_ECDH_GM_AES128, 2, None),
        PaceInfo("0.4.0.127.0.7.2.2.4.2.1", 2, 12),
        PaceInfo(PACE_ECDH_GM_AES128, 2, 10),
    ],
    ids=["version 1", "CAM", "DH", "no parameters", "3DES", "P-224"],
)
def test_a_variant_without_support_is_refused_before_the_card_is_asked(info: PaceInfo) -> None:
    chip = card()
    with pytest.raises((ProtocolError, EncodingError)):
        run(pace(PIN, info), chip)
    assert chip.log == []
