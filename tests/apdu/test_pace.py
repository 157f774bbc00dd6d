"""PACE: published dialogues octet for octet, every curve, and chips that cheat."""

from collections.abc import Callable, Iterator

import pytest

from apdu.crypto.curves import BRAINPOOL_P256, CURVES, P256, Curve, PrivateKey, multiply
from apdu.errors import StatusError, VerificationFailed
from apdu.exchange import run
from apdu.iso7816 import ResponseAPDU
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat
from apdu.lds.der import oid_octets
from apdu.lds.security_infos import (
    PACE_ECDH_GM_AES128,
    PACE_ECDH_GM_AES192,
    PACE_ECDH_GM_AES256,
    PaceInfo,
)
from apdu.protocols.pace import pace
from apdu.protocols.password import (
    Password,
    PinBlocked,
    PinDeactivated,
    PinSuspended,
    PukBlocked,
)
from apdu.secure_messaging import SecureMessaging, through
from apdu.tlv import build
from apdu.transports.replay import Replay
from tests.apdu.chip_side import ChipChannel, PaceChip, data_of
from tests.apdu.jacobian import times
from tests.vectors import load

PIN = Password.pin("123456")
PUK = Password.puk("123456")
INFO = PaceInfo(PACE_ECDH_GM_AES128, 2, P256.parameter_id)
CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("00034E9F00")).encode()


def card(curve: Curve = P256, protocol: str = PACE_ECDH_GM_AES128, length: int = 16) -> PaceChip:
    return PaceChip(curve, oid_octets(protocol), length, b"123456")


def known_keys(curve: Curve, *scalars: str) -> Callable[[Curve], PrivateKey]:
    keys: Iterator[PrivateKey] = iter([curve.private_key(int(each, 16)) for each in scalars])
    return lambda wanted: next(keys)


# The published examples.


@pytest.mark.vectors
def test_doc_9303_appendix_g1_as_a_whole_dialogue() -> None:
    """With tag 84 in the first command, which the printed one leaves out and this reader sends."""
    values = load("pace_gm_ecdh_doc9303-11_appG1")["values"]
    recorded = [(bytes.fromhex(each["c"]), bytes.fromhex(each["r"])) for each in values["apdus"]]
    printed = recorded[0][0]
    recorded[0] = (printed[:4] + b"\x12" + printed[5:] + bytes.fromhex("84010D"), b"\x90\x00")
    link = Replay(recorded)
    ephemeral = known_keys(
        BRAINPOOL_P256, values["map_terminal_private"], values["ka_terminal_private"]
    )
    info = PaceInfo(PACE_ECDH_GM_AES128, 2, 13)
    password = Password.mrz(values["mrz_information"])
    result = run(pace(password, info, ephemeral=ephemeral, product=multiply), link)
    assert link.finished
    assert result.keys.encryption.hex().upper() == values["KS_enc"]
    assert result.keys.mac.hex().upper() == values["KS_mac"]
    assert result.id_picc.hex().upper() == values["ka_chip_public"][2:66]
    assert (result.car, result.previous_car) == (None, None)


@pytest.mark.vectors
def test_the_eac_worked_example_with_a_pin_and_an_authorization() -> None:
    values = load("eac2_ecdh_worked_example")["values"]

    def answer(tag: int, value: str) -> bytes:
        return build(0x7C, build(tag, bytes.fromhex(value))) + b"\x90\x00"

    def command(cla: int, objects: bytes) -> bytes:
        data = build(0x7C, objects)
        return bytes((cla, 0x86, 0, 0, len(data))) + data + b"\x00"

    def sent(tag: int, value: str) -> bytes:
        return command(0x10, build(tag, bytes.fromhex(value)))

    choice = bytes.fromhex("800A" + values["pace_oid"] + "830103 84010D") + CHAT
    token = build(0x85, bytes.fromhex(values["pace_authentication_token_pcd"]))
    last = build(0x86, bytes.fromhex(values["pace_authentication_token_picc"]))
    last += build(0x87, b"DECVCAAT00001")
    recorded = [
        (bytes.fromhex("0022C1A4") + bytes((len(choice),)) + choice, b"\x90\x00"),
        (command(0x10, b""), answer(0x80, values["pace_nonce_enc"])),
        (sent(0x81, values["pace_map_pcd_pub_key"]), answer(0x82, values["pace_map_picc_pub_key"])),
        (sent(0x83, values["pace_pcd_pub_key"]), answer(0x84, values["pace_picc_pub_key"])),
        (command(0x00, token), build(0x7C, last) + b"\x90\x00"),
    ]
    ephemeral = known_keys(
        BRAINPOOL_P256, values["pace_map_pcd_priv_key"], values["pace_pcd_priv_key"]
    )
    info = PaceInfo(PACE_ECDH_GM_AES128, 2, 13)
    exchange = pace(PIN, info, chat=CHAT, ephemeral=ephemeral, product=multiply)
    result = run(exchange, Replay(recorded))
    assert result.keys.encryption.hex().upper() == values["pace_k_enc"]
    assert result.keys.mac.hex().upper() == values["pace_k_mac"]
    assert result.id_picc.hex().upper() == values["ta_id_picc"]
    assert (result.car, result.previous_car) == ("DECVCAAT00001", None)


# Against a chip side of its own.


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@pytest.mark.parametrize(
    ("protocol", "length"),
    [(PACE_ECDH_GM_AES128, 16), (PACE_ECDH_GM_AES192, 24), (PACE_ECDH_GM_AES256, 32)],
    ids=["AES-128", "AES-192", "AES-256"],
)
def test_both_sides_agree_on_every_curve(curve: Curve, protocol: str, length: int) -> None:
    chip = card(curve, protocol, length)
    result = run(pace(PIN, PaceInfo(protocol, 2, curve.parameter_id)), chip)
    assert (result.keys.encryption, result.keys.mac) == chip.keys
    assert len(result.id_picc) == curve.size


def test_a_shared_secret_with_a_leading_zero_keeps_its_width() -> None:
    """About one tap in 256; the chip looks for such a key once it has the reader's."""

    class Choosing(PaceChip):
        def _agree(self, value: bytes) -> bytes:
            point = self._read(value)
            self.key_scalar = next(
                scalar
                for scalar in range(2, 10_000)
                if (found := times(self.curve, scalar, point)) and found[0] >> 248 == 0
            )
            return super()._agree(value)

    chip = Choosing(P256, oid_octets(PACE_ECDH_GM_AES128), 16, b"123456")
    result = run(pace(PIN, INFO, ephemeral=known_keys(P256, "ABCDEF", "123457")), chip)
    assert (result.keys.encryption, result.keys.mac) == chip.keys


@pytest.mark.parametrize("length", [16, 32, 64])
def test_the_nonce_may_be_longer_than_the_order(length: int) -> None:
    chip = card()
    chip.nonce = b"\xff" * length
    assert run(pace(PIN, INFO), chip).keys.mac == chip.keys[1]


def test_the_first_command_names_protocol_password_curve_and_rights() -> None:
    chip = card()
    run(pace(PIN, INFO, chat=CHAT), chip)
    choice = chip.log[0]
    assert choice[:4] == bytes.fromhex("0022C1A4")
    assert data_of(choice, 0x80) == oid_octets(PACE_ECDH_GM_AES128)
    assert (data_of(choice, 0x83), data_of(choice, 0x84)) == (b"\x03", b"\x0c")
    assert choice.endswith(CHAT), "and no Le"
    assert len(chip.log) == 5


def test_no_rights_are_asked_for_unless_given() -> None:
    chip = card()
    run(pace(PIN, INFO), chip)
    assert b"\x7f\x4c" not in chip.log[0]


def test_both_trust_points_of_the_card_are_told() -> None:
    chip = card()
    chip.trailer = build(0x87, b"KRCVCA00002") + build(0x88, b"KRCVCA00001")
    result = run(pace(PIN, INFO, chat=CHAT), chip)
    assert (result.car, result.previous_car) == ("KRCVCA00002", "KRCVCA00001")


def test_two_runs_use_fresh_keys() -> None:
    first, second = card(), card()
    assert run(pace(PIN, INFO), first) != run(pace(PIN, INFO), second)
    assert first.log[2] != second.log[2]
    assert first.log[3] != second.log[3]


def test_a_suspended_pin_is_taken_inside_the_channel_of_the_can() -> None:
    outer = card()
    can = run(pace(Password.can("123456"), INFO), outer)
    channel, inner = ChipChannel(*outer.keys), card()
    inner.refuse[0] = 0x63C1  # still one try

    class Card:
        def transmit(self, octets: bytes) -> bytes:
            plain = bytes(channel.open(octets))
            return channel.close(ResponseAPDU.decode(inner.transmit(plain)))

    pin = run(through(SecureMessaging(can.keys), pace(PIN, INFO)), Card())
    assert (pin.keys.encryption, pin.keys.mac) == inner.keys
    assert inner.keys != outer.keys


def test_repr_of_the_result_shows_no_key() -> None:
    result = run(pace(PIN, INFO), card())
    assert repr(result) == "PaceResult(car=None, previous_car=None)"


# Refusals.


def refused(status: int, step: int, password: Password = PIN) -> StatusError:
    chip = card()
    chip.refuse[step] = status
    with pytest.raises(StatusError) as caught:
        run(pace(password, INFO), chip)
    assert caught.value.status == status
    assert len(chip.log) == step + 1, "nothing is sent after a refusal"
    return caught.value


def refused_vaguely(status: int, step: int, counter: int, password: Password = PIN) -> StatusError:
    """The error of a card that answers `status` to whatever it does not take."""
    chip = card()
    chip.refuse[step] = status

    class Counting:
        """The counter is told where the password is chosen again."""

        def transmit(self, octets: bytes) -> bytes:
            answer = chip.transmit(octets)
            return counter.to_bytes(2) if len(chip.log) > step + 1 else answer

    with pytest.raises(StatusError) as caught:
        run(pace(password, INFO), Counting())
    assert len(chip.log) == step + 2, "the counter is read once, and nothing else is sent"
    assert data_of(chip.log[-1], 0x83) == bytes((password.kind,))
    return caught.value


@pytest.mark.parametrize(("status", "tries"), [(0x63C2, 2), (0x63C1, 1), (0x63C0, 0)])
def test_a_wrong_pin_tells_the_tries_left(status: int, tries: int) -> None:
    error = refused(status, 4)
    assert isinstance(error, VerificationFailed)
    assert error.tries_left == tries


def test_a_wrong_can_tells_nothing() -> None:
    chip = card()
    with pytest.raises(VerificationFailed, match="PACE with CAN: card answered 6300") as caught:
        run(pace(Password.can("654321"), INFO), chip)
    assert caught.value.tries_left is None


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize(("status", "error"), [(0x6983, PinBlocked), (0x6984, PinDeactivated)])
def test_a_pin_that_cannot_be_used_is_named(
    status: int, error: type[StatusError], step: int
) -> None:
    assert type(refused(status, step)) is error


@pytest.mark.parametrize(("status", "error"), [(0x63C0, PinBlocked), (0x6283, PinDeactivated)])
def test_a_pin_known_to_be_unusable_is_not_sent(status: int, error: type[StatusError]) -> None:
    assert type(refused(status, 0)) is error


@pytest.mark.parametrize("status", [0x63C2, 0x63C1])
def test_a_warning_about_tries_left_is_no_refusal(status: int) -> None:
    chip = card()

    class Warns:
        def transmit(self, octets: bytes) -> bytes:
            answer = chip.transmit(octets)
            return status.to_bytes(2) if chip.step == 0 else answer

    assert run(pace(PIN, INFO), Warns()).keys.mac == chip.keys[1]


@pytest.mark.parametrize("status", [0x6982, 0x6985])
@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize(
    ("counter", "error"),
    [
        (0x63C0, PinBlocked),
        (0x63C1, PinSuspended),
        (0x6283, PinDeactivated),
        (0x63C2, StatusError),
        (0x9000, StatusError),
    ],
)
def test_after_a_vague_refusal_the_counter_decides_what_the_pin_is(
    status: int, step: int, counter: int, error: type[StatusError]
) -> None:
    """Nobody is told of one last try because a card was reset or swapped on the way."""
    found = refused_vaguely(status, step, counter)
    assert type(found) is error
    assert error is not StatusError or found.status == status


def test_after_a_vague_refusal_the_counter_decides_whether_the_puk_is_blocked() -> None:
    assert type(refused_vaguely(0x6982, 1, 0x63C0, PUK)) is PukBlocked
    assert type(refused_vaguely(0x6982, 1, 0x63C1, PUK)) is StatusError, "one use is left"


@pytest.mark.parametrize(("status", "step"), [(0x63C0, 0), (0x6983, 1), (0x6983, 4)])
def test_a_blocked_puk_has_an_error_of_its_own(status: int, step: int) -> None:
    assert type(refused(status, step, PUK)) is PukBlocked


def test_a_puk_is_neither_suspended_nor_switched_off() -> None:
    assert type(refused(0x6984, 1, PUK)) is StatusError
    assert type(refused_vaguely(0x6985, 1, 0x63C1, PUK)) is StatusError


def test_a_wrong_puk_tells_the_uses_left() -> None:
    error = refused(0x63C9, 4, PUK)
    assert isinstance(error, VerificationFailed)
    assert error.tries_left == 9


@pytest.mark.parametrize("status", [0x6983, 0x6984, 0x6985, 0x6982])
def test_other_passwords_are_only_refused(status: int) -> None:
    assert type(refused(status, 1, Password.can("123456"))) is StatusError


@pytest.mark.parametrize("status", [0x6A80, 0x6A88, 0x6A87])
def test_a_variant_the_card_does_not_know_is_refused(status: int) -> None:
    assert type(refused(status, 0)) is StatusError
