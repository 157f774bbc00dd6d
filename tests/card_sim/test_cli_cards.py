"""`card-sim new`, `insert FILE`, `remove`, `new-world`: cards and worlds as files."""

import csv
import json
import os
import signal
import socket
import stat
import subprocess
from pathlib import Path
from typing import cast

import pytest
from click.testing import Result

from apdu.crypto.curves import P256
from card_sim.card import VirtualCard
from card_sim.cli.cards import state_beside
from card_sim.export import RESIDENT_FIELDS
from card_sim.home import Attack, Home
from card_sim.insertions import Insertions
from card_sim.persons import persons, without_chip
from card_sim.seed import Seed
from card_sim.session import Password
from tests.card_sim.card_files import edited
from tests.card_sim.terminal import Terminal
from tests.card_sim.test_cli import inserted, run
from tests.card_sim.test_vpcd import Reader
from tests.card_sim.world import TODAY


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files") / "home"
    Home(folder, TODAY).make(Seed("a world"))
    return folder


@pytest.fixture
def card_file(home: Path, tmp_path: Path) -> Path:
    path = tmp_path / "card.toml"
    assert run(home, "new", "kim-minji", str(path), "--seed", "a seed").exit_code == 0
    return path


def put_in(home: Path, *arguments: str) -> Result:
    """`card-sim insert` where no reader is: a card that is not refused ends with 3, at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    return run(home, "insert", *arguments, "--port", port)


def pace(line: str, password: Password, value: str) -> int:
    """One PACE over the socket a card has said `ready` for; the last status word."""
    _, host, port = line.removeprefix("ready ").split(":")
    with socket.create_connection((host, int(port))) as link:
        reader = Reader(link)

        class Remote:
            transmit = staticmethod(reader.ask)

        return Terminal(cast(VirtualCard, Remote()), P256).pace(password, value)


# --- new ---


def test_new_writes_a_private_file_and_names_it(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    result = run(home, "new", "park-doyun", str(path), "--type", "krrc-1-p384")
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    text = path.read_text("utf-8")
    assert 'type = "krrc-1-p384"' in text
    assert 'family_name = "박"' in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_new_files_have_two_seeds_and_the_same_seed_the_same_text(
    home: Path, tmp_path: Path
) -> None:
    def text(name: str, *seed: str) -> str:
        assert run(home, "new", "kim-minji", str(tmp_path / name), *seed).exit_code == 0
        return (tmp_path / name).read_text("utf-8")

    assert text("a.toml") != text("b.toml")
    assert text("c.toml", "--seed", "x") == text("d.toml", "--seed", "x")


def test_new_does_not_overwrite_unless_forced(home: Path, card_file: Path) -> None:
    before = card_file.read_text("utf-8")
    refused = run(home, "new", "park-doyun", str(card_file))
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert card_file.read_text("utf-8") == before
    for attack in (Attack(), Attack(clone=True)):
        state_beside(card_file, attack).write_text("the memory of the older card")
    assert run(home, "new", "park-doyun", str(card_file), "--force").exit_code == 0
    assert "DOYUN" in card_file.read_text("utf-8")
    assert [path.name for path in card_file.parent.iterdir()] == ["card.toml"]


def test_card_in_a_reader_is_not_replaced(home: Path, card_file: Path) -> None:
    """Else the chip in there would wake with all its tries, and write on for another card."""
    before = card_file.read_text("utf-8")
    state_beside(card_file).write_text("a PIN with one try")
    with Home(home, TODAY).insertions.listed(str(card_file.resolve()), "sim:127.0.0.1:1"):
        refused = run(home, "new", "park-doyun", str(card_file), "--force")
    assert (refused.exit_code, "card-sim remove" in refused.stderr) == (2, True)
    assert card_file.read_text("utf-8") == before
    assert state_beside(card_file).read_text() == "a PIN with one try"


def test_new_does_not_write_through_a_link(home: Path, tmp_path: Path) -> None:
    (tmp_path / "card.toml").symlink_to(tmp_path / "victim")
    assert run(home, "new", "kim-minji", str(tmp_path / "card.toml")).exit_code == 2
    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nobody", "card.toml"), 7, "kim-minji"),
        (("kim-minji", "card.txt"), 2, ".toml"),
        (("kim-minji", "card.toml", "--type", "krrc-9"), 2, "krrc-1-short"),
        (("kim-minji", "card.toml", "--seed", ""), 2, "is empty; allowed: "),
        (("kim-minji", "card.toml", "--seed", "\udcff"), 2, "half a character"),
        (("kim-minji", "absent/card.toml"), 2, "cannot be written"),
    ],
)
def test_new_says_what_is_wrong(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(home, "new", *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


# --- insert ---


def test_card_file_is_inserted_with_its_own_passwords_and_keeps_its_memory_beside_it(
    home: Path, card_file: Path
) -> None:
    card_file.write_text(edited({"passwords.pin": '"000111"'}), "utf-8")
    with inserted(home, str(card_file)) as (_, line):
        assert pace(line, Password.PIN, "246813") == 0x63C2
    state = card_file.with_name("card.state.json")
    assert json.loads(state.read_text())["pin_tries"] == 2
    with inserted(home, str(card_file)) as (_, line):
        assert pace(line, Password.PIN, "000111") == 0x9000
    assert json.loads(state.read_text())["pin_tries"] == 3


def test_clone_of_a_card_file_has_a_memory_of_its_own(home: Path, card_file: Path) -> None:
    with inserted(home, str(card_file), "--clone") as (_, line):
        assert pace(line, Password.PIN, "000000") == 0x63C2
    assert card_file.with_name("card-clone.state.json").exists()
    assert not card_file.with_name("card.state.json").exists()


def test_state_may_be_elsewhere(home: Path, card_file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    with inserted(home, str(card_file), "--state", str(elsewhere)) as (_, line):
        assert pace(line, Password.PIN, "000000") == 0x63C2
    assert json.loads(elsewhere.read_text())["pin_tries"] == 2


@pytest.mark.parametrize(
    "change", [{"seed": '"b"'}, {"document.number": '"T1"'}, {"type": '"krrc-1-short"'}]
)
def test_memory_of_another_chip_is_refused_with_a_remedy(
    home: Path, card_file: Path, change: dict[str, str]
) -> None:
    with inserted(home, str(card_file)) as (_, line):
        assert pace(line, Password.PIN, "000000") == 0x63C2
    card_file.write_text(edited(dict(change)), "utf-8")
    refused = put_in(home, str(card_file))
    assert refused.exit_code == 4
    assert "memory of another card. Remove the file" in refused.stderr


def test_damaged_memory_beside_a_card_file_is_refused(home: Path, card_file: Path) -> None:
    state_beside(card_file).write_text("{")
    refused = put_in(home, str(card_file))
    assert refused.exit_code == 4
    assert "card.state.json is damaged. Remove the file" in refused.stderr


def test_memory_that_cannot_be_kept_is_told(home: Path, card_file: Path, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    refused = put_in(home, str(card_file), "--state", str(tmp_path / "a-file" / "state"))
    assert refused.exit_code == 4
    assert refused.stderr.startswith("Error: The card's memory cannot be kept: ")
    assert put_in(home, str(card_file), "--state", str(tmp_path)).exit_code == 2


def test_wrong_card_file_is_told_whole_and_without_a_trace(home: Path, card_file: Path) -> None:
    card_file.write_text(edited({"passwords.pin": '"1"', "holder.sex": '"X"'}), "utf-8")
    refused = put_in(home, str(card_file))
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"Error: {card_file} cannot be used:\n"
        '  holder.sex: is none of the choices; allowed: "M" or "F"\n'
        "  passwords.pin: has another form; allowed: 6 digits\n"
    )


def test_alteration_of_nothing_names_the_key_or_the_option(home: Path, card_file: Path) -> None:
    assert put_in(home, str(card_file), "--alter", "DG9:1").exit_code == 2
    card_file.write_text(edited({"attack.alter": '"DG9:1"'}), "utf-8")
    refused = put_in(home, str(card_file))
    assert refused.exit_code == 2
    assert "attack.alter: the card has no file DG9" in refused.stderr


def test_type_of_a_card_file_is_not_said_twice(home: Path, card_file: Path) -> None:
    refused = put_in(home, str(card_file), "--type", "krrc-1")
    assert refused.exit_code == 2
    assert "says its own type" in refused.stderr


def test_absent_card_file_ends_with_7_and_an_unreadable_one_with_2(
    home: Path, tmp_path: Path
) -> None:
    absent = put_in(home, str(tmp_path / "card.toml"))
    assert absent.exit_code == 7
    assert "card-sim new" in absent.stderr
    (tmp_path / "folder.toml").mkdir()
    assert put_in(home, str(tmp_path / "folder.toml")).exit_code == 2


def test_card_of_a_file_may_be_swapped_for_one_of_its_type(home: Path, card_file: Path) -> None:
    card_file.write_text(edited({"type": '"krrc-1-short"'}), "utf-8")
    with inserted(home, str(card_file), "--fault", "swapped@1") as (process, line):
        assert line.startswith("ready sim:")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


# --- in and out ---


def test_one_card_is_in_one_reader(home: Path, card_file: Path) -> None:
    with inserted(home, str(card_file)) as (_, line):
        assert line.startswith("ready")
        refused = put_in(home, str(card_file))
        assert refused.exit_code == 4
        assert "`card-sim remove`" in refused.stderr


def listening() -> tuple[socket.socket, int]:
    """A reader that takes cards and never speaks to them."""
    server = socket.create_server(("127.0.0.1", 0))
    return server, server.getsockname()[1]


def test_slot_holds_one_card(home: Path, card_file: Path) -> None:
    server, port = listening()
    with server, inserted(home, str(card_file), "--port", str(port)) as (_, line):
        assert line == f"ready vpcd:127.0.0.1:{port}"
        with inserted(home, "park-doyun", "--port", str(port)) as (second, said):
            assert said == ""
            assert second.wait(30) == 3
            assert second.stderr is not None
            assert f"{card_file} is in that slot" in second.stderr.read()


def test_second_slot_is_the_next_port(home: Path) -> None:
    for _ in range(20):
        server, port = listening()
        try:
            second = socket.create_server(("127.0.0.1", port + 1))
            break
        except OSError:
            server.close()
    arguments = ("--port", str(port), "--slot", "2")
    with server, second, inserted(home, "kim-minji", *arguments) as (_, line):
        assert line == f"ready vpcd:127.0.0.1:{port + 1}"
        link, _ = second.accept()
        link.close()


def test_slot_alone_is_that_of_the_configured_reader(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from card_sim.cli import slots  # noqa: PLC0415
    from card_sim.pcscd import Driver, ReaderUnavailable  # noqa: PLC0415

    server, port = listening()
    server.close()
    monkeypatch.setattr(slots, "driver", lambda: Driver("x", port, Path("/x")))
    refused = run(home, "insert", "jeong-sajin", "--slot", "1")
    assert refused.exit_code == 3
    assert f"on port {port}" in refused.stderr

    def no_driver() -> Driver:
        raise ReaderUnavailable("The virtual reader is not installed.")

    monkeypatch.setattr(slots, "driver", no_driver)
    refused = run(home, "insert", "kim-minji", "--slot", "2")
    assert refused.exit_code == 3
    assert "not installed" in refused.stderr


def test_reader_that_goes_away_is_told_and_is_a_good_end(home: Path) -> None:
    server, port = listening()
    with server, inserted(home, "oh-yundal", "--port", str(port)) as (process, _):
        link, _ = server.accept()
        link.close()
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == "The reader is gone.\n"


def test_remove_takes_out_the_card_it_names(home: Path, card_file: Path) -> None:
    with inserted(home, str(card_file)) as (file, line), inserted(home, "kim-minji") as (kim, _):
        relative = os.path.relpath(card_file)
        removed = run(home, "remove", relative)
        assert removed.exit_code == 0
        assert removed.stdout == f"removed {card_file} {line.removeprefix('ready ')}\n"
        assert file.wait(30) == 0
        assert kim.poll() is None
        again = run(home, "remove", str(card_file))
        assert again.exit_code == 7
        assert run(home, "remove").stdout.startswith("removed kim-minji sim:")
        assert kim.wait(30) == 0
    assert run(home, "remove").exit_code == 7


def test_card_taken_out_can_be_put_in_again_with_what_it_knew(home: Path, card_file: Path) -> None:
    with inserted(home, str(card_file)) as (process, line):
        assert pace(line, Password.PIN, "000000") == 0x63C2
        assert run(home, "remove", str(card_file)).exit_code == 0
        assert process.wait(30) == 0
    with inserted(home, str(card_file)) as (_, line):
        assert pace(line, Password.PIN, "000000") == 0x63C1


def test_dead_process_is_no_card_and_its_number_is_left_alone(tmp_path: Path) -> None:
    """A card that was killed says no good-bye; its number may be another program's by now."""
    insertions = Insertions(tmp_path)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as bystander:  # ends with its input
        (tmp_path / f"{bystander.pid}.json").write_text('{"card": "x", "address": "y"}')
        assert insertions.running() == []
        assert bystander.poll() is None
    assert list(tmp_path.iterdir()) == []


def test_process_that_does_not_end_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from card_sim import insertions as module  # noqa: PLC0415

    monkeypatch.setattr(module, "_ENDS_WITHIN", 0.0)
    monkeypatch.setattr(os, "kill", lambda process, number: None)
    insertions = Insertions(tmp_path)
    with insertions.listed("x", "y"):
        [mine] = insertions.running()
        assert (mine.process, mine.card, mine.address) == (os.getpid(), "x", "y")
        with pytest.raises(TimeoutError, match="does not end"):
            insertions.end(mine)
    assert insertions.running() == []


# --- worlds ---


def test_new_world_is_the_same_for_the_same_seed_and_day(tmp_path: Path) -> None:
    arguments = ("new-world", "--seed", "x", "--on", "2026-11-23")
    for name in ("a", "b"):
        result = run(tmp_path / name, *arguments)
        assert (result.exit_code, result.stdout) == (0, f"{tmp_path / name}\n")
    roots = {Home(tmp_path / name, TODAY).pki.csca.der for name in ("a", "b")}
    assert len(roots) == 1
    assert Home(tmp_path / "a", TODAY).pki.made_on.isoformat() == "2026-11-23"


def test_new_world_does_not_replace_one(tmp_path: Path) -> None:
    before = Home(tmp_path, TODAY).pki.csca.der
    refused = run(tmp_path, "new-world", "--seed", "x")
    assert refused.exit_code == 2
    assert "--home" in refused.stderr
    assert Home(tmp_path, TODAY).pki.csca.der == before


@pytest.mark.parametrize("day", ["2004-12-31", "2090-01-01", "23.11.2026", "2026-02-29"])
def test_day_that_no_certificate_can_say_is_refused(tmp_path: Path, day: str) -> None:
    assert run(tmp_path, "new-world", "--on", day).exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("day", ["2005-01-01", "2089-12-31", "2028-02-29"])
def test_first_last_and_leap_day_make_a_world(tmp_path: Path, day: str) -> None:
    assert run(tmp_path / day, "new-world", "--on", day).exit_code == 0
    assert run(tmp_path / day, "persons").exit_code == 0


def test_export_takes_holders_of_card_files_among_the_residents(
    home: Path, card_file: Path, tmp_path: Path
) -> None:
    card_file.write_text(
        edited({"holder.given_names": '"민자"', "document.reported_lost": "true"}), "utf-8"
    )
    other = tmp_path / "other.toml"
    other.write_text(edited({"holder.rrn": '"9248052999999"', "document.number": '"T1"'}), "utf-8")
    out = tmp_path / "out"
    result = run(home, "export-pki", str(out), "--card", str(card_file), "--card", str(other))
    assert result.exit_code == 0
    rows = (out / "residents.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + len(persons(TODAY)) + len(without_chip(TODAY)) + 1
    status = RESIDENT_FIELDS.index("card_status")
    [changed] = [row for row in csv.reader(rows) if "민자" in row]
    assert changed[status] == "lost"
    assert run(home, "export-pki", str(out), "--card", "absent.toml").exit_code == 7


def test_list_of_people_turns_no_line_of_the_terminal_around(home: Path) -> None:
    shown = run(home, "persons").stdout
    assert "\\u202e" in shown
    assert all(line.isprintable() for line in shown.splitlines())
    listed = json.loads(run(home, "persons", "--json").stdout)["persons"]
    assert any("\u202e" in each["name"] for each in listed)
