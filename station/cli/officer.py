"""`station officer`: accounts, their rights, and what became of them."""

import click

from station.cli import session
from station.cli.asking import ask_new
from station.cli.enrolment import add, enrol, name_argument, tell_invited
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.account import Invitation
from station.domain.officer import Officer
from station.domain.roles import CONFIRMED_ONLY, HOLDERS_ONLY, PERMITTED, Role

role_argument = click.argument("role", type=click.Choice([each.value for each in Role]))


@click.group()
def officer() -> None:
    """Accounts of officers: who may do what."""


@officer.command()
@name_argument
@json_option
@click.pass_obj
def reset(folder: Folder, name: str, as_json: bool) -> None:
    """Invite again who lost password or authenticator; sessions end, the old ones are void."""
    invited = folder.open().officers.reset(officer_of(folder), name)
    tell_invited(invited, as_json=as_json)


@officer.command()
@name_argument
@json_option
@click.pass_obj
def close(folder: Folder, name: str, as_json: bool) -> None:
    """Close an account for good; its session ends at once."""
    folder.open().officers.close(officer_of(folder), name)
    result(as_json, {"officer": name, "active": False}, f"{name} is closed.")


@officer.command()
@name_argument
@role_argument
@json_option
@click.pass_obj
def grant(folder: Folder, name: str, role: str, as_json: bool) -> None:
    """Give an account one more role; never your own."""
    folder.open().officers.grant(officer_of(folder), name, Role(role))
    result(as_json, {"officer": name, "granted": role}, f"{name} is {role} now.")


@officer.command()
@name_argument
@role_argument
@json_option
@click.pass_obj
def withdraw(folder: Folder, name: str, role: str, as_json: bool) -> None:
    """Take a role from an account; it counts at once."""
    folder.open().officers.withdraw(officer_of(folder), name, Role(role))
    result(as_json, {"officer": name, "withdrawn": role}, f"{name} is not {role} any more.")


@officer.command("list")
@json_option
@click.pass_obj
def list_officers(folder: Folder, as_json: bool) -> None:
    """List every account there was, with its roles."""
    accounts = folder.open().officers.list(officer_of(folder))
    lines = [
        f"{each.name:<20} {_state(each):<8} {', '.join(sorted(each.roles)) or '-'}  {each.title}"
        for each in accounts
    ]
    content = [
        {
            "officer": each.name,
            "title": each.title,
            "roles": sorted(each.roles),
            "state": _state(each),
            "made_at": each.made_at.isoformat(),
        }
        for each in accounts
    ]
    result(as_json, {"officers": content}, *lines)


def _state(account: Officer) -> str:
    if not account.active:
        return "closed"
    return "invited" if Invitation.parse(account.password) else "open"


@officer.command()
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most."
)
@json_option
@click.pass_obj
def history(folder: Folder, limit: int, as_json: bool) -> None:
    """Show grants and changes of rights: when, who, what, whose; oldest first."""
    entries = folder.open().officers.history(officer_of(folder), limit)
    content = [
        {"at": e.at.isoformat(), "event": e.event, "by": e.actor, **e.fields} for e in entries
    ]
    lines = [
        f"{e.at:%Y-%m-%d %H:%M:%S}  {e.event:<24} {e.fields['officer']:<20}"
        f" {e.fields.get('role', e.fields.get('roles', ''))} by {e.actor}"
        for e in entries
    ]
    result(as_json, {"history": content}, *lines)


@officer.command()
@json_option
@click.pass_obj
def confirm(folder: Folder, as_json: bool) -> None:
    """Give password and code again: some operations ask for it within five minutes."""
    station, by = folder.open(), officer_of(folder)
    password, code = session.ask_proof(by.officer)
    station.signing_in.confirm(by, password, code)
    result(as_json, {"officer": by.officer}, f"{by.officer} is confirmed for five minutes.")


@officer.command()
@json_option
@click.pass_obj
def password(folder: Folder, as_json: bool) -> None:
    """Change your password; you sign in again afterwards."""
    station, by = folder.open(), officer_of(folder)
    old, code = session.ask_proof(by.officer)
    new = ask_new("New password / 새 비밀번호")
    station.signing_in.change_password(by, old, code, new)
    session.forget(folder.path)
    result(as_json, {"officer": by.officer}, "The password is changed. Next: station sign-in")


@officer.command()
@json_option
def roles(as_json: bool) -> None:
    """Show which role permits which operation."""
    content = {
        operation.value: {
            "roles": sorted(permitted),
            "holder_only": operation in HOLDERS_ONLY,
            "confirmed_only": operation in CONFIRMED_ONLY,
        }
        for operation, permitted in PERMITTED.items()
    }
    lines = [
        f"{operation.value:<18} {', '.join(sorted(permitted))}"
        f"{'; who holds the case' if operation in HOLDERS_ONLY else ''}"
        f"{'; confirmed' if operation in CONFIRMED_ONLY else ''}"
        for operation, permitted in PERMITTED.items()
    ]
    result(as_json, {"operations": content}, *lines)


for command in (add, enrol):
    officer.add_command(command)
