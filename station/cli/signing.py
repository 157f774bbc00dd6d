"""`station sign-in`, `station sign-out`, `station whoami`."""

import click

from station.cli import session
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.domain.errors import StationError
from station.domain.officer import CONFIRMED_FOR, Officer, Session, SignedIn


@click.command("sign-in")
@click.argument("name")
@json_option
@click.pass_obj
def sign_in(folder: Folder, name: str, as_json: bool) -> None:
    """Sign in: password and code of the authenticator are asked for.

    Hidden at a terminal, else two lines on standard input. A session elsewhere ends.
    """
    station = folder.open()
    officer = session.sign_in(station, name)
    session.save(folder.path, officer)
    account, began = station.signing_in.whoami(officer)
    line = f"{name} is signed in until {began.ends_at:%H:%M} UTC, or until idle."
    result(as_json, _content(account, began), line)


@click.command("sign-out")
@json_option
@click.pass_obj
def sign_out(folder: Folder, as_json: bool) -> None:
    """End the session of this terminal."""
    officer = _stored(folder)
    if officer is not None:
        folder.open().signing_in.sign_out(officer)
    session.forget(folder.path)
    result(as_json, {"officer": officer.officer if officer else None}, "Nobody is signed in.")


@click.command()
@json_option
@click.pass_obj
def whoami(folder: Folder, as_json: bool) -> None:
    """Show who is signed in, with which roles, and until when."""
    account, began = folder.open().signing_in.whoami(session.load(folder.path))
    lines = (
        f"{account.name}, {account.title}: {', '.join(sorted(account.roles)) or 'no roles'}",
        f"signed in at {began.place} until {began.ends_at:%H:%M} UTC, or until idle",
    )
    result(as_json, _content(account, began), *lines)


def _stored(folder: Folder) -> SignedIn | None:
    try:
        return session.load(folder.path)
    except StationError:
        return None


def _content(account: Officer, began: Session) -> dict[str, object]:
    return {
        "officer": account.name,
        "title": account.title,
        "roles": sorted(account.roles),
        "place": began.place,
        "began_at": began.began_at.isoformat(),
        "confirmed_until": (began.confirmed_at + CONFIRMED_FOR).isoformat(),
        "ends_at": began.ends_at.isoformat(),
    }
