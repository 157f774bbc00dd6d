"""Terminals and their certificates, in whole taps: links, long ones, late ones, wrong ones."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apdu.crypto.curves import P256, PrivateKey
from apdu.crypto.signatures import sign_plain
from apdu.errors import EncodingError
from apdu.exchange import run
from apdu.iso7816 import CommandAPDU
from apdu.lds import cvc
from apdu.lds.cvc import CVCertificate
from apdu.profiles.eac import TerminalCredentials
from apdu.profiles.krrc import (
    LDS1_GROUPS,
    ChipReading,
    can,
    pin,
    read_card,
    require_terminal,
    survey,
)
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import PasswordKind
from apdu.protocols.terminal_authentication import TerminalRejected
from apdu.protocols.terminal_chain import (
    NoCertificateChain,
    TerminalExpired,
    TerminalLacksRight,
)
from apdu.tlv import build
from card_sim.card import VirtualCard
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType
from card_sim.pki import TerminalChain
from tests.apdu.profiles.taps import NOW, Tap
from tests.card_sim.chains import (
    CVCA,
    DV,
    FULL_RIGHTS,
    TERMINAL,
    certificate,
    chain_with_rights,
    chat,
)
from tests.card_sim.world import TODAY, World

DAY = timedelta(days=1)
PSO, EXTERNAL_AUTHENTICATE = 0x2A, 0x82


@dataclass
class Watched:
    """A card, and the commands it was sent, as they were on the link."""

    card: VirtualCard
    log: list[CommandAPDU] = field(default_factory=list)

    def transmit(self, octets: bytes) -> bytes:
        self.log.append(CommandAPDU.decode(octets))
        return self.card.transmit(octets)

    def of(self, instruction: int) -> list[CommandAPDU]:
        return [command for command in self.log if command.ins == instruction]


def credentials(chain: TerminalChain, *others: CVCertificate) -> TerminalCredentials:
    algorithm = chain.terminal.public_key.hash_algorithm
    own = (chain.cvca, chain.dv, chain.terminal)
    return TerminalCredentials(
        tuple(each.encoded for each in (*others, *own)),
        lambda message: sign_plain(chain.terminal_key, message, algorithm),
    )


def watched(world: World, card_type: CardType = CardType.KRRC_1, **state: Any) -> Watched:
    memory = Memory(Volatile(), replace(world.state(card_type), **state))
    return Watched(Tap(world, world.data(card_type), memory=memory).link())


def read(
    world: World,
    card: Watched,
    terminal: TerminalCredentials,
    now: datetime = NOW,
    max_block: int | None = None,
) -> ChipReading:
    trust = TrustStore((world.home.pki.csca.der,))
    found = run(survey(max_block), card)
    return run(read_card(found, pin(world.person.pin), terminal, trust, now), card)


# Links.


def test_card_that_knows_only_the_root_before_is_led_over_by_the_link(world: World) -> None:
    chain = world.chain
    assert chain.previous is not None
    assert chain.link is not None
    card = watched(world, trust_points=(chain.previous.encoded,))
    assert read(world, card, credentials(chain, chain.link)).genuine
    assert len(card.of(PSO)) == 3, "the link, the verifier, the terminal"
    card.log.clear()
    assert read(world, card, credentials(chain, chain.link)).genuine
    assert len(card.of(PSO)) == 2, "the card has learnt the new root"


def test_without_the_link_there_is_nothing_to_show_that_card(world: World) -> None:
    assert world.chain.previous is not None
    card = watched(world, trust_points=(world.chain.previous.encoded,))
    with pytest.raises(NoCertificateChain):
        read(world, card, credentials(world.chain))
    assert not card.of(PSO)


def test_card_that_knows_both_roots_gets_no_link(world: World) -> None:
    chain = world.chain
    assert chain.previous is not None
    assert chain.link is not None
    card = watched(world, trust_points=(chain.cvca.encoded, chain.previous.encoded))
    assert read(world, card, credentials(chain, chain.link)).genuine
    assert len(card.of(PSO)) == 2


# Long certificates.


def p384(world: World) -> TerminalCredentials:
    return credentials(world.home.pki.chains["p384"])


def test_long_certificates_go_in_one_extended_command_where_both_sides_take_it(
    world: World,
) -> None:
    card = watched(world, CardType.KRRC_1_P384)
    assert read(world, card, p384(world)).genuine
    assert [(command.cla, command.extended) for command in card.of(PSO)] == [(0x0C, True)] * 2


def test_long_certificates_are_chained_where_only_short_commands_pass(world: World) -> None:
    card = watched(world, CardType.KRRC_1_P384)
    assert read(world, card, p384(world), max_block=223).genuine
    assert [command.cla for command in card.of(PSO)] == [0x1C, 0x0C] * 2
    assert not any(command.extended for command in card.log)


def test_short_certificates_are_never_chained(world: World) -> None:
    card = watched(world, CardType.KRRC_1_SHORT)
    assert read(world, card, credentials(world.chain)).genuine
    assert [command.cla for command in card.of(PSO)] == [0x0C] * 2


def test_card_that_does_not_chain_refuses_the_terminal_by_name(world: World) -> None:
    card = watched(world, CardType.KRRC_1_P384)
    keeps = card.card._respond

    def respond(command: CommandAPDU, capacity: int) -> Any:
        answer = keeps(command, capacity)
        return (
            replace(answer, status=0x6884) if command.cla & 0x10 and command.ins == PSO else answer
        )

    card.card._respond = respond  # type: ignore[method-assign]
    with pytest.raises(TerminalRejected, match="certificate: card answered 6884"):
        read(world, card, p384(world), max_block=223)


# Dates.


@pytest.mark.parametrize("late", ["verifier", "terminal"])
def test_certificate_expired_by_our_clock_stops_the_tap_before_the_card_is_touched(
    world: World, late: str
) -> None:
    chain, _ = local_chain(**{late: TODAY})
    terminal = credentials(chain)
    require_terminal(terminal, PasswordKind.PIN, NOW)
    with pytest.raises(TerminalExpired, match=str(TODAY)):
        require_terminal(terminal, PasswordKind.PIN, NOW + DAY)
    card = watched(world, trust_points=(chain.cvca.encoded,))
    found = run(survey(), card)
    surveyed = len(card.log)
    trust = TrustStore((world.home.pki.csca.der,))
    with pytest.raises(TerminalExpired):
        run(read_card(found, pin(world.person.pin), terminal, trust, NOW + DAY), card)
    assert len(card.log) == surveyed
    assert read(world, card, terminal, NOW).genuine, "on its last day it is good"


def test_card_whose_date_ran_ahead_refuses_what_is_good_by_our_clock(world: World) -> None:
    """Somebody with a newer certificate used it: no terminal can see the card's date."""
    card = watched(world, current_date=world.chain.terminal.expires + DAY)
    with pytest.raises(TerminalRejected) as rejected:
        read(world, card, credentials(world.chain))
    assert rejected.value.step == "certificate"
    assert not card.of(EXTERNAL_AUTHENTICATE)


# Certificates that are not what an issuer signed.


def with_more_rights(true: CVCertificate) -> CVCertificate:
    """The certificate with rights its issuer did not give, under the signature it had."""
    body = true.body.replace(b"\x9f\x30", b"\x9f\x3f")
    return cvc.decode_body_and_signature(body + build(0x5F37, true.signature))


@pytest.mark.parametrize("place", ["verifier", "terminal"])
def test_altered_certificate_is_refused_by_the_card_and_nothing_is_signed(
    world: World, place: str
) -> None:
    chain = world.chain
    if place == "verifier":
        changed = replace(chain, dv=with_more_rights(chain.dv))
    else:
        changed = replace(chain, terminal=with_more_rights(chain.terminal))
    card = watched(world)
    with pytest.raises(TerminalRejected) as rejected:
        read(world, card, credentials(changed))
    assert (rejected.value.step, rejected.value.status) == ("certificate", 0x6300)
    assert not card.of(EXTERNAL_AUTHENTICATE)


# Several certificates in one folder.


def local_chain(
    verifier: date = TODAY + 300 * DAY, terminal: date = TODAY + 300 * DAY
) -> tuple[TerminalChain, PrivateKey]:
    """A chain of its own, good until these days, and its verifier's key."""
    root, own, key = (P256.generate() for _ in range(3))
    names = ("KRROOT00001", "KRDVER00001", "KRTERM00001")
    first = TODAY - 30 * DAY
    return TerminalChain(
        certificate((names[0], names[0]), (root, root), chat(CVCA)),
        certificate((names[0], names[1]), (root, own), chat(DV), (first, verifier)),
        certificate((names[1], names[2]), (own, key), chat(TERMINAL), (first, terminal)),
        key,
    ), own


def test_renewed_certificate_is_shown_instead_of_the_expired_one(world: World) -> None:
    chain, verifier = local_chain()
    old = certificate(
        (chain.dv.holder, "KRTERM00000"),
        (verifier, chain.terminal_key),
        chat(TERMINAL),
        (TODAY - 9 * DAY, TODAY - DAY),
    )
    card = watched(world, trust_points=(chain.cvca.encoded,))
    assert read(world, card, credentials(chain, old)).genuine


def test_certificate_for_another_key_is_not_shown(world: World) -> None:
    """The signer has one key: a certificate for another would be refused at the signature."""
    chain, verifier = local_chain()
    stranger = certificate(
        (chain.dv.holder, "KRTERM00000"), (verifier, P256.generate()), chat(TERMINAL)
    )
    terminal = credentials(chain, stranger)
    assert stranger.encoded in terminal.chain
    assert stranger not in terminal.certificates
    card = watched(world, trust_points=(chain.cvca.encoded,))
    assert read(world, card, terminal).genuine


def test_certificates_of_two_roots_open_cards_of_both(world: World) -> None:
    chain, _ = local_chain()
    own = credentials(chain, world.chain.cvca, world.chain.dv)
    assert read(world, watched(world, trust_points=(chain.cvca.encoded,)), own).genuine


@pytest.mark.parametrize("octets", [b"", b"\x7f\x21\x00", bytes(100)])
def test_what_is_no_certificate_is_refused_at_once(octets: bytes) -> None:
    with pytest.raises(EncodingError):
        TerminalCredentials((octets,), bytes)


# Rights.


@pytest.mark.parametrize("place", [0, 1, 2], ids=["root", "verifier", "terminal"])
@pytest.mark.parametrize(
    ("kind", "bit", "right"),
    [(PasswordKind.PIN, 24, "read DG17"), (PasswordKind.CAN, 4, "use the CAN")],
)
def test_right_masked_along_the_chain_is_missed_before_anybody_is_asked(
    kind: PasswordKind, bit: int, right: str, place: int
) -> None:
    rights = [FULL_RIGHTS & ~(1 << bit) if n == place else FULL_RIGHTS for n in range(3)]
    terminal = credentials(chain_with_rights(rights))
    with pytest.raises(TerminalLacksRight) as caught:
        require_terminal(terminal, kind, NOW)
    assert caught.value.rights == (right,)


def test_pin_needs_no_right_to_use_the_can() -> None:
    rights = [FULL_RIGHTS & ~(1 << 4)] * 3
    require_terminal(credentials(chain_with_rights(rights)), PasswordKind.PIN, NOW)


@pytest.mark.parametrize(("kind", "wanted"), [("PIN", "034E9F00"), ("CAN", "034E9F10")])
def test_card_is_asked_for_no_more_rights_than_the_tap_needs(
    world: World, kind: str, wanted: str
) -> None:
    """A counter that reads does not want to manage PINs as well."""
    password = pin(world.person.pin) if kind == "PIN" else can(world.person.can)
    card = watched(world)
    found = run(survey(), card)
    surveyed = len(card.log)
    trust = TrustStore((world.home.pki.csca.der,))
    run(read_card(found, password, credentials(world.chain), trust, NOW), card)
    choice = card.log[surveyed]
    assert choice.header == bytes.fromhex("0022C1A4")
    assert choice.data.endswith(bytes.fromhex("530500" + wanted))


# The order of the procedure.


def test_every_step_waits_for_the_one_before(world: World) -> None:
    """PACE, certificates, signature, EF.CardSecurity, chip authentication, and only then data."""
    card = watched(world)
    assert read(world, card, credentials(world.chain)).genuine
    pace = ["22", "86", "86", "86", "86"]
    terminal = ["22", "2A", "22", "2A", "22", "84", "82"]
    chip = ["B0", "22", "86"]
    eid = ["A4", *["B0"] * 12]
    lds = ["A4", *["B0"] * (1 + len(LDS1_GROUPS))]
    sent = [f"{command.ins:02X}" for command in card.log]
    assert sent == ["B0", "B0", "22", *pace, *terminal, *chip, *eid, *lds]
    protected = [bool(command.cla & 0x0C) for command in card.log]
    assert protected == [False] * 8 + [True] * (len(sent) - 8)
