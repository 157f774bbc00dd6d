"""Making an account and opening it: what is asked, shown once, and tried out."""

from base64 import b32encode
from typing import Any

import click

from station.bootstrap import Station
from station.cli.asking import ask, ask_hidden, ask_new, at_terminal
from station.cli.folder import Folder
from station.cli.output import json_option, qr_lines, result
from station.cli.session import officer_of
from station.domain.account import NewOfficer, check_password
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.roles import Role
from station.services import totp
from station.services.officers import Invited

name_argument = click.argument("name")
_TRIES = 3


@click.command()
@name_argument
@click.option("--title", required=True, help="Who that is, as receipts say it: name and position.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([each.value for each in Role]),
    help="What the account may do; repeat it. The first account is an administrator's.",
)
@json_option
@click.pass_obj
def add(folder: Folder, name: str, title: str, roles: tuple[str, ...], as_json: bool) -> None:
    """Make an account; the officer's RRN is asked for, and only a pseudonym of it kept.

    Prints an invitation, with which the officer chooses a password: `station officer enrol`.
    The first account of a station is opened at once, and is an administrator's.
    """
    station = folder.open()
    first = station.officers.none_yet()
    by = None if first else officer_of(folder)
    if by is not None:
        station.officers.check_may_change(by)
    given = frozenset(map(Role, roles)) or (
        frozenset({Role.ADMINISTRATOR}) if first else frozenset()
    )
    new = NewOfficer(name, title, _rrn(station, name), given)
    if by is None:
        _add_first(station, new, as_json=as_json)
        return
    tell_invited(station.officers.add(by, new), as_json=as_json, roles=sorted(given))


def _rrn(station: Station, name: str) -> Rrn:
    typed = ask_hidden(f"RRN of {name} / 주민등록번호")
    return Rrn.parse(typed, demo=station.settings.demo)


def _add_first(station: Station, new: NewOfficer, *, as_json: bool) -> None:
    password, secret = _choose(station, new.name)
    station.officers.add_first(new, password, secret)
    lines = (
        f"{new.name} is the first account, an administrator's.",
        "Add a second administrator: nobody changes their own account.",
        f"Next: station sign-in {new.name}",
    )
    content: dict[str, Any] = {"officer": new.name, "roles": sorted(new.roles), "first": True}
    _tell_opened(station, new.name, secret, content, *lines, as_json=as_json)


@click.command()
@name_argument
@json_option
@click.pass_obj
def enrol(folder: Folder, name: str, as_json: bool) -> None:
    """Open your account with the invitation: choose a password, scan the QR code."""
    station = folder.open()
    code = ask_hidden(f"Invitation of {name} / 초대 코드")
    station.officers.check_invitation(name, code)
    password, secret = _choose(station, name)
    station.officers.enrol(name, code, password, secret)
    line = f"{name} is open. Next: station sign-in {name}"
    _tell_opened(station, name, secret, {"officer": name}, line, as_json=as_json)


def _choose(station: Station, name: str) -> tuple[str, bytes]:
    """A password; at a terminal also the authenticator, seen to work before anything is kept."""
    password = ask_new(f"New password of {name} / 새 비밀번호")
    check_password(password, name)
    secret = station.officers.new_secret()
    if at_terminal():
        for line in _secret_lines(station, name, secret):
            click.echo(line, err=True)
        _try_out(station, secret)
    return password, secret


def _try_out(station: Station, secret: bytes) -> None:
    for _ in range(_TRIES):
        code = ask("Code that the authenticator shows / 인증번호").replace(" ", "")
        if totp.step_of(secret, code, station.clock.now()) is not None:
            return
        click.echo("That is not the code; is the phone's clock right?", err=True)
    raise StationError("officer.code")


def _secret_lines(station: Station, name: str, secret: bytes) -> list[str]:
    drawn = qr_lines(_uri(station, name, secret))
    typed = b32encode(secret).decode()
    return ["Scan this with an authenticator app; it is shown once.", *drawn, f"Or type {typed}"]


def _uri(station: Station, name: str, secret: bytes) -> str:
    return totp.uri_of(secret, name, station.settings.office.name)


def _tell_opened(
    station: Station,
    name: str,
    secret: bytes,
    content: dict[str, Any],
    *lines: str,
    as_json: bool,
) -> None:
    """A program is handed the secret with the result; a person has scanned it already."""
    if at_terminal():
        result(as_json, content, *lines)
    else:
        content = content | {"otpauth": _uri(station, name, secret)}
        result(as_json, content, *_secret_lines(station, name, secret), *lines)


def tell_invited(invited: Invited, *, as_json: bool, **more: Any) -> None:
    """The invitation, for the officer's eyes."""
    content = {
        "officer": invited.officer,
        "invitation": invited.code,
        "invitation_ends": invited.ends_at.isoformat(),
    }
    result(
        as_json,
        content | more,
        f"Invitation for {invited.officer}, shown once: {invited.code}",
        f"Until {invited.ends_at:%Y-%m-%d %H:%M} UTC: station officer enrol {invited.officer}",
    )
