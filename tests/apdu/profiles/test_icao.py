"""Plain travel documents: opened by CAN or MRZ, read whole, in few commands."""

from dataclasses import replace

import pytest

from apdu.errors import ProtocolError, VerificationFailed
from apdu.lds import mrz, security_infos
from apdu.lds.security_infos import (
    PACE_ECDH_CAM_AES128,
    PaceInfo,
    SecurityInfos,
)
from apdu.profiles.checks import Outcome
from apdu.profiles.icao import CHECKS, GROUPS
from apdu.protocols.password import Password
from card_sim.files import Application
from card_sim.personalize import CardType
from tests.apdu.profiles.documents import (
    Watched,
    by_zone,
    found,
    read,
    read_over,
)
from tests.apdu.profiles.taps import CARD_ACCESS, EF_SOD, content_of, with_file
from tests.card_sim.world import World

# Honest documents: the travel document application of every card.


@pytest.mark.parametrize("card_type", list(CardType))
@pytest.mark.parametrize("password", ["CAN", "MRZ"])
def test_every_card_is_a_travel_document_too(
    world: World, card_type: CardType, password: str
) -> None:
    chosen = by_zone(world) if password == "MRZ" else None
    reading = read(world, world.data(card_type), chosen)
    assert reading.genuine
    assert {each.outcome for each in reading.checks} == {Outcome.PASS}
    struck = {"pace_as_signed"} | ({"mrz_agrees"} if password == "CAN" else set())
    assert [each.name for each in reading.checks] == [n for n in CHECKS if n not in struck]


def test_reading_carries_what_the_groups_say(world: World) -> None:
    reading = read(world)
    person, content = world.person, reading.content
    assert content is not None
    assert content.zone == mrz.encode(person.mrz)
    assert content.portrait.image.startswith(b"\xff\xd8")
    assert content.person is not None
    assert content.person.date_of_birth == person.date_of_birth
    assert content.document is not None
    assert content.document.issuing_authority == person.issuing_authority


def test_reading_keeps_the_files_as_they_came_and_ef_com_is_not_among_them(world: World) -> None:
    card = world.data()
    reading = read(world, card)
    numbers = {f"DG{n}": 0x0100 | n for n in GROUPS} | {"EF.SOD": EF_SOD}
    expected = {name: content_of(card, Application.LDS1, fid) for name, fid in numbers.items()}
    expected["EF.CardAccess"] = content_of(card, Application.MASTER, CARD_ACCESS)
    assert dict(reading.files) == expected


def test_reading_shows_nothing_of_the_person(world: World) -> None:
    shown = repr(read(world)) + repr(read(world).content)
    person = world.person
    assert not any(each in shown for each in (person.family_name, person.document_number))


def test_progress_names_every_file_in_the_order_it_is_needed(world: World) -> None:
    """The chip is proven before the person's data are read."""
    told: list[str] = []
    read(world, progress=lambda name, so_far, in_all: told.append(name))
    assert list(dict.fromkeys(told)) == ["EF.SOD", "DG14", "DG1", "DG2", "DG11", "DG12"]


# How many commands it takes.


def test_signed_list_zone_and_portrait_by_can_take_eleven_commands(world: World) -> None:
    over = Watched(world.data(), world)
    reading = read_over(world, over, groups=(1, 2), prove_chip=False)
    assert len(over.log) == 11
    assert not reading.genuine, "a copy would pass as well"
    assert {name: check.outcome for name, check in found(reading).items()} == {
        "pace": Outcome.PASS,
        "lds_signature_authentic": Outcome.PASS,
        "pace_as_signed": Outcome.NOT_RUN,
        "chip_authentication": Outcome.NOT_RUN,
        "dg1_as_signed": Outcome.PASS,
        "dg2_as_signed": Outcome.PASS,
        "data_well_formed": Outcome.PASS,
    }


def test_everything_with_the_chip_proven_takes_seventeen(world: World) -> None:
    over = Watched(world.data(), world)
    assert read_over(world, over).genuine
    assert len(over.log) == 17


@pytest.mark.parametrize("block", [4096, 1000, 223])
def test_blocks_are_capped_for_readers_with_short_commands(world: World, block: int) -> None:
    over = Watched(world.data(), world)
    reading = read_over(world, over, max_block=block)
    assert reading.genuine
    blocks = sum(-(-len(octets) // block) for octets in reading.files.values())
    others = 1 + 5 + 1 + 2 + 1  # EF.ATR/INFO, PACE, SELECT, chip authentication and its proof
    assert len(over.log) == blocks + others
    assert block > 256 or not any(command.extended for command in over.log)


# Passwords.


def test_wrong_can_opens_nothing(world: World) -> None:
    over = Watched(world.data(), world)
    with pytest.raises(VerificationFailed):
        read_over(world, over, Password.can("000000"))
    assert len(over.log) == 7


def test_zone_of_another_document_opens_nothing(world: World) -> None:
    other = replace(world.person.mrz, date_of_birth="900101")
    with pytest.raises(VerificationFailed):
        read(world, password=Password.mrz(other.mrz_information))


def test_groups_that_are_not_for_everybody_are_not_asked_for(world: World) -> None:
    over = Watched(world.data(), world)
    with pytest.raises(ValueError, match=r"groups \[3\]"):
        read_over(world, over, groups=(1, 2, 3))
    assert over.log == []


# No falling back.


def test_document_without_pace_is_refused_by_name_and_bac_is_not_tried(world: World) -> None:
    card = with_file(world.data(), Application.MASTER, CARD_ACCESS, None)
    over = Watched(card, world)
    with pytest.raises(ProtocolError, match="does not offer PACE; basic access control"):
        read_over(world, over)
    assert {command.ins for command in over.log} == {0xB0}, "no GET CHALLENGE"


@pytest.mark.parametrize(
    "protocol",
    ["0.4.0.127.0.7.2.2.4.1.2", "0.4.0.127.0.7.2.2.4.4.2", PACE_ECDH_CAM_AES128],
    ids=["DH", "integrated mapping", "chip authentication mapping"],
)
def test_document_with_another_mapping_only_is_refused_by_name(world: World, protocol: str) -> None:
    infos = SecurityInfos(pace=(PaceInfo(protocol, 2, 12),))
    card = with_file(world.data(), Application.MASTER, CARD_ACCESS, security_infos.encode(infos))
    with pytest.raises(ProtocolError, match="no PACE variant that is supported"):
        read(world, card)
