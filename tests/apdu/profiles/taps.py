"""Taps of virtual cards, and cards with something wrong in them that is properly signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from apdu.crypto.curves import PublicKey
from apdu.exchange import Transport, run
from apdu.lds import eid_groups, security_infos, sod
from apdu.lds.signature_schemes import SHA256
from apdu.profiles.checks import Check, Outcome
from apdu.profiles.krrc import (
    CHECKS,
    LDS1_GROUPS,
    ChipReading,
    TerminalCredentials,
    read_card,
    survey,
)
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from card_sim.card import VirtualCard
from card_sim.certificates import Identity
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, personalize
from card_sim.persons import Person
from card_sim.pki import TerminalChain
from tests.card_sim.terminal import sign
from tests.card_sim.world import TODAY, World

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
CARD_ACCESS, CARD_SECURITY, EF_SOD = 0x011C, 0x011D, 0x011D


@dataclass
class Counter:
    """Passes commands on and counts them."""

    link: Transport
    commands: int = 0
    longest_answer: int = 0

    def transmit(self, command: bytes) -> bytes:
        self.commands += 1
        answer = self.link.transmit(command)
        self.longest_answer = max(self.longest_answer, len(answer))
        return answer


@dataclass
class Tap:
    """Everything a tap needs; the card and each of these can be another one."""

    world: World
    card: CardData
    password: Password | None = None
    chain: TerminalChain | None = None
    trust: TrustStore | None = None
    now: datetime = NOW
    memory: Memory | None = None

    def link(self) -> VirtualCard:
        memory = self.memory or Memory(Volatile(), self.world.state(_type_of(self.card)))
        return VirtualCard(self.card, memory)

    def read(self, max_block: int | None = None, link: Transport | None = None) -> ChipReading:
        link = link or self.link()
        found = run(survey(max_block), link)
        password = self.password or Password.pin(self.world.person.pin)
        trust = self.trust or TrustStore((self.world.home.pki.csca.der,))
        return run(read_card(found, password, self.terminal(), trust, self.now), link)

    def terminal(self) -> TerminalCredentials:
        chain = self.chain or self.world.chain
        certificates = (chain.cvca.encoded, chain.dv.encoded, chain.terminal.encoded)
        return TerminalCredentials(certificates, lambda message: sign(chain.terminal_key, message))


def _type_of(card: CardData) -> CardType:
    return next(each for each in CardType if each.model.curve is card.curve)


def outcomes(reading: ChipReading) -> dict[str, Outcome]:
    return {each.name: each.outcome for each in reading.checks}


def failing(reading: ChipReading) -> tuple[Check, ...]:
    return tuple(each for each in reading.checks if each.outcome is not Outcome.PASS)


def failed(reading: ChipReading) -> set[str]:
    return {each.name for each in failing(reading)}


def only(reading: ChipReading, name: str) -> Check:
    """The one check that did not pass, which has to be `name`."""
    (check,) = failing(reading)
    assert check.name == name
    return check


def stops_at(reading: ChipReading, name: str) -> Check:
    """The check the tap ended at: PASS before it, NOT_RUN after it, no data."""
    place = CHECKS.index(name)
    found = [each.outcome for each in reading.checks]
    assert found[:place] == [Outcome.PASS] * place
    assert found[place + 1 :] == [Outcome.NOT_RUN] * (len(CHECKS) - place - 1)
    assert reading.content is None
    assert not reading.genuine
    assert reading.chip_fingerprint == ""
    assert not reading.digests
    return reading.checks[place]


def content_of(card: CardData, application: Application, identifier: int) -> bytes:
    return next(f.content for f in card.files[application] if f.identifier == identifier)


def with_file(
    card: CardData, application: Application, identifier: int, content: bytes | None
) -> CardData:
    """The card with another content of one file, or without the file."""
    files = tuple(
        replace(each, content=each.content if content is None else content)
        if each.identifier == identifier
        else each
        for each in card.files[application]
        if content is not None or each.identifier != identifier
    )
    return replace(card, files={**card.files, application: files})


def with_flipped(
    card: CardData, application: Application, identifier: int, offset: int = -1
) -> CardData:
    content = bytearray(content_of(card, application, identifier))
    content[offset] ^= 0x01
    return with_file(card, application, identifier, bytes(content))


def with_eid(card: CardData, person: Person, **changes: Any) -> CardData:
    """Other values in the unsigned eID application."""
    data = replace(person.eid, **changes)
    for number in eid_groups.GROUPS:
        content = eid_groups.encode_group(number, data)
        card = with_file(card, Application.EID, 0x0100 | number, content)
    return card


def with_lds(world: World, card: CardData, groups: Mapping[int, bytes]) -> CardData:
    """Other data groups in LDS1, signed by the document signer as if they were right."""
    for number, content in groups.items():
        card = with_file(card, Application.LDS1, 0x0100 | number, content)
    files = {n: content_of(card, Application.LDS1, 0x0100 | n) for n in LDS1_GROUPS}
    lds = sod.make_lds_security_object(SHA256, files)
    content = sod.encode_lds_security_object(lds)
    signed = signed_by(world.home.pki.document_signer, sod.LDS_SECURITY_OBJECT, content)
    return with_file(card, Application.LDS1, EF_SOD, sod.encode_file(signed))


def with_card_security(
    world: World, card: CardData, change: Callable[[bytes], bytes], content_type: str = ""
) -> CardData:
    """EF.CardSecurity with changed SecurityInfos, properly signed."""
    infos = sod.decode(content_of(card, Application.MASTER, CARD_SECURITY)).content
    signer = world.home.pki.document_signer
    signed = signed_by(signer, content_type or sod.SECURITY_OBJECT, change(infos))
    return with_file(card, Application.MASTER, CARD_SECURITY, signed)


def with_chip_key(octets: bytes, key: PublicKey) -> bytes:
    """The SecurityInfos with another chip key."""
    infos = security_infos.decode(octets)
    keys = tuple(replace(each, key=key) for each in infos.chip_keys)
    return security_infos.encode(replace(infos, chip_keys=keys))


def signed_by(signer: Identity, content_type: str, content: bytes) -> bytes:
    algorithm = ec.ECDSA(hashes.SHA256())
    return sod.build_signed_data(
        content_type, content, signer.der, lambda octets: signer.key.sign(octets, algorithm), NOW
    )


def card_of(world: World, person: Person) -> CardData:
    """A card made for another version of the person, everything consistent and signed."""
    chip_key = world.data().chip_key
    return personalize(person, world.home.pki, CardType.KRRC_1, chip_key)
