"""Where a session is kept between commands, and by whom it is believed."""

import json
import os
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from station.cli import session
from station.cli.folder import Folder
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from tests.station.cli.officers import Terminals
from tests.station.cli.test_officer import empty, office, without_accounts

__all__ = ["empty", "office", "without_accounts"]  # Fixtures.

KIM = SignedIn("officer-kim", "a token")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's programs keep what ends with the log-in."""
    monkeypatch.delenv(session.SESSION_FILE, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path / "run"


def signed_out(home: Path) -> str:
    with pytest.raises(StationError) as found:
        session.load(home)
    assert found.value.code == "officer.signed_out"
    return found.value.detail


def test_what_is_kept_is_found_until_it_is_forgotten(kept: Path, tmp_path: Path) -> None:
    signed_out(tmp_path)
    session.save(tmp_path, KIM)
    assert session.load(tmp_path) == KIM
    session.forget(tmp_path)
    session.forget(tmp_path)
    signed_out(tmp_path)


def test_it_is_its_owners_alone(kept: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        session.save(tmp_path, KIM)
    finally:
        os.umask(before)
    path = session.session_path(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o610])
def test_a_file_that_others_can_open_is_not_believed(kept: Path, tmp_path: Path, mode: int) -> None:
    session.save(tmp_path, KIM)
    session.session_path(tmp_path).chmod(mode)
    assert signed_out(tmp_path) == "others can read the session file"


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="gives a file away")
def test_a_file_of_somebody_else_is_not_believed(kept: Path, tmp_path: Path) -> None:
    session.save(tmp_path, KIM)
    os.chown(session.session_path(tmp_path), 12345, 12345)
    assert signed_out(tmp_path) == "the session file is somebody else's"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"officer": "kim"}', "\xff", "[1]", '"kim"']
)
def test_what_is_no_session_is_none(kept: Path, tmp_path: Path, content: str) -> None:
    session.save(tmp_path, KIM)
    session.session_path(tmp_path).write_text(content, "latin-1")
    signed_out(tmp_path)


def test_it_is_not_in_the_stations_folder(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "station"
    home.mkdir()
    session.save(home, KIM)
    assert list(home.iterdir()) == []
    assert session.session_path(home).is_relative_to(kept / "issuance-station")


def test_every_station_has_its_own(kept: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert session.session_path(one) != session.session_path(other)
    assert session.session_path(one) == session.session_path(one / ".." / "one")


def test_the_file_may_be_named(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(session.SESSION_FILE, str(tmp_path / "mine"))
    assert session.session_path(tmp_path) == tmp_path / "mine"


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"XDG_RUNTIME_DIR": "/run/user/1000"}, "/run/user/1000"),
        ({"LOCALAPPDATA": "/users/kim/AppData"}, "/users/kim/AppData"),
        ({"XDG_CACHE_HOME": "/cache"}, "/cache"),
        ({"HOME": "/home/kim"}, "/home/kim/.cache"),
    ],
)
def test_the_folder_is_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in (session.SESSION_FILE, "XDG_RUNTIME_DIR", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert session.session_path(tmp_path).parent == Path(folder) / "issuance-station"


def test_nowhere_to_keep_it_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(session.SESSION_FILE, str(tmp_path / "file" / "session"))
    with pytest.raises(StationError) as found:
        session.save(tmp_path, KIM)
    assert found.value.code == "input.invalid"


# A second officer at the same terminal


@click.command()
@click.pass_obj
def second(folder: Folder) -> None:
    """Who acts inside, and whether the session is over afterwards."""
    station = folder.open()
    with session.as_officer(folder, "kim") as officer:
        inside = station.signing_in.whoami(officer)[0].name
    try:
        station.signing_in.whoami(officer)
        after = "live"
    except StationError as error:
        after = error.code
    click.echo(json.dumps([inside, after]))


def test_a_second_officer_signs_in_for_one_command(office: Terminals) -> None:
    office.hire("kim", "approver")
    office.sign_in("kim")
    office.monkeypatch.setenv(session.SESSION_FILE, str(office.file("ada")))
    stored = office.file("ada").read_bytes()
    result = CliRunner().invoke(second, obj=Folder(office.home, None), input=office.proof("kim"))
    assert json.loads(result.stdout) == ["kim", "officer.signed_out"]
    assert office.file("ada").read_bytes() == stored
    assert office.done("ada", "whoami")["officer"] == "ada"
    assert office.run("kim", "whoami").exit_code == 6  # An officer has one session.
