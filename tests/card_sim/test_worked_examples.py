"""The published dialogues, with the chip's ephemeral keys given: octet for octet."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from apdu.crypto.curves import (
    BRAINPOOL_P256,
    BRAINPOOL_P512,
    CURVES,
    Curve,
    KeyGenerator,
    PrivateKey,
    multiply,
)
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.lds.cvc import decode
from apdu.lds.der import oid_text
from apdu.tlv import Tlv, build
from card_sim import chip_authentication
from card_sim.card import VirtualCard
from card_sim.chip import Chip
from card_sim.key_derivation import Purpose, derive
from card_sim.memory import CardState, Memory, Volatile
from card_sim.personalize import CardType
from card_sim.refusal import Refusal
from card_sim.secure_messaging import ChipChannel, SessionKeys
from card_sim.session import Event, Password, Session
from card_sim.terminal_authentication import TerminalAuthentication, Trusted
from tests.card_sim.terminal import LDS1_AID, chat_object
from tests.card_sim.world import World
from tests.vectors import load

pytestmark = pytest.mark.vectors
Values = dict[str, Any]


def octets(values: Values, name: str) -> bytes:
    return bytes.fromhex(values[name])


def keys(*scalars: str) -> KeyGenerator:
    """A generator that hands out these private keys, one after the other."""
    left: Iterator[str] = iter(scalars)

    def generate(curve: Curve) -> PrivateKey:
        return curve.private_key(int(next(left), 16))

    return generate


def fixed(*values: bytes) -> Callable[[int], bytes]:
    left = iter(values)

    def random_bytes(length: int) -> bytes:
        value = next(left)
        assert len(value) == length
        return value

    return random_bytes


def example_card(
    world: World, values: Values, state: CardState | None = None, **secrets: str
) -> VirtualCard:
    data = world.data(CardType.KRRC_1_BP256)
    data = replace(data, secrets=replace(data.secrets, **secrets))
    memory = Memory(Volatile(), state or world.state(CardType.KRRC_1_BP256))
    return VirtualCard(
        data,
        memory,
        random_bytes=fixed(octets(values, "nonce_s")),
        generate=keys(values["map_chip_private"], values["ka_chip_private"]),
        product=multiply,
    )


def test_pace_dialogue_of_doc_9303_appendix_g1_is_reproduced(world: World) -> None:
    values = load("pace_gm_ecdh_doc9303-11_appG1")["values"]
    card = example_card(world, values, mrz_information=values["mrz_information"])
    for apdu in values["apdus"]:
        assert card.transmit(bytes.fromhex(apdu["c"])).hex().upper() == apdu["r"]


def _eac2() -> Values:
    values: Values = load("eac2_ecdh_worked_example")["values"]
    names = {
        "nonce_s": "pace_nonce",
        "map_chip_private": "pace_map_picc_priv_key",
        "ka_chip_private": "pace_picc_priv_key",
    }
    return values | {ours: values[theirs] for ours, theirs in names.items()}


def _eac2_trust(values: Values) -> CardState:
    cvca = decode(octets(values, "cvca_cert"))
    return CardState(cvca.effective, (cvca.encoded,))


def test_pace_of_the_eac2_worked_example_is_reproduced(world: World) -> None:
    values = _eac2()
    card = example_card(world, values, _eac2_trust(values), pin=values["password"])
    chat = chat_object(bytes.fromhex("0000000110")).hex()
    steps = (
        (f"0022C1A424800A{values['pace_oid']}830103{chat}", "9000"),
        ("10860000027C0000", f"7C128010{values['pace_nonce_enc']}9000"),
        (
            f"10860000457C438141{values['pace_map_pcd_pub_key']}00",
            f"7C438241{values['pace_map_picc_pub_key']}9000",
        ),
        (
            f"10860000457C438341{values['pace_pcd_pub_key']}00",
            f"7C438441{values['pace_picc_pub_key']}9000",
        ),
        (
            f"008600000C7C0A8508{values['pace_authentication_token_pcd']}00",
            f"7C198608{values['pace_authentication_token_picc']}870D{b'DECVCAAT00001'.hex()}9000",
        ),
    )
    for command, answer in steps:
        assert card.transmit(bytes.fromhex(command)).hex().upper() == answer.upper()


def test_terminal_authentication_of_the_eac2_worked_example_holds(world: World) -> None:
    """ECDSA on brainpoolP512r1 with SHA-512, while PACE runs on brainpoolP256r1."""
    values = _eac2()
    dv, at = (decode(octets(values, name)) for name in ("dv_cert", "at_cert"))
    data = world.data(CardType.KRRC_1_BP256)
    memory = Memory(Volatile(), _eac2_trust(values))
    chip = Chip(data, memory, fixed(octets(values, "ta_challenge")), keys())
    terminal = TerminalAuthentication(chip)
    terminal._imported[dv.holder] = Trusted(dv, dv.public_key.on(BRAINPOOL_P512), dv.chat)
    terminal.set_dst(build(0x83, at.car.encode()))
    terminal.verify_certificate(at.pso_data)
    oid = build(0x80, bytes.fromhex("04007F00070202020205"))
    comp = build(0x91, octets(values, "ta_comp_pk_pcd"))
    terminal.set_at(oid + build(0x83, at.holder.encode()) + comp)
    assert terminal.challenge(8) == octets(values, "ta_challenge")
    session = Session().after(
        Event.PACE, password=Password.PIN, chat=at.chat, chip_id=octets(values, "ta_id_picc")
    )
    session = terminal.authenticate(octets(values, "ta_signature_plain"), session)
    assert session.terminal_key == octets(values, "ta_comp_pk_pcd")


def test_mixed_terminal_types_of_the_eac2_worked_example_are_refused(world: World) -> None:
    """Its CVCA is one of inspection systems, its DV one of authentication terminals."""
    values = _eac2()
    dv = decode(octets(values, "dv_cert"))
    memory = Memory(Volatile(), _eac2_trust(values))
    terminal = TerminalAuthentication(
        Chip(world.data(CardType.KRRC_1_BP256), memory, fixed(), keys())
    )
    terminal.set_dst(build(0x83, dv.car.encode()))
    with pytest.raises(Refusal, match="6A80"):
        terminal.verify_certificate(dv.pso_data)


def test_chip_authentication_of_the_eac2_worked_example_is_reproduced(world: World) -> None:
    values = _eac2()
    data = world.data(CardType.KRRC_1_BP256)
    chip_key = BRAINPOOL_P256.private_key(int(values["ca_picc_priv_key"], 16))
    nonce = octets(values, "ca_nonce")
    chip = Chip(replace(data, chip_key=chip_key), world.memory(), fixed(nonce), keys())
    objects = (Tlv(0x80, octets(values, "ca_pcd_pub_key")),)
    proven = chip_authentication.authenticate(chip, octets(values, "ta_comp_pk_pcd"), objects)
    token = octets(values, "ca_picc_token")
    assert proven.answer == bytes.fromhex("7C148108") + nonce + bytes.fromhex("8208") + token
    assert proven.keys.encryption == octets(values, "ca_k_enc")
    assert proven.keys.authentication == octets(values, "ca_k_mac")


@pytest.mark.parametrize("number", range(5))
def test_generated_chip_authentication_dialogues_are_reproduced(world: World, number: int) -> None:
    """Versions 1 and 2, three curves, AES-128 and AES-256, under the protection of both keys."""
    case = load("ca_v1_v2_generated")["values"]["cases"][number]
    by_name = {each.algorithm.name: each for each in CURVES}
    curve = by_name[case["curve"]]
    data = replace(
        world.data(),
        curve=curve,
        chip_protocol=oid_text(bytes.fromhex(case["oid"])),
        chip_key=curve.private_key(int(case["chip_static_private"], 16)),
        chip_key_id=case["key_id"] or 1,
    )
    nonce = bytes.fromhex(case["nonce_r"] or "")
    card = VirtualCard(data, world.memory(), random_bytes=fixed(nonce))
    before = {name: bytes.fromhex(value) for name, value in case["sm_before"].items()}
    card._channel = ChipChannel(SessionKeys(before["KS_enc"], before["KS_mac"]))
    card._channel._counter = int.from_bytes(before["SSC"])
    session = Session().after(Event.PACE, password=Password.CAN)
    if case["version"] == 2:
        promised = bytes.fromhex(case["ephemeral_public"])[1 : 1 + curve.size]
        session = session.after(Event.TERMINAL_AUTHENTICATION, terminal_key=promised)
    card._dialogue.session = session
    card._dialogue.selection.select(CommandAPDU(0, 0xA4, 4, 0x0C, LDS1_AID))
    for apdu in (*case["apdus_old_keys"], case["first_apdu_new_keys"]):
        answer = card.transmit(bytes.fromhex(apdu["protected"]))
        assert answer.hex().upper() == apdu["protected_response"].upper()


def test_secure_messaging_of_worked_example_8_is_opened_and_sealed() -> None:
    values = load("sm_aes128_tr03110_worked_example_8")["values"]
    for apdu in values["apdus"]:
        channel = ChipChannel(SessionKeys(octets(values, "KS_enc"), octets(values, "KS_mac")))
        channel._counter = int(apdu["ssc_command"], 16) - 1
        opened = channel.open(CommandAPDU.decode(bytes.fromhex(apdu["protected_capdu"])))
        plain = CommandAPDU.decode(bytes.fromhex(apdu["plain_capdu"]))
        assert (opened.header, opened.data, opened.ne) == (plain.header, plain.data, plain.ne)
        response = ResponseAPDU.decode(bytes.fromhex(apdu["plain_rapdu"]))
        sealed = channel.seal(response, opened.ins)[:-2]
        assert sealed.hex().upper() == apdu["protected_rapdu_as_printed_without_sw"]


def test_keys_are_derived_as_published() -> None:
    purposes = {
        "enc": Purpose.ENCRYPTION,
        "mac": Purpose.AUTHENTICATION,
        "pi": Purpose.PASSWORD,
    }
    checked = 0
    for case in load("kdf_vectors")["values"]["cases"]:
        for name, expected in case.items():
            cipher, _, purpose = name.partition("_")
            if cipher.startswith("AES") and purpose in purposes:
                length = int(cipher.removeprefix("AES")) // 8
                derived = derive(bytes.fromhex(case["K"]), purposes[purpose], length)
                assert derived.hex().upper() == expected
                checked += 1
    assert checked == 17
