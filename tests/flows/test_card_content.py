"""A chip that is not the one its data are of, files that were changed, lengths that lie."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from apdu.crypto.curves import P256
from apdu.lds import security_infos
from apdu.lds.security_infos import PaceInfo
from card_sim.chip import CardData
from card_sim.files import Application, ElementaryFile
from card_sim.home import Attack
from card_sim.personalize import CardType, file_names, personalize
from card_sim.persons import Person
from station.domain.errors import Exit
from tests.flows.cards import card_with, reads_well, refused
from tests.flows.world import World


def test_clone_is_not_genuine(world: World) -> None:
    number = world.open()
    error = refused(world, number, world.materials.card(world.kim, Attack(clone=True)))
    assert (error.code, error.detail.split(",")[0]) == ("card.not_genuine", "chip_authentication")
    assert error.exit is Exit.NOT_AUTHENTIC
    reads_well(world, number)


LDS1 = ("EF.SOD", "DG1", "DG2", "DG11", "DG12", "DG14")


@pytest.mark.parametrize("name", [*LDS1, "EF.CardSecurity", "EF.CardAccess"])
def test_altered_file_is_not_genuine(world: World, name: str) -> None:
    """One bit, at the start, in the middle and at the end of each signed file."""
    number = world.open()
    for offset in _offsets(world, name):
        card = world.materials.card(world.kim, Attack(alter=(name, offset)))
        error = refused(world, number, card)
        assert error.code in {"card.not_genuine", "card.protocol", "card.refused"}, offset
        assert world.kim.family_name not in str(error)
    reads_well(world, number)


def _offsets(world: World, name: str) -> tuple[int, ...]:
    data = world.materials.data(world.kim)
    [(application, identifier)] = [k for k, known in file_names(data).items() if known == name]
    [file] = [f for f in data.files[application] if f.identifier == identifier]
    length = len(file.content)
    return (0, 1, length // 2, length - 1)


@pytest.mark.parametrize("name", LDS1)
def test_file_that_lies_about_its_length_is_refused(world: World, name: str) -> None:
    number = world.open()
    for length in (b"\x84\xff\xff\xff\xff", b"\x83\x02\x00\x01", b"\x82\xff\xff", b"\x80", b"\xff"):
        data = _with_length(world.materials.data(world.kim), name, length)
        error = refused(world, number, card_with(world, data))
        assert error.code in {"card.protocol", "card.not_genuine"}, length
    reads_well(world, number)


def _with_length(data: CardData, name: str, length: bytes) -> CardData:
    """The card with another length octets behind the first tag of a file."""

    def lying(file: ElementaryFile) -> ElementaryFile:
        tag = file.content[: 2 if file.content[0] & 0x1F == 0x1F else 1]
        return replace(file, content=tag + length + file.content[len(tag) + 4 :])

    return _changed(data, name, lying)


def _changed(
    data: CardData, name: str, change: Callable[[ElementaryFile], ElementaryFile]
) -> CardData:
    [(application, identifier)] = [k for k, known in file_names(data).items() if known == name]
    files = tuple(
        change(file) if file.identifier == identifier else file for file in data.files[application]
    )
    return replace(data, files={**data.files, application: files})


@pytest.mark.parametrize("missing", LDS1)
def test_file_that_is_missing_is_refused(world: World, missing: str) -> None:
    number = world.open()
    data = world.materials.data(world.kim)
    [(application, identifier)] = [k for k, v in file_names(data).items() if v == missing]
    kept = tuple(f for f in data.files[application] if f.identifier != identifier)
    poorer = replace(data, files={**data.files, application: kept})
    assert refused(world, number, card_with(world, poorer)).code == "card.refused"
    reads_well(world, number)


def _mixed(world: World, application: Application) -> CardData:
    """Kim's card with one application of Namgung's."""
    mine, theirs = world.materials.data(world.kim), world.materials.data(world.namgung)
    return replace(mine, files={**mine.files, application: theirs.files[application]})


@pytest.mark.parametrize("application", [Application.EID, Application.LDS1, Application.MASTER])
def test_application_of_another_card_is_found_out(world: World, application: Application) -> None:
    number = world.open()
    error = refused(world, number, card_with(world, _mixed(world, application)))
    assert error.code == "card.not_genuine"
    reads_well(world, number)


def _with_application(world: World, application: Application, person: Person) -> CardData:
    """Kim's card with one application made for `person` and the same chip."""
    pki, mine = world.materials.home.pki, world.materials.data(world.kim)
    made = personalize(person, pki, CardType.KRRC_1, mine.chip_key)
    return replace(mine, files={**mine.files, application: made.files[application]})


DISAGREEMENTS: dict[str, dict[str, object]] = {
    "name_agrees": {"given_names": "민자"},
    "date_of_birth_agrees": {"date_of_birth": date(1991, 2, 3)},
    "sex_agrees": {"sex": "M"},
    "date_of_issue_agrees,date_of_expiry_agrees": {"date_of_issue": date(2024, 5, 6)},
}


@pytest.mark.parametrize("failed", DISAGREEMENTS)
def test_unsigned_data_that_disagree_with_the_signed_are_found_out(
    world: World, failed: str
) -> None:
    """Every file is readable and every signature holds; only the two applications differ."""
    number = world.open()
    person = replace(world.kim, **DISAGREEMENTS[failed])  # type: ignore[arg-type]
    data = _with_application(world, Application.EID, person)
    error = refused(world, number, card_with(world, data))
    assert error.code == "card.not_genuine"
    assert set(error.detail.split(",")) == set(failed.split(","))
    reads_well(world, number)


def test_signed_files_of_another_chip_are_found_out(world: World) -> None:
    """The same person's signed files from a card with another chip key, copied onto this one."""
    number = world.open()
    pki, mine = world.materials.home.pki, world.materials.data(world.kim)
    other = personalize(world.kim, pki, CardType.KRRC_1, P256.generate())
    lds = {**mine.files, Application.LDS1: other.files[Application.LDS1]}
    error = refused(world, number, card_with(world, replace(mine, files=lds)))
    assert (error.code, error.detail) == ("card.not_genuine", "chip_keys_agree")
    reads_well(world, number)


def test_protocols_announced_and_not_signed_are_found_out(world: World) -> None:
    """EF.CardAccess is in clear: whoever adds to it is found out by its signed counterpart."""
    number = world.open()

    def announcing_more(file: ElementaryFile) -> ElementaryFile:
        infos = security_infos.decode(file.content)
        more = PaceInfo("0.4.0.127.0.7.2.2.4.2.3", 2, infos.pace[0].parameter_id)
        announced = replace(infos, pace=(*infos.pace, more))
        return replace(file, content=security_infos.encode(announced))

    data = _changed(world.materials.data(world.kim), "EF.CardAccess", announcing_more)
    error = refused(world, number, card_with(world, data))
    assert error.code == "card.not_genuine"
    assert error.detail.startswith("card_access_as_signed")
    reads_well(world, number)
