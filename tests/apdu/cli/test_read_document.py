"""`apdu read` of a travel document: its CAN or its zone, no terminal, and no rights."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from apdu.cli.report import masked
from apdu.lds import security_infos
from apdu.lds.portrait import Portrait
from apdu.profiles.icao import DocumentContent
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.personalize import cloned
from tests.apdu.cli.cards import run, serve
from tests.apdu.profiles.taps import CARD_ACCESS, content_of, with_file, with_flipped
from tests.card_sim.world import World

CAN = "271828"
CHECKS = [
    "pace",
    "lds_signature_authentic",
    "dg14_as_signed",
    "chip_authentication",
    "dg1_as_signed",
    "dg2_as_signed",
    "dg11_as_signed",
    "dg12_as_signed",
    "data_well_formed",
]


def document(world: World) -> CardData:
    """A card that is none for terminals: EF.CardAccess announces PACE alone."""
    card = world.data()
    infos = security_infos.decode(content_of(card, Application.MASTER, CARD_ACCESS))
    plain = security_infos.encode(
        replace(infos, chip_authentication=(), terminal_authentication=(), domain_parameters=())
    )
    return with_file(card, Application.MASTER, CARD_ACCESS, plain)


def read(url: str, terminal: Path, *more: str | Path, typed: str = "") -> Result:
    """Without a terminal's rights: only whom to trust is known."""
    return run("read", "--reader", url, "--csca", terminal / "csca.der", *more, typed=typed)


def test_document_is_read_with_the_can(world: World, terminal: Path) -> None:
    result = read(serve(world), terminal, "--can", CAN)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[: len(CHECKS)] == [f"PASS    {each}" for each in CHECKS]
    assert [line.split()[0] for line in lines[len(CHECKS) :]] == [
        "name", "date_of_birth", "document_number", "date_of_expiry", "portrait",
    ]  # fmt: skip
    person = world.person
    secrets = (person.document_number, f"{person.date_of_birth:%y%m%d}", person.given_names)
    assert not [each for each in secrets if each in result.output]


@pytest.mark.parametrize("whole", [True, False])
def test_document_is_read_with_its_zone(world: World, terminal: Path, whole: bool) -> None:
    person = world.person
    zone = content_of(world.data(), Application.LDS1, 0x0101)[-90:].decode("ascii")
    lines = [zone[:30], zone[30:60], zone[60:]]
    if not whole:
        dates = (person.date_of_birth, person.date_of_expiry)
        lines = [person.document_number, *(f"{each:%y%m%d}" for each in dates)]
    result = read(serve(world), terminal, "--mrz", "--json", typed="\n".join((*lines, "")))
    shown = json.loads(result.stdout)
    assert (result.exit_code, shown["genuine"]) == (0, True)
    assert [each["name"] for each in shown["checks"]] == [*CHECKS, "mrz_agrees"]
    assert not [each for each in lines[:2] if each in result.output]


def test_can_is_asked_for_with_a_dash(world: World, terminal: Path) -> None:
    result = read(serve(world), terminal, "--can", "-", typed=f"{CAN}\n")
    assert result.exit_code == 0
    assert result.stderr == "reading the CAN from standard input\n"


def test_out_keeps_what_verify_takes(world: World, terminal: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert read(serve(world), terminal, "--can", CAN, "--out", out).exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        "person.json", "portrait.jpg", "EF.CardAccess.bin", "EF.SOD.bin",
        *(f"DG{number}.bin" for number in (1, 2, 11, 12, 14)),
    }  # fmt: skip
    person: dict[str, Any] = json.loads((out / "person.json").read_text("utf-8"))
    assert world.person.document_number in person["machine_readable_zone"]
    assert run("verify", out, "--csca", terminal / "csca.der").exit_code == 0


def test_out_keeps_nothing_of_who_was_read_before(
    world: World, terminal: Path, tmp_path: Path
) -> None:
    """Else the address of one person would lie beside the portrait of another."""
    out = tmp_path / "out"
    whole = ("read", "--reader", serve(world), "--terminal", terminal, "--out", out)
    assert run(*whole, typed=f"{world.person.pin}\n").exit_code == 0
    (out / "portrait.jp2").touch()
    (out / "notes.txt").touch()
    before = {path.name for path in out.iterdir()}
    assert read(serve(world), terminal, "--can", CAN, "--out", out).exit_code == 0
    after = {path.name for path in out.iterdir()}
    assert "notes.txt" in after
    assert before - after == {"portrait.jp2", "EF.CardSecurity.bin"} | {
        name for name in before if name.startswith("eID.")
    }


def test_clone_and_altered_document_end_with_5(
    world: World, terminal: Path, tmp_path: Path
) -> None:
    altered = with_flipped(world.data(), Application.LDS1, 0x0102, 9000)
    for card, failing in (
        (cloned(world.data()), "FAIL    chip_authentication"),
        (altered, "FAIL    dg2_as_signed"),
    ):
        result = read(serve(world, card), terminal, "--can", CAN, "--out", tmp_path / "out")
        assert result.exit_code == 5
        assert failing in result.stdout
        assert "portrait" not in result.stdout
        assert not (tmp_path / "out").exists()


def test_wrong_can_ends_with_4(world: World, terminal: Path) -> None:
    result = read(serve(world), terminal, "--can", "000000")
    assert result.exit_code == 4
    assert "the CAN is wrong" in result.stderr


def with_terminal(url: str, terminal: Path, *more: str, typed: str = "") -> Result:
    return run("read", "--reader", url, "--terminal", terminal, *more, typed=typed)


def test_card_that_is_none_for_terminals_is_read_as_a_document(
    world: World, terminal: Path
) -> None:
    result = with_terminal(serve(world, document(world)), terminal, "--can", CAN, "--json")
    shown = json.loads(result.stdout)
    assert "terminal_authentication" not in {each["name"] for each in shown["checks"]}


def test_document_is_not_read_with_a_pin(world: World, terminal: Path) -> None:
    memory = world.memory()
    result = with_terminal(serve(world, document(world), memory), terminal, typed="246813\n")
    assert result.exit_code == 2
    assert "with --can or --mrz" in result.stderr
    assert "standard input" not in result.stderr
    assert memory.state == world.state()


def test_profile_may_be_said(world: World, terminal: Path) -> None:
    result = with_terminal(serve(world), terminal, "--can", CAN, "--profile", "icao")
    assert (result.exit_code, result.stdout.count("PASS")) == (0, len(CHECKS))
    result = with_terminal(
        serve(world, document(world)), terminal, "--can", CAN, "--profile", "krrc"
    )
    assert result.exit_code == 4
    assert "does not offer" in result.stderr


def test_document_without_pace_is_refused_by_name(world: World, terminal: Path) -> None:
    card = with_file(world.data(), Application.MASTER, CARD_ACCESS, None)
    for result in (
        read(serve(world, card), terminal, "--can", CAN),
        with_terminal(serve(world, card), terminal, "--can", CAN),
    ):
        assert result.exit_code == 4
        assert "does not offer PACE" in result.stderr
    result = with_terminal(serve(world, card), terminal, "--can", CAN, "--profile", "krrc")
    assert result.exit_code == 4
    assert "6A82" in result.stderr


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        (
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            ("E*******", "74****", "******2C3", "120415"),
        ),
        (
            "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6",
            ("E*******", "74****", "******890", "120415"),
        ),
        (
            "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6"
            "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ("E*******", "74****", "******890", "120415"),
        ),
    ],
)
def test_zones_of_every_size_are_masked(zone: str, shown: tuple[str, ...]) -> None:
    told = masked(DocumentContent(zone, Portrait(b"\xff\xd8\xff", "jpeg"), None, None))
    assert tuple(told.values()) == (*shown, "jpeg, 3 octets")
