"""Terminal authentication version 2: the worked example, chains, refusals."""

from datetime import date

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from apdu.crypto.curves import P256, x_coordinate
from apdu.crypto.signatures import sign_plain, verify_plain
from apdu.errors import ProtocolError
from apdu.exchange import chained, run
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.lds import cvc
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey
from apdu.lds.der import oid_octets
from apdu.lds.security_infos import TA, TA_ECDSA_SHA256, TerminalAuthenticationInfo
from apdu.protocols.terminal_authentication import TerminalRejected, terminal_authentication
from apdu.secure_messaging import MAX_SHORT_PLAIN_NC, SecureMessaging, SessionKeys, through
from apdu.tlv import build
from apdu.transports.replay import Replay
from tests.apdu.chip_side import OK, ChipChannel, data_of
from tests.vectors import load

INFO = TerminalAuthenticationInfo(TA, 2)
ID_PICC = bytes(range(32))
CHALLENGE = bytes.fromhex("547E4EAB03B235D2")
TERMINAL_KEY = P256.private_key(0x7E4)
EPHEMERAL = x_coordinate(P256.private_key(0xE9).public_key())

DV, TERMINAL = "80", "00"


def certificate(car: str, holder: str, role: str = DV) -> CVCertificate:
    key = CvcPublicKey.of(TA_ECDSA_SHA256, TERMINAL_KEY.public_key())
    chat = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex(role + "034E9F00"))
    fields = CertificateFields(car, holder, key, chat, date(2026, 11, 1), date(2027, 11, 1))
    return cvc.issue(fields, lambda body: sign_plain(TERMINAL_KEY, body, SHA256()))


NEW = "KRTESTCVCA00002"
DV_CERTIFICATE = certificate(NEW, "KRTESTDV00001")
TERMINAL_CERTIFICATE = certificate("KRTESTDV00001", "KRTESTAT00001", TERMINAL)
CHAIN = (DV_CERTIFICATE, TERMINAL_CERTIFICATE)


class Card:
    """Accepts everything but the command numbered in `refuse`."""

    def __init__(self, refuse: int | None = None, status: int = 0x6300) -> None:
        self.refuse = refuse
        self.status = status
        self.challenge = CHALLENGE
        self.log: list[bytes] = []

    def transmit(self, octets: bytes) -> bytes:
        return bytes(self.answer(CommandAPDU.decode(octets)))

    def answer(self, command: CommandAPDU) -> ResponseAPDU:
        self.log.append(bytes(command))
        if len(self.log) - 1 == self.refuse:
            return ResponseAPDU(self.status)
        return ResponseAPDU(0x9000, self.challenge if command.ins == 0x84 else b"")


def sign(message: bytes) -> bytes:
    return sign_plain(TERMINAL_KEY, message, SHA256())


@pytest.mark.vectors
def test_the_eac_worked_example() -> None:
    values = load("eac2_ecdh_worked_example")["values"]
    chain = [cvc.decode(bytes.fromhex(values[name])) for name in ("dv_cert", "at_cert")]
    comp, signature = (bytes.fromhex(values[n]) for n in ("ta_comp_pk_pcd", "ta_signature_plain"))
    messages = []

    def far_away(message: bytes) -> bytes:
        messages.append(message)
        return signature

    def sent(header: str, data: bytes) -> tuple[bytes, bytes]:
        length = bytes((len(data),)) if len(data) < 256 else b"\0" + len(data).to_bytes(2)
        return bytes.fromhex(header) + length + data, OK

    key = build(0x80, oid_octets("0.4.0.127.0.7.2.2.2.2.5"))
    link = Replay(
        [
            sent("002281B6", build(0x83, b"DECVCAAT00001")),
            sent("002A00BE", bytes.fromhex(values["dv_cert"])[5:]),
            sent("002281B6", build(0x83, b"DETESTDVDE019")),
            sent("002A00BE", bytes.fromhex(values["at_cert"])[5:]),
            sent("002281A4", key + build(0x83, b"DETESTATDE019") + build(0x91, comp)),
            (bytes.fromhex("0084000008"), bytes.fromhex(values["ta_challenge"]) + OK),
            sent("00820000", signature),
        ]
    )
    id_picc = bytes.fromhex(values["ta_id_picc"])
    run(terminal_authentication(chain, INFO, id_picc, comp, far_away), link)
    assert link.finished
    assert messages == [bytes.fromhex(values["ta_signed_message"])]


def test_two_certificates_take_seven_commands() -> None:
    card = Card()
    run(terminal_authentication(CHAIN, INFO, ID_PICC, EPHEMERAL, sign), card)
    assert [octets[1] for octets in card.log] == [0x22, 0x2A, 0x22, 0x2A, 0x22, 0x84, 0x82]
    assert data_of(card.log[0], 0x83) == NEW.encode()
    assert data_of(card.log[4], 0x83) == b"KRTESTAT00001"
    assert data_of(card.log[4], 0x91) == EPHEMERAL


def test_the_signature_covers_chip_challenge_and_committed_key() -> None:
    card = Card()
    run(terminal_authentication(CHAIN, INFO, ID_PICC, EPHEMERAL, sign), card)
    signature = CommandAPDU.decode(card.log[-1]).data
    message = ID_PICC + CHALLENGE + EPHEMERAL
    verify_plain(TERMINAL_KEY.public_key(), signature, message, SHA256())


def protected(chained_at: int | None) -> tuple[list[CommandAPDU], Card]:
    """The commands on the link, and what the card made of them."""
    keys = SessionKeys(bytes(16), bytes(range(16)))
    chip, card = ChipChannel(keys.encryption, keys.mac), Card()
    outer: list[CommandAPDU] = []

    class Link:
        def transmit(self, octets: bytes) -> bytes:
            outer.append(CommandAPDU.decode(octets))
            return chip.close(card.answer(chip.open(octets)))

    exchange = terminal_authentication(CHAIN, INFO, ID_PICC, EPHEMERAL, sign)
    if chained_at is not None:
        exchange = chained(exchange, chained_at)
    run(through(SecureMessaging(keys), exchange), Link())
    return outer, card


def test_certificates_of_test_length_fit_short_protected_commands() -> None:
    outer, _ = protected(None)
    assert len(DV_CERTIFICATE.pso_data) <= MAX_SHORT_PLAIN_NC
    assert not any(each.extended for each in outer)


def test_longer_certificates_take_extended_length_or_pieces() -> None:
    """Both carry the same octets; the choice is the caller's, who knows the card."""
    keys = SessionKeys(bytes(16), bytes(range(16)))
    long = bytes(MAX_SHORT_PLAIN_NC + 1)
    whole = SecureMessaging(keys).protect(CommandAPDU(0x00, 0x2A, data=long))
    assert whole.extended
    outer, card = protected(100)
    assert not any(each.extended for each in outer)
    assert [each.cla for each in outer[1:4]] == [0x1C, 0x1C, 0x0C]
    pieces = b"".join(CommandAPDU.decode(octets).data for octets in card.log[1:4])
    assert pieces.startswith(bytes.fromhex("7F4E"))
    assert cvc.decode_body_and_signature(pieces).car == NEW


# Refusals.


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (0, "issuer of a certificate"),
        (1, "certificate"),
        (2, "issuer of a certificate"),
        (3, "certificate"),
        (4, "terminal key"),
        (5, "challenge"),
        (6, "signature"),
    ],
)
def test_a_refusal_names_the_step(number: int, step: str) -> None:
    card = Card(number)
    with pytest.raises(TerminalRejected, match=f"{step}: card answered 6300") as rejected:
        run(terminal_authentication(CHAIN, INFO, ID_PICC, EPHEMERAL, sign), card)
    assert (rejected.value.step, rejected.value.status) == (step, 0x6300)
    assert len(card.log) == number + 1, "nothing is sent after a refusal"


@pytest.mark.parametrize("length", [0, 7, 9])
def test_a_challenge_of_another_length_is_not_signed(length: int) -> None:
    """Else the chip would choose where its challenge ends and our key begins."""
    card = Card()
    card.challenge = bytes(length)

    def never(message: bytes) -> bytes:
        raise AssertionError

    with pytest.raises(ProtocolError, match=f"challenge of {length} octets"):
        run(terminal_authentication(CHAIN, INFO, ID_PICC, EPHEMERAL, never), card)


def test_version_1_is_refused_before_the_card_is_asked() -> None:
    info = TerminalAuthenticationInfo(TA, 1)
    card = Card()
    with pytest.raises(ProtocolError, match="only version 2"):
        run(terminal_authentication(CHAIN, info, ID_PICC, EPHEMERAL, sign), card)
    assert card.log == []


def test_nothing_is_signed_before_every_certificate_and_the_key_are_accepted() -> None:
    """A signature is the terminal's consent: a card that refuses on the way does not get one."""

    def never(message: bytes) -> bytes:
        raise AssertionError

    for number in range(6):
        card = Card(number)
        with pytest.raises(TerminalRejected):
            run(terminal_authentication(CHAIN, INFO, ID_PICC, EPHEMERAL, never), card)


@pytest.mark.parametrize("status", [0x6300, 0x6982, 0x6985, 0x6A80, 0x6A88])
@pytest.mark.parametrize("number", [1, 4, 6])
def test_a_warning_or_refusal_is_never_taken_for_acceptance(number: int, status: int) -> None:
    card = Card(number, status)
    with pytest.raises(TerminalRejected) as rejected:
        run(terminal_authentication(CHAIN, INFO, ID_PICC, EPHEMERAL, sign), card)
    assert rejected.value.status == status
