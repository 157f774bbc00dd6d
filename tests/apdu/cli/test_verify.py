"""`apdu verify`: files on disk against a state's root, whatever the tool that wrote them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from apdu.cli.card_files import standard_name
from apdu.crypto.curves import P256
from apdu.lds import security_infos
from card_sim.files import Application
from tests.apdu.cli.cards import run
from tests.apdu.profiles.taps import (
    CARD_ACCESS,
    CARD_SECURITY,
    EF_SOD,
    content_of,
    with_card_security,
    with_chip_key,
)
from tests.card_sim.world import World, make_world

GROUPS = (1, 2, 11, 12, 14)


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """The signed files of a card under the names `apdu read --out` gives them."""
    card = world.data()
    (tmp_path / "card").mkdir()
    named = {f"DG{n}": (Application.LDS1, 0x0100 | n) for n in GROUPS} | {
        "EF.SOD": (Application.LDS1, EF_SOD),
        "EF.CardSecurity": (Application.MASTER, CARD_SECURITY),
        "EF.CardAccess": (Application.MASTER, CARD_ACCESS),
        "eID.DG4": (Application.EID, 0x0104),
    }
    for name, (application, identifier) in named.items():
        content = content_of(card, application, identifier)
        (tmp_path / "card" / f"{name}.bin").write_bytes(content)
    return tmp_path / "card"


def flip(path: Path, place: int = -1) -> None:
    octets = bytearray(path.read_bytes())
    octets[place] ^= 0x01
    path.write_bytes(octets)


def test_files_of_a_card_are_authentic(folder: Path, terminal: Path) -> None:
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "PASS    lds_signature_authentic",
        "PASS    dg1_as_signed",
        "PASS    dg2_as_signed",
        "PASS    dg11_as_signed",
        "PASS    dg12_as_signed",
        "PASS    dg14_as_signed",
        "PASS    card_security_authentic",
        "PASS    card_access_as_signed",
        "PASS    chip_keys_agree",
    ]
    assert result.stderr == (
        "unsigned, authentic only while they are read from the card: eID.DG4\n"
    )


def test_verdict_as_one_json_object(folder: Path, terminal: Path) -> None:
    (folder / "DG2.bin").unlink()
    result = run("verify", folder, "--csca", terminal / "csca.pem", "--json")
    shown = json.loads(result.stdout)
    assert (result.exit_code, shown["authentic"]) == (0, True)
    assert (shown["missing"], shown["unsigned"]) == (["DG2"], ["eID.DG4"])
    assert shown["checks"][0] == {
        "name": "lds_signature_authentic", "result": "PASS", "reason": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "failing"),
    [
        ("DG1.bin", "FAIL    dg1_as_signed             data-group-digest"),
        ("DG2.bin", "FAIL    dg2_as_signed             data-group-digest"),
        ("DG14.bin", "FAIL    dg14_as_signed            data-group-digest"),
        ("EF.SOD.bin", "FAIL    lds_signature_authentic   signature"),
        ("EF.CardSecurity.bin", "FAIL    card_security_authentic   signature"),
        ("EF.CardAccess.bin", "FAIL    card_access_as_signed     card_access_differs"),
    ],
)
def test_one_altered_bit_ends_with_5(folder: Path, terminal: Path, name: str, failing: str) -> None:
    flip(folder / name)
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 5
    assert failing in result.stdout.splitlines()
    assert result.stderr.endswith("Error: The files are not authentic.\n")


def test_every_octet_of_a_group_counts(folder: Path, terminal: Path) -> None:
    (folder / "DG1.bin").write_bytes((folder / "DG1.bin").read_bytes() + b"\x00")
    assert run("verify", folder, "--csca", terminal / "csca.der").exit_code == 5


def test_what_rests_on_a_failed_signature_is_not_run(folder: Path, terminal: Path) -> None:
    flip(folder / "EF.SOD.bin")
    shown = json.loads(run("verify", folder, "--csca", terminal / "csca.der", "--json").stdout)
    results = {each["name"]: each["result"] for each in shown["checks"]}
    assert {results[f"dg{number}_as_signed"] for number in GROUPS} == {"NOT_RUN"}
    assert results["card_security_authentic"] == "PASS"
    assert shown["authentic"] is False


def test_data_group_that_is_not_listed_is_not_authentic(folder: Path, terminal: Path) -> None:
    (folder / "DG13.bin").write_bytes(b"\x6d\x01\x00")
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 5
    assert "FAIL    dg13_as_signed            data-group-not-listed" in result.stdout


def test_protocol_taken_out_of_card_access_is_found(folder: Path, terminal: Path) -> None:
    path = folder / "EF.CardAccess.bin"
    infos = security_infos.decode(path.read_bytes())
    path.write_bytes(security_infos.encode(replace(infos, chip_authentication=())))
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert "FAIL    card_access_as_signed     card_access_differs" in result.stdout


def test_another_chip_key_that_is_signed_too_is_found(
    world: World, folder: Path, terminal: Path
) -> None:
    """EF.CardSecurity of one genuine card beside the groups of another."""
    other = P256.generate().public_key()
    card = with_card_security(world, world.data(), lambda infos: with_chip_key(infos, other))
    content = content_of(card, Application.MASTER, CARD_SECURITY)
    (folder / "EF.CardSecurity.bin").write_bytes(content)
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 5
    assert "FAIL    chip_keys_agree           another_chip_key" in result.stdout
    assert "PASS    card_security_authentic" in result.stdout


def test_malformed_files_end_with_5(folder: Path, terminal: Path) -> None:
    for name in ("EF.SOD.bin", "EF.CardSecurity.bin", "EF.CardAccess.bin", "DG14.bin"):
        (folder / name).write_bytes(b"\x30\x03\x02\x01")
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 5
    assert "ERROR   lds_signature_authentic   malformed" in result.stdout
    assert "ERROR   card_security_authentic   malformed" in result.stdout


def test_malformed_files_beside_a_good_signature_fail_by_name(folder: Path, terminal: Path) -> None:
    for name in ("EF.CardAccess.bin", "DG14.bin"):
        (folder / name).write_bytes(b"\x30\x03\x02\x01")
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 5
    for failing in ("card_access_as_signed", "dg14_as_signed", "chip_keys_agree"):
        assert f"FAIL    {failing}" in result.stdout


def test_another_root_ends_with_5(folder: Path, tmp_path: Path) -> None:
    other = make_world(tmp_path / "other").home.pki.csca.der
    (tmp_path / "other.der").write_bytes(other)
    result = run("verify", folder, "--csca", tmp_path / "other.der")
    assert result.exit_code == 5
    assert "no-path-to-trust-anchor" in result.stdout


def test_several_roots_may_be_given(folder: Path, terminal: Path, tmp_path: Path) -> None:
    other = make_world(tmp_path / "other").home.pki.csca.der
    (tmp_path / "other.der").write_bytes(other)
    roots = ("--csca", tmp_path / "other.der", "--csca", terminal / "csca.pem")
    assert run("verify", folder, *roots).exit_code == 0


@pytest.mark.parametrize(("day", "code"), [("1999-12-31", 5), ("2099-01-01", 5)])
def test_day_decides_which_certificates_are_valid(
    folder: Path, terminal: Path, day: str, code: int
) -> None:
    result = run("verify", folder, "--csca", terminal / "csca.der", "--at", day)
    assert result.exit_code == code
    assert "document-signer-validity" in result.stdout


def test_day_of_today_is_as_good_as_now(world: World, folder: Path, terminal: Path) -> None:
    day = world.home.pki.made_on.isoformat()
    assert run("verify", folder, "--csca", terminal / "csca.der", "--at", day).exit_code == 0
    assert run("verify", folder, "--csca", terminal / "csca.der", "--at", "soon").exit_code == 2


@pytest.mark.parametrize(
    ("absent", "sentence"),
    [
        ("EF.SOD*", "EF.SOD is missing"),
        ("DG* EF.CardSecurity*", "No data group and no EF.CardSecurity"),
        ("*", "No data group and no EF.CardSecurity"),
    ],
)
def test_missing_files_end_with_2(folder: Path, terminal: Path, absent: str, sentence: str) -> None:
    for pattern in absent.split():
        for path in folder.glob(pattern):
            path.unlink()
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_card_security_alone_is_enough(folder: Path, terminal: Path) -> None:
    for path in (*folder.glob("DG*"), folder / "EF.SOD.bin"):
        path.unlink()
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 0
    assert [line.split()[1] for line in result.stdout.splitlines()] == [
        "card_security_authentic", "card_access_as_signed",
    ]  # fmt: skip


def test_list_of_digests_without_a_data_group_is_judged_too(folder: Path, terminal: Path) -> None:
    for path in folder.glob("DG*"):
        path.unlink()
    good = run("verify", folder, "--csca", terminal / "csca.der")
    assert (good.exit_code, good.stdout.splitlines()[0]) == (0, "PASS    lds_signature_authentic")
    flip(folder / "EF.SOD.bin")
    forged = run("verify", folder, "--csca", terminal / "csca.der")
    assert (forged.exit_code, "FAIL    lds_signature_authentic" in forged.stdout) == (5, True)


@pytest.mark.parametrize(
    ("name", "standard"),
    [
        ("EF.SOD", "EF.SOD"), ("EF_SOD.bin", "EF.SOD"), ("SOD.der", "EF.SOD"),
        ("sod", "EF.SOD"), ("EFSOD.BIN", "EF.SOD"), ("EF.SOD.cms", "EF.SOD"),
        ("EF.COM.bin", "EF.COM"), ("EF_COM.bin", "EF.COM"),
        ("DG1", "DG1"), ("DG1.bin", "DG1"), ("EF.DG1.bin", "DG1"), ("EF_DG01.dat", "DG1"),
        ("Datagroup14.bin", "DG14"), ("dg-2.raw", "DG2"),
        ("CardAccess.bin", "EF.CardAccess"), ("EF.CardSecurity.bin", "EF.CardSecurity"),
        ("eID.DG17.bin", "eID.DG17"), ("person.json", None), ("portrait.jpg", None),
        ("DG0", None), ("DG100", None), ("README.txt", None), ("DG1.bin.bak", None),
    ],
)  # fmt: skip
def test_names_of_other_tools(name: str, standard: str | None) -> None:
    assert standard_name(name) == standard


def test_files_by_the_names_of_another_tool(folder: Path, terminal: Path) -> None:
    for path in folder.iterdir():
        stem = path.stem.replace("EF.", "").replace("DG", "Datagroup")
        path.rename(folder / (f"EF_{stem}.bin" if "EF." in path.name else f"{stem}.bin"))
    assert (folder / "EF_SOD.bin").exists()
    assert run("verify", folder, "--csca", terminal / "csca.der").exit_code == 0


def test_two_files_of_one_name_are_not_chosen_between(folder: Path, terminal: Path) -> None:
    (folder / "EF_DG1.bin").write_bytes((folder / "DG1.bin").read_bytes())
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 2
    assert "are DG1; leave one" in result.stderr


def test_file_too_long_for_a_card_is_not_read(folder: Path, terminal: Path) -> None:
    with (folder / "DG2.bin").open("wb") as file:
        file.truncate(64 << 20)
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 2
    assert "too long" in result.stderr


def test_file_that_cannot_be_read_ends_with_2(
    folder: Path, terminal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)


def test_card_security_without_card_access_and_groups_without_keys(
    folder: Path, terminal: Path
) -> None:
    for name in ("EF.CardAccess", "DG14"):
        (folder / f"{name}.bin").unlink()
    result = run("verify", folder, "--csca", terminal / "csca.der")
    assert result.exit_code == 0
    assert "card_access_as_signed" not in result.stdout
    assert "chip_keys_agree" not in result.stdout
    (folder / "EF.CardSecurity.bin").unlink()
    assert run("verify", folder, "--csca", terminal / "csca.der").exit_code == 0


def test_folder_without_a_root_to_trust_ends_with_2(folder: Path) -> None:
    assert run("verify", folder).exit_code == 2
    assert run("verify", folder, "--csca", folder / "DG1.bin").exit_code == 2
