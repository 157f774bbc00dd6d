"""Every synthetic person visits: who may have a card gets it, in the characters of the chip."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from apdu.lds.portrait import image_format
from card_sim.persons import Person
from card_sim.phone.store import Card
from station.domain.case import Stage
from station.domain.errors import Exit, StationError
from tests.flows.test_visit import on_the_phone, received
from tests.flows.world import OFFICER, World

UNUSUAL = ("montgomery-theodora", "oh-yundal", "jeong-sajin", "shin-taegeu")


def person_of(world: World, name: str) -> Person:
    return world.materials.home.person(name)


def disclosed(card: Card) -> dict[str, object]:
    """What the SD-JWT VC on the phone discloses, at its top."""
    held = card.held("dc+sd-jwt")
    assert held is not None
    parts = [part for part in held.credential.split("~")[1:] if part]
    pieces = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts]
    return {piece[1]: piece[2] for piece in pieces if len(piece) == 3}


@pytest.mark.parametrize("name", UNUSUAL)
def test_whoever_may_gets_a_card_that_says_what_the_chip_says(
    world: World, tmp_path: Path, name: str
) -> None:
    person = person_of(world, name)
    number = world.approved(person)
    identity = world.identity_of(number)
    assert identity is not None
    assert (identity.family_name, identity.given_names) == (person.family_name, person.given_names)
    assert (identity.full_name, identity.name_hanja) == (person.name, person.hanja)
    assert identity.address.street == person.address.street
    assert identity.date_of_birth == person.date_of_birth
    assert image_format(identity.portrait) == person.portrait_format
    card = received(world, number, tmp_path / "phone")
    claims = disclosed(card)
    assert claims["family_name"] == person.family_name
    assert claims["given_name"] == person.given_names
    assert claims["birthdate"] == person.date_of_birth.isoformat()
    world.station.lifecycle.activate(number, OFFICER)
    shown = on_the_phone(world, card).name
    assert shown in (person.name, f"{person.family_name} {person.given_names}")
    assert world.station.papers.receipt(number, OFFICER).document_number
    assert world.stage(number) is Stage.CLOSED


def test_portrait_in_jpeg_2000_becomes_a_jpeg_for_those_who_read_no_other(
    world: World, tmp_path: Path
) -> None:
    number = world.approved(person_of(world, "jeong-sajin"))
    identity = world.identity_of(number)
    assert identity is not None
    picture = disclosed(received(world, number, tmp_path / "phone"))["picture"]
    assert isinstance(picture, str)
    kind, _, encoded = picture.partition(",")
    assert kind == "data:image/jpeg;base64"
    with (
        Image.open(io.BytesIO(base64.b64decode(encoded)), formats=["JPEG"]) as made,
        Image.open(io.BytesIO(identity.portrait), formats=["JPEG2000"]) as original,
    ):
        assert made.size == original.size
        difference = [
            abs(left - right)
            for left, right in zip(
                made.convert("L").resize((9, 12)).tobytes(),
                original.convert("L").resize((9, 12)).tobytes(),
                strict=True,
            )
        ]
    assert max(difference) <= 8


@pytest.mark.parametrize(
    ("name", "code"),
    [("choi-bunsil", "eligibility.card_lost"), ("park-doyun", "eligibility.too_young")],
)
def test_whoever_may_not_is_refused_by_the_exported_registry(
    world: World, name: str, code: str
) -> None:
    person = person_of(world, name)
    number = world.open()
    world.read(number, world.materials.card(person), person.pin)
    world.identify(number)
    with pytest.raises(StationError) as caught:
        world.approve(number)
    assert (caught.value.code, caught.value.exit) == (code, Exit.POLICY)
    assert world.stage(number) is Stage.REFUSED
    assert world.identity_of(number) is None
