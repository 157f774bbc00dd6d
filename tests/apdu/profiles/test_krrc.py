"""The tap of honest cards, and what ends it before a check can be made."""

import hashlib
from dataclasses import replace

import pytest

from apdu.crypto.curves import P256
from apdu.errors import CardRemoved, ProtocolError, VerificationFailed
from apdu.exchange import run
from apdu.lds import security_infos
from apdu.lds.security_infos import PaceInfo
from apdu.profiles.checks import Check, Outcome
from apdu.profiles.krrc import CHECKS, choose_pace, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from apdu.protocols.pin import PinState, PinStatus
from apdu.protocols.terminal_authentication import TerminalRejected
from apdu.protocols.terminal_chain import NoCertificateChain, TerminalLacksRight
from card_sim.files import Application
from card_sim.personalize import CardType
from tests.apdu.profiles.taps import (
    CARD_ACCESS,
    EF_SOD,
    Counter,
    Tap,
    content_of,
    with_card_security,
    with_file,
)
from tests.card_sim.chains import FULL_RIGHTS, chain_with_rights
from tests.card_sim.world import World

READ_RRN = 1 << (12 + 7)
CAN_ALLOWED = 1 << 4
ATR_INFO = 0x2F01


@pytest.mark.parametrize("card_type", list(CardType))
def test_honest_card_passes_every_check_in_the_listed_order(
    world: World, card_type: CardType
) -> None:
    reading = Tap(world, world.data(card_type)).read()
    assert reading.checks == tuple(Check(name, Outcome.PASS) for name in CHECKS)
    assert reading.genuine


def test_reading_carries_what_both_applications_say(world: World) -> None:
    content = Tap(world, world.data()).read().content
    person = world.person
    assert content is not None
    assert content.eid == person.eid
    assert content.zone == person.mrz
    assert content.document_number == person.document_number
    assert content.name_hanja == person.hanja
    assert content.issuing_authority == person.issuing_authority
    assert content.portrait.image.startswith(b"\xff\xd8")


def test_reading_names_the_chip_and_the_signed_files_by_digest(world: World) -> None:
    card = world.data()
    reading = Tap(world, card).read()
    numbers = card.chip_key.public_key().public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)
    assert reading.chip_fingerprint == hashlib.sha256(point).hexdigest()
    signed = content_of(card, Application.LDS1, EF_SOD)
    assert reading.digests["sod"] == hashlib.sha256(signed).hexdigest()
    assert set(reading.digests) == {"sod", "card_security"}


def test_reading_shows_nothing_of_the_person(world: World) -> None:
    shown = repr(Tap(world, world.data()).read())
    person = world.person
    for secret in (person.family_name, person.given_names, person.rrn, person.document_number):
        assert secret not in shown


def test_can_reads_the_card_where_the_terminal_may_use_it(world: World) -> None:
    assert Tap(world, world.data(), password=Password.can(world.person.can)).read().genuine


@pytest.mark.parametrize(
    ("password", "missing"),
    [(Password.pin("246813"), READ_RRN), (Password.can("271828"), CAN_ALLOWED)],
)
def test_terminal_without_a_right_is_stopped_before_the_card_hears_of_it(
    world: World, password: Password, missing: int
) -> None:
    rights = FULL_RIGHTS & ~missing
    tap = Tap(world, world.data(), chain=chain_with_rights((FULL_RIGHTS, FULL_RIGHTS, rights)))
    counter = Counter(tap.link())
    found = run(survey(), counter)
    surveyed = counter.commands
    trust = TrustStore((world.home.pki.csca.der,))
    with pytest.raises(TerminalLacksRight, match="no right to") as caught:
        run(read_card(found, password, tap.terminal(), trust, tap.now), counter)
    assert caught.value.rights == ("use the CAN" if missing == CAN_ALLOWED else "read DG12",)
    assert counter.commands == surveyed


def test_pin_reads_without_the_right_to_use_the_can(world: World) -> None:
    chain = chain_with_rights((FULL_RIGHTS, FULL_RIGHTS, FULL_RIGHTS & ~CAN_ALLOWED))
    memory = world.memory(state=replace(world.state(), trust_points=(chain.cvca.encoded,)))
    assert Tap(world, world.data(), chain=chain, memory=memory).read().genuine


def test_wrong_pin_is_refused_and_counted(world: World) -> None:
    memory = world.memory()
    tap = Tap(world, world.data(), password=Password.pin("000000"), memory=memory)
    with pytest.raises(VerificationFailed) as caught:
        tap.read()
    assert caught.value.tries_left == 2
    assert run(survey(), tap.link()).pin == PinStatus(PinState.OPERATIONAL, 2)


def test_wrong_can_is_refused(world: World) -> None:
    with pytest.raises(VerificationFailed):
        Tap(world, world.data(), password=Password.can("000000")).read()


def test_terminal_with_another_key_is_refused_by_the_card(world: World) -> None:
    chain = replace(world.chain, terminal_key=P256.generate())
    with pytest.raises(TerminalRejected) as caught:
        Tap(world, world.data(), chain=chain).read()
    assert caught.value.step == "signature"


def test_terminal_of_another_root_has_no_chain_to_show(world: World) -> None:
    rights = (FULL_RIGHTS,) * 3
    with pytest.raises(NoCertificateChain):
        Tap(world, world.data(), chain=chain_with_rights(rights)).read()


def test_card_pulled_at_any_command_leaves_one_error_and_no_result(world: World) -> None:
    class Pulled:
        def __init__(self, after: int) -> None:
            self.left = after
            self.link = tap.link()

        def transmit(self, command: bytes) -> bytes:
            if self.left == 0:
                raise CardRemoved("the card was taken out")
            self.left -= 1
            return self.link.transmit(command)

    tap = Tap(world, world.data())
    for after in range(38):
        with pytest.raises(CardRemoved):
            tap.read(link=Pulled(after))
    assert tap.read(link=Pulled(38)).genuine


def test_survey_does_without_ef_atr_info(world: World) -> None:
    card = with_file(world.data(), Application.MASTER, ATR_INFO, None)
    tap = Tap(world, card)
    assert run(survey(), tap.link()).block == 223
    assert tap.read().genuine


def test_survey_takes_the_first_pace_variant_that_is_supported(world: World) -> None:
    infos = security_infos.decode(content_of(world.data(), Application.MASTER, CARD_ACCESS))
    (good,) = infos.pace
    others = (
        replace(good, version=1),
        replace(good, parameter_id=None),
        replace(good, parameter_id=99),
        PaceInfo("0.4.0.127.0.7.2.2.4.4.2", 2, good.parameter_id),  # integrated mapping
        PaceInfo("0.4.0.127.0.7.2.2.4.2.1", 2, good.parameter_id),  # 3DES
    )
    assert choose_pace(replace(infos, pace=(*others, good))) == good
    for other in others:
        with pytest.raises(ProtocolError):
            choose_pace(replace(infos, pace=(other,)))


@pytest.mark.parametrize("missing", ["chip_authentication", "domain_parameters"])
def test_card_that_does_not_announce_a_protocol_is_not_read(world: World, missing: str) -> None:
    infos = security_infos.decode(content_of(world.data(), Application.MASTER, CARD_ACCESS))
    changed = security_infos.encode(replace(infos, **{missing: ()}))
    card = with_file(world.data(), Application.MASTER, CARD_ACCESS, changed)
    with pytest.raises(ProtocolError, match="chip authentication"):
        Tap(world, card).read()


def test_card_without_terminal_authentication_is_not_read(world: World) -> None:
    infos = security_infos.decode(content_of(world.data(), Application.MASTER, CARD_ACCESS))
    changed = security_infos.encode(replace(infos, terminal_authentication=()))
    card = with_file(world.data(), Application.MASTER, CARD_ACCESS, changed)
    with pytest.raises(ProtocolError, match="terminal authentication"):
        Tap(world, card).read()


def test_card_security_without_the_chosen_key_ends_the_tap(world: World) -> None:
    def without_keys(octets: bytes) -> bytes:
        return security_infos.encode(replace(security_infos.decode(octets), chip_keys=()))

    card = with_card_security(world, world.data(), without_keys)
    with pytest.raises(ProtocolError, match="no key"):
        Tap(world, card).read()


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.ERROR, Outcome.NOT_RUN])
def test_reading_is_genuine_only_with_every_check_passed_and_its_content(
    world: World, outcome: Outcome
) -> None:
    reading = Tap(world, world.data()).read()
    first, *others = reading.checks
    assert not replace(reading, checks=(replace(first, outcome=outcome), *others)).genuine
    assert not replace(reading, content=None).genuine
    assert reading.genuine


def test_card_that_announces_more_is_read_by_what_belongs_together(world: World) -> None:
    """Version 1 beside version 2, a second chip key on another curve, listed before ours, and
    3DES before AES: old documents have it.
    """
    honest, other = world.data(CardType.KRRC_1_BP256), P256

    def announced(octets: bytes) -> bytes:
        infos = security_infos.decode(octets)
        (chip,), (domain,) = infos.chip_authentication, infos.domain_parameters
        (terminal,), (pace,) = infos.terminal_authentication, infos.pace
        chip_3des = replace(chip, protocol=f"{security_infos.CA_ECDH}.1")
        pace_3des = replace(pace, protocol=f"{security_infos.PACE}.2.1")
        keys = tuple(replace(each, key_id=0, key=other_key) for each in infos.chip_keys)
        return security_infos.encode(
            replace(
                infos,
                pace=(pace_3des, pace),
                chip_authentication=(chip_3des, replace(chip, version=1), chip),
                domain_parameters=(
                    replace(domain, parameter_id=other.parameter_id, key_id=0),
                    domain,
                ),
                terminal_authentication=(replace(terminal, version=1), terminal),
                chip_keys=(*keys, *infos.chip_keys),
            )
        )

    other_key = other.generate().public_key()
    card = with_card_security(world, honest, announced)
    access = announced(content_of(honest, Application.MASTER, CARD_ACCESS))
    card = with_file(card, Application.MASTER, CARD_ACCESS, access)
    decoy = security_infos.decode(access)
    assert decoy.domain_parameters[0].key_id == 0
    assert decoy.chip_authentication[0].protocol.endswith(".3.2.1")
    assert decoy.chip_authentication[1].version == 1
    assert decoy.pace[0].protocol.endswith(".4.2.1")
    assert decoy.terminal_authentication[0].version == 1
    assert Tap(world, card).read().genuine
