"""Chip authentication version 1: published values, and clones, which cannot answer."""

from typing import Any

import pytest

from apdu.commands import select_file
from apdu.crypto.curves import BRAINPOOL_P256, BRAINPOOL_P384, P256, P384, Curve, encode_point
from apdu.errors import EncodingError, ProtocolError, StatusError
from apdu.exchange import run
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.lds.der import oid_octets, oid_text
from apdu.lds.security_infos import (
    CA_ECDH_AES128,
    CA_ECDH_AES192,
    CA_ECDH_AES256,
    ChipAuthenticationInfo,
)
from apdu.protocols.chip_authentication import ChipNotGenuine
from apdu.protocols.chip_authentication_1 import chip_authentication_1, first_answer
from apdu.secure_messaging import SecureMessaging, SessionKeys, through
from apdu.tlv import build, parse_one, require
from apdu.transports.replay import Replay
from tests.apdu.chip_side import OK, ChipChannel, data_of, derive
from tests.apdu.jacobian import times
from tests.vectors import load

INFO = ChipAuthenticationInfo(CA_ECDH_AES128, 1, 1)
CHIP_SCALAR = 0xC41F
CHIP_KEY = P256.private_key(CHIP_SCALAR).public_key()
EPHEMERAL = P256.private_key(0x7E12)
FIRST = select_file(0x0101)
CURVES = {"brainpoolP256r1": BRAINPOOL_P256, "brainpoolP384r1": BRAINPOOL_P384, "secp256r1": P256}


def version_1() -> list[dict[str, Any]]:
    cases = load("ca_v1_v2_generated")["values"]["cases"]
    return [case for case in cases if case["version"] == 1]


@pytest.mark.vectors
@pytest.mark.parametrize("number", [0, 1, 2], ids=["brainpool AES-128", "P-256", "AES-256"])
def test_generated_dialogues_under_secure_messaging(number: int) -> None:
    """Two commands under the old keys, the first under the new ones, octet for octet."""
    case = version_1()[number]
    before, first = case["sm_before"], case["first_apdu_new_keys"]
    recorded = [*case["apdus_old_keys"], first]
    link = Replay(
        (bytes.fromhex(each["protected"]), bytes.fromhex(each["protected_response"]))
        for each in recorded
    )
    old = SessionKeys(bytes.fromhex(before["KS_enc"]), bytes.fromhex(before["KS_mac"]))
    channel = SecureMessaging(old, int(before["SSC"], 16))
    curve = CURVES[case["curve"]]
    info = ChipAuthenticationInfo(oid_text(bytes.fromhex(case["oid"])), 1, case["key_id"])
    ephemeral = curve.private_key(int(case["ephemeral_private"], 16))
    chip_key = curve.decode_point(bytes.fromhex(case["chip_static_public"]))
    exchange = chip_authentication_1(info, case["key_id"], ephemeral, chip_key)
    keys = run(through(channel, exchange), link)
    assert keys.encryption.hex().upper() == case["new_KS_enc"]
    assert keys.mac.hex().upper() == case["new_KS_mac"]
    command = CommandAPDU.decode(bytes.fromhex(first["plain"]))
    assert run(first_answer(SecureMessaging(keys), command), link) == ResponseAPDU(0x9000)
    assert link.finished


class Chip:
    """Holds `scalar` and answers the first command under whatever keys follow from it."""

    def __init__(
        self, scalar: int = CHIP_SCALAR, protocol: str = CA_ECDH_AES128, curve: Curve = P256
    ) -> None:
        self.scalar = scalar
        self.curve = curve
        self.length = {"2": 16, "3": 24, "4": 32}[protocol[-1]]
        self.answer = build(0x7C)
        self.log: list[bytes] = []
        self.channel: ChipChannel | None = None

    def transmit(self, octets: bytes) -> bytes:
        self.log.append(octets)
        if self.channel is not None:
            return self.first(self.channel, octets)
        if len(self.log) == 1:
            return OK
        size = self.curve.size
        point = require(parse_one(CommandAPDU.decode(octets).data, 0x7C).children, 0x80)
        theirs = (int.from_bytes(point[1 : 1 + size]), int.from_bytes(point[1 + size :]))
        shared = times(self.curve, self.scalar, theirs)
        assert shared
        secret = shared[0].to_bytes(size)
        self.channel = ChipChannel(derive(secret, 1, self.length), derive(secret, 2, self.length))
        return self.answer + OK

    def first(self, channel: ChipChannel, octets: bytes) -> bytes:
        channel.ssc += 1
        return channel.close(ResponseAPDU(0x9000))


def proven(chip: Chip, info: ChipAuthenticationInfo = INFO) -> ResponseAPDU:
    keys = run(chip_authentication_1(info, info.key_id, EPHEMERAL, CHIP_KEY), chip)
    return run(first_answer(SecureMessaging(keys), FIRST), chip)


@pytest.mark.parametrize("protocol", [CA_ECDH_AES128, CA_ECDH_AES192, CA_ECDH_AES256])
def test_genuine_chip_answers_under_the_new_keys(protocol: str) -> None:
    chip = Chip(protocol=protocol)
    assert proven(chip, ChipAuthenticationInfo(protocol, 1, 1)).ok
    assert len(chip.log) == 3


def test_the_key_is_named_and_ours_is_sent_whole() -> None:
    chip = Chip()
    run(chip_authentication_1(INFO, 195, EPHEMERAL, CHIP_KEY), chip)
    assert (data_of(chip.log[0], 0x84), chip.log[0][:4]) == (b"\xc3", bytes.fromhex("002241A4"))
    assert data_of(chip.log[0], 0x80) == oid_octets(CA_ECDH_AES128)
    assert encode_point(EPHEMERAL.public_key()) in chip.log[1]


def test_a_refusal_under_the_new_keys_is_a_proof_too() -> None:
    """Whoever can protect it has the keys; what it says is for others to judge."""

    class Refuses(Chip):
        def first(self, channel: ChipChannel, octets: bytes) -> bytes:
            channel.ssc += 1
            return channel.close(ResponseAPDU(0x6A82))

    assert proven(Refuses()).status == 0x6A82


# Clones and cheats.


def test_a_clone_with_the_right_data_and_another_key_is_not_genuine() -> None:
    with pytest.raises(ChipNotGenuine):
        proven(Chip(CHIP_SCALAR + 1))


@pytest.mark.parametrize("answer", ["9000", "6988", "6A82", "990290009000"])
def test_a_clone_that_answers_in_plain_is_not_genuine(answer: str) -> None:
    class Plain(Chip):
        def first(self, channel: ChipChannel, octets: bytes) -> bytes:
            return bytes.fromhex(answer)

    with pytest.raises(ChipNotGenuine):
        proven(Plain())


def test_a_clone_that_goes_on_under_the_old_keys_is_not_genuine() -> None:
    """It knows the keys of PACE, and nothing of the chip's."""
    old = ChipChannel(bytes(16), bytes(16))

    class Goes(Chip):
        def first(self, channel: ChipChannel, octets: bytes) -> bytes:
            old.ssc += 1
            return old.close(ResponseAPDU(0x9000))

    with pytest.raises(ChipNotGenuine):
        proven(Goes())


def test_an_answer_recorded_from_the_genuine_chip_does_not_fit_another_key() -> None:
    genuine, answers = Chip(), []

    class Recorder:
        def transmit(self, octets: bytes) -> bytes:
            answers.append(genuine.transmit(octets))
            return answers[-1]

    class Player:
        def transmit(self, octets: bytes) -> bytes:
            return answers.pop(0)

    keys = run(chip_authentication_1(INFO, 1, EPHEMERAL, CHIP_KEY), Recorder())
    run(first_answer(SecureMessaging(keys), FIRST), Recorder())
    keys = run(chip_authentication_1(INFO, 1, P256.private_key(0x7E13), CHIP_KEY), Player())
    with pytest.raises(ChipNotGenuine):
        run(first_answer(SecureMessaging(keys), FIRST), Player())


@pytest.mark.parametrize("answer", ["", "7D00", "7C", "9000"])
def test_an_answer_without_its_object_is_refused(answer: str) -> None:
    chip = Chip()
    chip.answer = bytes.fromhex(answer)
    with pytest.raises(EncodingError):
        proven(chip)


def test_an_answer_of_version_2_is_refused() -> None:
    chip = Chip()
    chip.answer = build(0x7C, build(0x81, bytes(8)) + build(0x82, bytes(8)))
    with pytest.raises(ProtocolError, match="version 1"):
        proven(chip)


def test_a_refusal_is_a_refusal() -> None:
    link = Replay([(bytes.fromhex("002241A40C 800A04007F00070202030202"), b"\x6a\x88")])
    with pytest.raises(StatusError, match="6A88"):
        run(chip_authentication_1(INFO, None, EPHEMERAL, CHIP_KEY), link)


def test_a_chip_key_on_another_curve_is_refused_before_the_card_is_asked() -> None:
    with pytest.raises(EncodingError, match="different curves"):
        run(chip_authentication_1(INFO, 1, EPHEMERAL, P384.generator), Replay([]))


@pytest.mark.parametrize(
    "info",
    [
        ChipAuthenticationInfo(CA_ECDH_AES128, 2, 1),
        ChipAuthenticationInfo("0.4.0.127.0.7.2.2.3.1.2", 1, 1),
        ChipAuthenticationInfo("0.4.0.127.0.7.2.2.3.2.1", 1, 1),
    ],
    ids=["version 2", "DH", "3DES"],
)
def test_a_variant_without_support_is_refused(info: ChipAuthenticationInfo) -> None:
    with pytest.raises((ProtocolError, EncodingError)):
        run(chip_authentication_1(info, 1, EPHEMERAL, CHIP_KEY), Replay([]))
