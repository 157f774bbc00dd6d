"""Who is signed in at this terminal: a file that its owner alone can read."""

import hashlib
import json
import os
import platform
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from station.adapters.files import replace_private
from station.bootstrap import Station
from station.cli.asking import ask, ask_hidden
from station.cli.folder import Folder
from station.domain.errors import StationError
from station.domain.officer import SignedIn

SESSION_FILE = "STATION_SESSION"
_PROGRAM = "issuance-station"


def officer_of(folder: Folder) -> SignedIn:
    """Who acts in this command; keeps the session alive.

    Errors  `StationError("officer.signed_out")`.
    """
    station = folder.open()
    officer = load(folder.path)
    station.authority.touch(officer)
    return officer


@contextmanager
def as_officer(folder: Folder, name: str) -> Iterator[SignedIn]:
    """Another officer who signs in for one command; the stored session stays.

    Rule    An officer has one session: one elsewhere ends.
    Errors  `StationError("officer.sign_in")`.
    """
    station = folder.open()
    officer = sign_in(station, name)
    try:
        yield officer
    finally:
        station.signing_in.sign_out(officer)


def sign_in(station: Station, name: str) -> SignedIn:
    """Ask for password and code. Errors: `StationError("officer.sign_in")`."""
    password, code = ask_proof(name)
    return station.signing_in.sign_in(name, password, code, platform.node())


def ask_proof(name: str) -> tuple[str, str]:
    """Password and code."""
    password = ask_hidden(f"Password of {name} / 비밀번호")
    return password, ask("Code of the authenticator / 인증번호").replace(" ", "")


def load(home: Path) -> SignedIn:
    """The session of the station in `home`. Errors: `StationError("officer.signed_out")`.

    Rule    A file that others could read or write is not believed.
    """
    path = session_path(home)
    try:
        if os.name == "posix":
            _check_private(path.stat())
        content = json.loads(path.read_text("utf-8"))
        return SignedIn(str(content["officer"]), str(content["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise StationError("officer.signed_out") from None


def _check_private(found: os.stat_result) -> None:
    if found.st_uid != os.getuid():
        raise StationError("officer.signed_out", "the session file is somebody else's")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise StationError("officer.signed_out", "others can read the session file")


def save(home: Path, officer: SignedIn) -> None:
    """Errors: `StationError("input.invalid")`: nowhere to keep it."""
    path = session_path(home)
    content = json.dumps({"officer": officer.officer, "token": officer.token})
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_private(path, content.encode())
    except OSError as error:
        raise StationError("input.invalid", f"session file: {type(error).__name__}") from None


def forget(home: Path) -> None:
    """Remove the file; nothing happens if there is none."""
    with suppress(OSError):
        session_path(home).unlink()


def session_path(home: Path) -> Path:
    """Where the session is kept: never in the station's folder, which is backed up and copied."""
    named = os.environ.get(SESSION_FILE)
    if named:
        return Path(named)
    station = hashlib.sha256(str(home.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    return _runtime_folder() / _PROGRAM / station[:16]


def _runtime_folder() -> Path:
    """A folder of the user's own; one that is gone after the last log-out, if there is one."""
    for variable in ("XDG_RUNTIME_DIR", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        if os.environ.get(variable):
            return Path(os.environ[variable])
    return Path.home() / ".cache"
