"""Travel documents of virtual cards, and documents with something else in them, properly signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from apdu.exchange import run
from apdu.iso7816 import CommandAPDU
from apdu.lds import data_groups, sod
from apdu.lds.security_infos import SecurityInfos
from apdu.lds.signature_schemes import SHA256
from apdu.profiles.checks import Check, Outcome
from apdu.profiles.icao import DocumentReading, read_document
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from card_sim.chip import CardData
from card_sim.files import Application, ElementaryFile, after_pace
from tests.apdu.profiles.taps import EF_SOD, NOW, Tap, content_of, signed_by, with_file
from tests.card_sim.world import World


@dataclass
class Watched:
    """A card, the commands it was sent, and something between that may change an answer."""

    card: CardData
    world: World
    change: Callable[[bytes, bytes], bytes] = lambda command, answer: answer
    log: list[CommandAPDU] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.link = Tap(self.world, self.card).link()

    def transmit(self, octets: bytes) -> bytes:
        self.log.append(CommandAPDU.decode(octets))
        return self.change(octets, self.link.transmit(octets))


def read(
    world: World,
    card: CardData | None = None,
    password: Password | None = None,
    **options: object,
) -> DocumentReading:
    over = Watched(card or world.data(), world)
    return read_over(world, over, password, **options)


def read_over(
    world: World, over: Watched, password: Password | None = None, **options: object
) -> DocumentReading:
    trust = TrustStore((world.home.pki.csca.der,))
    password = password or Password.can(world.person.can)
    return run(read_document(password, trust, NOW, **options), over)  # type: ignore[arg-type]


def by_zone(world: World) -> Password:
    return Password.mrz(world.person.mrz.mrz_information)


def found(reading: DocumentReading) -> dict[str, Check]:
    return {each.name: each for each in reading.checks}


def only(reading: DocumentReading) -> Check:
    """The one check that did not pass."""
    (check,) = (each for each in reading.checks if each.outcome is not Outcome.PASS)
    assert not reading.genuine
    return check


def outcomes_that_are_not_pass(reading: DocumentReading) -> dict[str, str]:
    """The checks nobody could make, and why."""
    missing = {each.name: each for each in reading.checks if each.outcome is not Outcome.PASS}
    assert {each.outcome for each in missing.values()} == {Outcome.NOT_RUN}
    assert not reading.genuine
    return {name: each.reason for name, each in missing.items()}


def with_groups(
    world: World,
    card: CardData,
    groups: Mapping[int, bytes],
    listed: tuple[int, ...] | None = None,
) -> CardData:
    """Other or further groups, signed by the state; `listed`, if not all of them."""
    there = {file.identifier & 0xFF for file in card.files[Application.LDS1]}
    files = list(card.files[Application.LDS1])
    for number, content in groups.items():
        if number in there:
            card = with_file(card, Application.LDS1, 0x0100 | number, content)
        else:
            files.append(ElementaryFile(0x0100 | number, number, content, after_pace))
            card = replace(card, files={**card.files, Application.LDS1: tuple(files)})
    contents = {
        file.identifier & 0xFF: file.content
        for file in card.files[Application.LDS1]
        if file.identifier not in (EF_SOD, 0x011E)
    }
    numbers = listed if listed is not None else tuple(contents)
    lds = sod.make_lds_security_object(SHA256, {n: contents[n] for n in numbers})
    signed = signed_by(
        world.home.pki.document_signer,
        sod.LDS_SECURITY_OBJECT,
        sod.encode_lds_security_object(lds),
    )
    return with_file(card, Application.LDS1, EF_SOD, sod.encode_file(signed))


def infos_of(card: CardData) -> SecurityInfos:
    return data_groups.decode_dg14(content_of(card, Application.LDS1, 0x010E))


def with_infos(world: World, **changes: object) -> CardData:
    card = world.data()
    infos = replace(infos_of(card), **changes)  # type: ignore[arg-type]
    return with_groups(world, card, {14: data_groups.encode_dg14(infos)})


def stops_at(reading: DocumentReading, name: str) -> Check:
    """The check the tap ended at: PASS before it, nothing after it, no data."""
    names = [each.name for each in reading.checks]
    place = names.index(name)
    assert {each.outcome for each in reading.checks[:place]} <= {Outcome.PASS}
    assert {each.outcome for each in reading.checks[place + 1 :]} <= {Outcome.NOT_RUN}
    assert reading.content is None
    assert reading.files == {}
    assert not reading.genuine
    return reading.checks[place]
