"""`apdu read`: every check by name, the person masked, data in full only where asked for."""

import json
import shutil
import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from apdu.cli import pin_command, tap
from apdu.cli.report import masked
from apdu.cli.saving import save
from apdu.cli.tap import _block_of_reader
from apdu.errors import VerificationFailed
from apdu.exchange import Exchange
from apdu.lds import eid_groups
from apdu.lds.portrait import Portrait, image_format
from apdu.profiles import krrc
from apdu.profiles.krrc import CHECKS, LDS1_GROUPS
from card_sim.export import export_pki
from card_sim.files import Application
from card_sim.memory import Memory
from card_sim.personalize import cloned
from tests.apdu.cli.cards import run, serve
from tests.apdu.profiles.taps import Tap, with_flipped
from tests.card_sim.world import World, make_world


def read(url: str, terminal: Path, *more: str | Path, typed: str = "246813\n") -> Result:
    return run("read", "--reader", url, "--terminal", terminal, *more, typed=typed)


def test_read_passes_every_check_by_name_and_masks_the_person(world: World, terminal: Path) -> None:
    result = read(serve(world), terminal)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[: len(CHECKS)] == [f"PASS    {name}" for name in CHECKS]
    assert "김*지" in lines[len(CHECKS)]
    assert_hides(world, result.output)


def test_read_as_one_json_object_with_the_can(world: World, terminal: Path) -> None:
    result = read(serve(world), terminal, "--json", "--can", "271828", typed="")
    shown = json.loads(result.stdout)
    assert shown["genuine"] is True
    assert [each["name"] for each in shown["checks"]] == list(CHECKS)
    assert {each["result"] for each in shown["checks"]} == {"PASS"}
    assert shown["person"]["document_number"] == "******017"
    assert_hides(world, result.output)


def assert_hides(world: World, text: str) -> None:
    person = world.person
    secrets = (
        person.given_names,
        person.rrn,
        person.rrn[:6],
        person.rrn[6:],
        person.document_number,
        person.address.street,
        person.date_of_birth.isoformat(),
        person.pin,
        person.hanja or person.name,
    )
    assert not [each for each in secrets if each in text]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("김", "*"),
        ("이도", "이*"),
        ("김민지", "김*지"),
        ("남궁은하수", "남***수"),
        ("신\u202e태그\u2069", "신****"),
    ],
)
def test_name_is_masked_but_for_its_ends(world: World, name: str, shown: str) -> None:
    content = Tap(world, world.data()).read().content
    assert content is not None
    eid = replace(content.eid, family_name=name[:1], given_names=name[1:])
    assert masked(replace(content, eid=eid))["name"].endswith(shown)
    assert len(name) == 1 or name not in masked(replace(content, eid=eid))["name"]


def test_out_holds_everything_for_its_owner_alone(
    world: World, terminal: Path, tmp_path: Path
) -> None:
    out = tmp_path / "full"
    out.mkdir()
    (out / "person.json").write_text("old, and readable by all")
    (out / "person.json").chmod(0o644)
    assert read(serve(world), terminal, "--out", out).exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        "person.json",
        "portrait.jpg",
        "EF.CardAccess.bin",
        "EF.CardSecurity.bin",
        "EF.SOD.bin",
        *(f"DG{number}.bin" for number in LDS1_GROUPS),
        *(f"eID.DG{number}.bin" for number in eid_groups.GROUPS),
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    person: dict[str, Any] = json.loads((out / "person.json").read_text("utf-8"))
    assert person["eid"]["rrn"] == world.person.rrn
    assert person["eid"]["date_of_birth"] == world.person.date_of_birth.isoformat()
    assert (out / "portrait.jpg").read_bytes().startswith(b"\xff\xd8")


def test_out_is_what_verify_takes(world: World, terminal: Path, tmp_path: Path) -> None:
    assert read(serve(world), terminal, "--out", tmp_path / "out").exit_code == 0
    result = run("verify", tmp_path / "out", "--csca", terminal / "csca.der")
    assert result.exit_code == 0
    assert result.stdout.count("PASS") == 9


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no mode there")
def test_out_folder_is_made_for_its_owner_alone(
    world: World, terminal: Path, tmp_path: Path
) -> None:
    assert read(serve(world), terminal, "--out", tmp_path / "new").exit_code == 0
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_out_that_is_no_folder_ends_with_2(world: World, terminal: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert read(serve(world), terminal, "--out", tmp_path / "file" / "x").exit_code == 2


@pytest.mark.parametrize("as_json", [True, False])
def test_clone_ends_with_5_and_leaves_nothing(
    world: World, terminal: Path, tmp_path: Path, as_json: bool
) -> None:
    url = serve(world, cloned(world.data()))
    more = ["--json"] if as_json else []
    result = read(url, terminal, "--out", tmp_path / "out", *more)
    assert result.exit_code == 5
    assert not (tmp_path / "out").exists()
    assert "not authentic" in result.stderr
    if as_json:
        shown = json.loads(result.stdout)
        assert (shown["genuine"], shown["person"]) == (False, None)
    else:
        assert "FAIL    chip_authentication       chip_has_another_key" in result.stdout


def test_altered_octet_shows_no_person_although_all_was_read(world: World, terminal: Path) -> None:
    card = with_flipped(world.data(), Application.LDS1, 0x0102, 9000)
    result = read(serve(world, card), terminal)
    assert result.exit_code == 5
    assert "FAIL    dg2_as_signed" in result.stdout
    assert "김" not in result.stdout


def test_csca_may_be_another_file_in_der_or_pem(
    world: World, terminal: Path, tmp_path: Path
) -> None:
    assert read(serve(world), terminal, "--csca", terminal / "csca.pem").exit_code == 0
    assert read(serve(world), terminal, "--csca", terminal / "csca.der").exit_code == 0
    other = make_world(tmp_path / "other").home.pki.csca.der
    (tmp_path / "other.der").write_bytes(other)
    result = read(serve(world), terminal, "--csca", tmp_path / "other.der")
    assert result.exit_code == 5
    assert "FAIL    card_security_authentic   no-path-to-trust-anchor" in result.stdout


def test_csca_that_is_no_certificate_ends_with_2(terminal: Path) -> None:
    for name in ("README.txt", "terminal-key.pem", "terminal.cv"):
        result = read("sim:127.0.0.1:1", terminal, "--csca", terminal / name)
        assert result.exit_code == 2, name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("terminal.cv", None),
        ("terminal.cv", b"\x7f\x21\x00"),
        ("cvca.cv", b"\x7f\x21\x00"),
        ("terminal-key.pem", b"no key"),
        ("terminal-key.pem", "attestation"),
        ("csca.der", None),
    ],
)
def test_folder_that_is_no_terminal_ends_with_2(
    world: World, tmp_path: Path, name: str, content: bytes | str | None
) -> None:
    export_pki(world.home.pki, [world.person], tmp_path)
    (tmp_path / name).unlink()
    if content == "attestation":
        content = (world.home._folder / "pki" / "csca-key.pem").read_bytes()
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    assert read("sim:127.0.0.1:1", tmp_path).exit_code == 2


def test_wrong_pin_tells_the_tries_left_and_the_next_read_asks_with_them(
    world: World, terminal: Path
) -> None:
    memory = world.memory()
    url = serve(world, memory=memory)
    result = read(url, terminal, typed="000000\n")
    assert result.exit_code == 4
    assert result.stderr == (
        "reading the PIN from standard input (3 tries left)\n"
        "Error: the PIN is wrong; 2 tries are left.\n"
    )
    assert "(2 tries left)" in read(url, terminal).stderr
    assert memory.state.pin_tries == 3


def test_last_wrong_pins_tell_what_to_do_next(world: World, terminal: Path) -> None:
    memory = world.memory(state=replace(world.state(), pin_tries=2))
    url = serve(world, memory=memory)
    second = read(url, terminal, typed="000000\n")
    assert "Error: the PIN is wrong; 1 try is left, and the card wants the CAN" in second.stderr
    third = read(url, terminal, typed="271828\n000000\n")
    assert "the PIN is wrong and no try is left; 'apdu pin unblock' gives it new" in third.stderr
    assert (second.exit_code, third.exit_code, memory.state.pin_tries) == (4, 4, 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pin_tries": 0}, "the PIN is blocked; 'apdu pin unblock'"),
        ({"pin_active": False}, "it is switched off; 'apdu pin unblock --activate'"),
    ],
)
def test_pin_the_card_would_not_take_is_not_asked_for(
    world: World, terminal: Path, change: dict[str, Any], sentence: str
) -> None:
    memory = world.memory(state=replace(world.state(), **change))
    result = read(serve(world, memory=memory), terminal)
    assert result.exit_code == 4
    assert sentence in result.stderr
    assert "standard input" not in result.stderr
    assert memory.state == replace(world.state(), **change)


def suspended(world: World) -> Memory:
    return world.memory(state=replace(world.state(), pin_tries=1))


def test_suspended_pin_asks_for_the_can_and_then_for_the_pin(world: World, terminal: Path) -> None:
    memory = suspended(world)
    result = read(serve(world, memory=memory), terminal, typed="271828\n246813\n")
    assert (result.exit_code, memory.state.pin_tries) == (0, 3)
    assert result.stderr == (
        "PIN: suspended, 1 try left, and only after the CAN\n"
        "reading the CAN from standard input\n"
        "reading the PIN from standard input (1 try left)\n"
    )


def test_can_of_a_suspended_pin_may_be_given_before(world: World, terminal: Path) -> None:
    memory = suspended(world)
    result = read(serve(world, memory=memory), terminal, "--pin", "--can", "271828")
    assert (result.exit_code, memory.state.pin_tries) == (0, 3)
    assert "the CAN from standard input" not in result.stderr


def test_wrong_can_leaves_a_suspended_pin_its_last_try(world: World, terminal: Path) -> None:
    memory = suspended(world)
    result = read(serve(world, memory=memory), terminal, typed="000000\n246813\n")
    assert (result.exit_code, memory.state.pin_tries) == (4, 1)
    assert "Error: the CAN is wrong; compare it with the card" in result.stderr


def test_can_that_is_not_needed_costs_nothing(world: World, terminal: Path) -> None:
    assert read(serve(world), terminal, "--pin", "--can", "271828").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mrz", "--can", "271828"),
        ("--mrz", "--pin"),
        ("--mrz", "--profile", "krrc"),
        ("--profile", "icao"),
        ("--profile", "icao", "--pin"),
        ("--can", "12345"),
        ("--can", "12345x"),
        ("--profile", "passport"),
        ("--max-block", "0"),
    ],
)
def test_what_contradicts_itself_never_reaches_a_card(
    terminal: Path, arguments: tuple[str, ...]
) -> None:
    result = read("sim:127.0.0.1:1", terminal, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "The PIN is for a krrc card and --terminal"),
        (("--pin",), "The PIN is for a krrc card and --terminal"),
        (("--profile", "krrc", "--can", "271828"), "A krrc card wants --terminal"),
        (("--can", "271828"), "--csca says whose signature is trusted"),
    ],
)
def test_without_a_terminal_it_is_said_what_is_missing(
    arguments: tuple[str, ...], sentence: str
) -> None:
    result = run("read", "--reader", "sim:127.0.0.1:1", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


@pytest.mark.parametrize("typed", ["", "\n", "12345\n", "1234567\n", "12345x\n", "１２３４５６\n"])
def test_what_is_no_pin_never_reaches_the_card(world: World, terminal: Path, typed: str) -> None:
    memory = world.memory()
    result = read(serve(world, memory=memory), terminal, typed=typed)
    assert result.exit_code == 2
    assert "nothing was sent to the card" in result.stderr
    assert memory.state.pin_tries == 3


def test_wrong_can_ends_with_4(world: World, terminal: Path) -> None:
    result = read(serve(world), terminal, "--can", "000000")
    assert result.exit_code == 4
    assert "Error: the CAN is wrong; compare it with the card and try again.\n" in result.stderr


def test_wrong_pin_without_a_count_has_the_counter_read(
    world: World, terminal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some cards answer 6300 to a wrong PIN; the person must know the tries left all the same."""

    def without_count(*_: object, **__: object) -> Exchange[None]:
        yield from ()
        raise VerificationFailed(0x6300, "PACE with PIN")

    monkeypatch.setattr(krrc, "read_card", without_count)
    memory = world.memory(state=replace(world.state(), pin_tries=2))
    result = read(serve(world, memory=memory), terminal)
    assert result.exit_code == 4
    assert result.stderr.splitlines()[1:] == [
        "PIN: operational, 2 tries left",
        "Error: the PIN is wrong; see with 'apdu pin status' how many tries are left.",
    ]


def test_reader_of_short_answers_is_asked_for_short_ones(world: World) -> None:
    class Limited:
        atr = b""
        max_command = None
        max_answer: int | None = 258

        def transmit(self, command: bytes) -> bytes:
            raise NotImplementedError

    limited = Limited()
    assert _block_of_reader(limited) == 223
    limited.max_answer = 65536
    assert _block_of_reader(limited) is None
    limited.max_answer = None
    assert _block_of_reader(limited) is None


def test_link_certificates_are_offered_to_a_card_that_knows_the_root_before(
    world: World, terminal: Path, tmp_path: Path
) -> None:
    previous = world.chain.previous
    assert previous is not None
    before = replace(world.state(), trust_points=(previous.encoded,))
    memory = world.memory(state=before)
    assert read(serve(world, memory=memory), terminal).exit_code == 0
    assert memory.state.trust_points[0] != previous.encoded
    without_link = tmp_path / "terminal"
    shutil.copytree(terminal, without_link)
    (without_link / "link-1.cv").unlink()
    result = read(serve(world, memory=world.memory(state=before)), without_link)
    assert result.exit_code == 4
    assert "no terminal certificate leads to a trust point of this card" in result.stderr


@pytest.mark.parametrize(
    ("folder", "arguments", "sentence"),
    [("plain", ("read", "--can", "271828"), "no right to use the CAN"),
     ("on-sight", ("pin", "unblock", "--can", "271828"), "no right to manage PINs")],
)  # fmt: skip
def test_right_the_terminal_lacks_is_told(
    world: World, terminal: Path, folder: str, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run(*arguments, "--reader", serve(world), "--terminal", terminal / folder)
    assert (result.exit_code, result.stdout) == (4, "")
    assert sentence in result.stderr


def later() -> datetime:
    return datetime(2099, 1, 1, tzinfo=UTC)


def test_terminal_that_expired_is_told_before_the_pin_is_asked_for(
    world: World, terminal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap, "now", later)
    monkeypatch.setattr(pin_command, "now", later)
    url = serve(world)
    unblocking = run("pin", "unblock", "--reader", url, "--terminal", terminal)
    for result in (read(url, terminal), unblocking):
        assert (result.exit_code, result.stdout) == (4, "")
        assert "expired on" in result.stderr
        assert "standard input" not in result.stderr


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (b"\xff\xd8\xff", "portrait.jpg"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "portrait.jp2"),
        (b"\xff\x4f\xff\x51", "portrait.j2k"),
    ],
)
def test_portrait_has_the_ending_of_its_form(
    world: World, tmp_path: Path, image: bytes, name: str
) -> None:
    reading = Tap(world, world.data(), now=datetime.now(UTC)).read()
    assert reading.content is not None
    content = replace(reading.content, portrait=Portrait(image, image_format(image)))
    written = save(replace(reading, content=content), tmp_path / "out")
    assert (tmp_path / "out" / name) in written
    assert (tmp_path / "out" / name).read_bytes() == image


def test_nothing_is_saved_of_a_card_that_is_not_genuine(world: World, tmp_path: Path) -> None:
    card = with_flipped(world.data(), Application.LDS1, 0x0102, 9000)
    reading = Tap(world, card, now=datetime.now(UTC)).read()
    assert reading.content is not None
    assert save(reading, tmp_path / "out") == []
    assert not (tmp_path / "out").exists()


def test_block_can_be_made_small(world: World, terminal: Path) -> None:
    assert read(serve(world), terminal, "--max-block", "223").exit_code == 0
