"""Chip authentication version 2: published values, and clones."""

from collections.abc import Callable
from typing import Any

import pytest

from apdu.crypto.curves import BRAINPOOL_P256, BRAINPOOL_P384, P256, P384, Curve, KeyPair
from apdu.errors import EncodingError, ProtocolError, StatusError
from apdu.exchange import run
from apdu.iso7816 import CommandAPDU
from apdu.lds.der import oid_octets, oid_text
from apdu.lds.security_infos import (
    CA_ECDH_AES128,
    CA_ECDH_AES192,
    CA_ECDH_AES256,
    ChipAuthenticationInfo,
)
from apdu.protocols.chip_authentication import ChipNotGenuine, chip_authentication
from apdu.secure_messaging import SecureMessaging, SessionKeys, through
from apdu.tlv import build, parse_one, require
from apdu.transports.replay import Replay
from tests.apdu.chip_side import OK, cmac, data_of, derive
from tests.apdu.jacobian import times
from tests.vectors import load

INFO = ChipAuthenticationInfo(CA_ECDH_AES128, 2, 1)
CHIP_SCALAR = 0xC41F
EPHEMERAL = KeyPair.of(P256.private_key(0x7E12))
NONCE = bytes.fromhex("0102030405060708")


def coordinates(curve: Curve, point: bytes) -> tuple[int, int]:
    size = curve.size
    return int.from_bytes(point[1 : 1 + size]), int.from_bytes(point[1 + size :])


class Chip:
    """Holds `scalar`; `alter` may change its answer."""

    def __init__(self, scalar: int = CHIP_SCALAR, protocol: str = CA_ECDH_AES128) -> None:
        self.scalar = scalar
        self.protocol = protocol
        self.length = {"2": 16, "3": 24, "4": 32}[protocol[-1]]
        self.nonce = NONCE
        self.alter: Callable[[bytes, bytes], bytes] = lambda nonce, token: (
            build(0x81, nonce) + build(0x82, token)
        )
        self.log: list[bytes] = []
        self.keys = (b"", b"")

    def transmit(self, octets: bytes) -> bytes:
        self.log.append(octets)
        if len(self.log) == 1:
            return OK
        command = CommandAPDU.decode(octets)
        point = require(parse_one(command.data, 0x7C).children, 0x80)
        shared = times(P256, self.scalar, coordinates(P256, point))
        assert shared
        secret = shared[0].to_bytes(32) + self.nonce
        self.keys = (derive(secret, 1, self.length), derive(secret, 2, self.length))
        public = build(0x7F49, build(0x06, oid_octets(self.protocol)), build(0x86, point))
        return build(0x7C, self.alter(self.nonce, cmac(self.keys[1], public))) + OK


CHIP_KEY = P256.private_key(CHIP_SCALAR).public_key()


@pytest.mark.vectors
def test_the_eac_worked_example() -> None:
    values = load("eac2_ecdh_worked_example")["values"]
    point = build(0x80, bytes.fromhex(values["ca_pcd_pub_key"]))
    sent = build(0x7C, point)
    answer = build(0x81, bytes.fromhex(values["ca_nonce"]))
    answer += build(0x82, bytes.fromhex(values["ca_picc_token"]))
    link = Replay(
        [
            (bytes.fromhex("002241A40F 800A" + values["ca_oid"] + "840101"), OK),
            (
                bytes.fromhex("00860000") + bytes((len(sent),)) + sent + b"\0",
                build(0x7C, answer) + OK,
            ),
        ]
    )
    ephemeral = KeyPair.of(BRAINPOOL_P256.private_key(int(values["ca_pcd_priv_key"], 16)))
    chip_key = BRAINPOOL_P256.decode_point(bytes.fromhex(values["ca_picc_pub_key"]))
    keys = run(chip_authentication(INFO, 1, ephemeral, chip_key), link)
    assert keys.encryption.hex().upper() == values["ca_k_enc"]
    assert keys.mac.hex().upper() == values["ca_k_mac"]


def version_2() -> list[dict[str, Any]]:
    cases = load("ca_v1_v2_generated")["values"]["cases"]
    return [case for case in cases if case["version"] == 2]


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("number", "curve"),
    [(0, BRAINPOOL_P256), (1, BRAINPOOL_P384)],
    ids=["brainpoolP256r1 AES-128", "brainpoolP384r1 AES-256"],
)
def test_generated_dialogues_under_secure_messaging(number: int, curve: Curve) -> None:
    """Both commands under the old keys, octet for octet; without key id where there is none."""
    case = version_2()[number]
    before = case["sm_before"]
    old = SessionKeys(bytes.fromhex(before["KS_enc"]), bytes.fromhex(before["KS_mac"]))
    channel = SecureMessaging(old, int(before["SSC"], 16))
    link = Replay(
        (bytes.fromhex(each["protected"]), bytes.fromhex(each["protected_response"]))
        for each in case["apdus_old_keys"]
    )
    info = ChipAuthenticationInfo(oid_text(bytes.fromhex(case["oid"])), 2, case["key_id"])
    ephemeral = KeyPair.of(curve.private_key(int(case["ephemeral_private"], 16)))
    chip_key = curve.decode_point(bytes.fromhex(case["chip_static_public"]))
    exchange = chip_authentication(info, case["key_id"], ephemeral, chip_key)
    keys = run(through(channel, exchange), link)
    assert link.finished
    assert keys.encryption.hex().upper() == case["new_KS_enc"]
    assert keys.mac.hex().upper() == case["new_KS_mac"]


@pytest.mark.parametrize("protocol", [CA_ECDH_AES128, CA_ECDH_AES192, CA_ECDH_AES256])
def test_both_sides_agree(protocol: str) -> None:
    chip = Chip(protocol=protocol)
    info = ChipAuthenticationInfo(protocol, 2, 1)
    keys = run(chip_authentication(info, 1, EPHEMERAL, CHIP_KEY), chip)
    assert (keys.encryption, keys.mac) == chip.keys


def test_the_key_is_named_and_the_committed_key_is_sent() -> None:
    chip = Chip()
    run(chip_authentication(INFO, 195, EPHEMERAL, CHIP_KEY), chip)
    assert (data_of(chip.log[0], 0x84), chip.log[0][:4]) == (b"\xc3", bytes.fromhex("002241A4"))
    assert EPHEMERAL.point in chip.log[1]
    assert chip.log[1].endswith(b"\x00")


# Clones and cheats.


def refused(chip: Chip, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        run(chip_authentication(INFO, 1, EPHEMERAL, CHIP_KEY), chip)


def test_a_clone_with_the_right_data_and_another_key_is_not_genuine() -> None:
    refused(Chip(CHIP_SCALAR + 1), ChipNotGenuine, "does not hold the key")


@pytest.mark.parametrize("token", [b"", bytes(8), bytes(7)])
def test_a_wrong_token_is_not_genuine(token: bytes) -> None:
    chip = Chip()
    chip.alter = lambda nonce, right: build(0x81, nonce) + build(0x82, token)
    refused(chip, ChipNotGenuine, "does not hold the key")


def test_a_right_token_cut_short_is_not_genuine() -> None:
    chip = Chip()
    chip.alter = lambda nonce, right: build(0x81, nonce) + build(0x82, right[:4])
    refused(chip, ChipNotGenuine, "does not hold the key")


def test_an_answer_recorded_from_the_genuine_chip_does_not_fit_another_key() -> None:
    genuine = Chip()
    answers: list[bytes] = []

    class Recorder:
        def transmit(self, octets: bytes) -> bytes:
            answers.append(genuine.transmit(octets))
            return answers[-1]

    class Player:
        def transmit(self, octets: bytes) -> bytes:
            return answers.pop(0)

    run(chip_authentication(INFO, 1, EPHEMERAL, CHIP_KEY), Recorder())
    with pytest.raises(ChipNotGenuine):
        run(chip_authentication(INFO, 1, KeyPair.of(P256.private_key(0x7E13)), CHIP_KEY), Player())


@pytest.mark.parametrize("length", [0, 7, 9])
def test_a_nonce_of_another_length_is_refused(length: int) -> None:
    chip = Chip()
    chip.nonce = bytes(length)
    refused(chip, ProtocolError, f"nonce of {length} octets")


@pytest.mark.parametrize("kept", [slice(0, 10), slice(10, None), slice(0, 0)])
def test_a_missing_object_is_refused(kept: slice) -> None:
    chip = Chip()
    chip.alter = lambda nonce, token: (build(0x81, nonce) + build(0x82, token))[kept]
    refused(chip, EncodingError, "is missing")


def test_a_refusal_is_a_refusal() -> None:
    link = Replay([(bytes.fromhex("002241A40C 800A04007F00070202030202"), b"\x6a\x88")])
    with pytest.raises(StatusError, match="6A88"):
        run(chip_authentication(INFO, None, EPHEMERAL, CHIP_KEY), link)


def test_a_chip_key_on_another_curve_is_refused_before_the_card_is_asked() -> None:
    with pytest.raises(EncodingError, match="different curves"):
        run(chip_authentication(INFO, 1, EPHEMERAL, P384.generator), Replay([]))


@pytest.mark.parametrize(
    "info",
    [
        ChipAuthenticationInfo(CA_ECDH_AES128, 1, 1),
        ChipAuthenticationInfo("0.4.0.127.0.7.2.2.3.1.2", 2, 1),
    ],
    ids=["version 1", "DH"],
)
def test_a_variant_without_support_is_refused(info: ChipAuthenticationInfo) -> None:
    with pytest.raises(ProtocolError, match="only version 2"):
        run(chip_authentication(info, 1, EPHEMERAL, CHIP_KEY), Replay([]))
