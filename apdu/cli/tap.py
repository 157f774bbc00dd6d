"""The tap behind `apdu read`: the profile chosen, the PIN asked for in time, the card read once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import click

from apdu.cli.links import Link
from apdu.cli.material import Terminal, now
from apdu.cli.progress import ProgressLine
from apdu.cli.prompts import describe, printed, secret, tries_left
from apdu.errors import StatusError, VerificationFailed
from apdu.exchange import run
from apdu.files import SHORT_BLOCK
from apdu.iso7816 import MAX_SHORT_NE
from apdu.profiles import icao, krrc
from apdu.profiles.icao import DocumentReading
from apdu.profiles.krrc import ChipReading, Survey
from apdu.profiles.survey import survey_over
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind
from apdu.protocols.pin import PinState, pin_status, require_usable

Reading = ChipReading | DocumentReading


class Profile(StrEnum):
    """What a card is taken for."""

    AUTO = "auto"
    KRRC = "krrc"
    ICAO = "icao"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read with: a password, or with none the PIN, which is asked for once its state is
    known; `resume` is the CAN for a suspended PIN, where it is known already.
    """

    profile: Profile
    trust: TrustStore
    terminal: Terminal | None = None
    password: Password | None = None
    resume: Password | None = None
    max_block: int | None = None
    progress: ProgressLine = field(default_factory=ProgressLine)


def tap(wanted: Wanted, link: Link) -> Reading:
    """Read one card. Errors: `ApduError`s; `click.UsageError` for what cannot be read so."""
    if wanted.terminal is not None and wanted.profile is not Profile.ICAO:
        found = _surveyed(wanted, link)
        if found is not None:
            return _read_krrc(found, wanted.terminal, wanted, link)
    if wanted.password is None:
        raise click.UsageError(
            "This is no card for a terminal; read it as a travel document, with --can or --mrz."
        )
    return _read_document(wanted.password, wanted, link)


def _surveyed(wanted: Wanted, link: Link) -> Survey | None:
    """The card, if it is one for terminals: it offers chip authentication version 2."""
    try:
        found = survey_over(link, wanted.max_block)
    except StatusError:
        if wanted.profile is Profile.KRRC:
            raise
        return None  # It has no EF.CardAccess or no PIN.
    for_terminals = any(each.version == 2 for each in found.infos.chip_authentication)
    return found if for_terminals or wanted.profile is Profile.KRRC else None


def _read_krrc(found: Survey, terminal: Terminal, wanted: Wanted, link: Link) -> ChipReading:
    moment = now()
    kind = wanted.password.kind if wanted.password else PasswordKind.PIN
    krrc.require_terminal(terminal.credentials, kind, moment)
    resume = wanted.resume
    if wanted.password is None:
        require_usable(found.pin, with_can=True)
        if resume is None and found.pin.state is PinState.SUSPENDED:
            click.echo(f"PIN: {describe(found.pin)}", err=True)
            resume = printed("CAN", krrc.can)
    password = wanted.password or secret("PIN", krrc.pin, tries_left(found.pin))
    with wanted.progress, _counter_told(found, link):
        return run(
            krrc.read_card(
                found,
                password,
                terminal.credentials,
                wanted.trust,
                moment,
                can=resume,
                progress=wanted.progress,
            ),
            link,
        )


def _read_document(password: Password, wanted: Wanted, link: Link) -> DocumentReading:
    with wanted.progress:
        return run(
            icao.read_document(
                password,
                wanted.trust,
                now(),
                max_block=wanted.max_block or _block_of_reader(link),
                progress=wanted.progress,
            ),
            link,
        )


def _block_of_reader(link: Link) -> int | None:
    """Short blocks for a reader that says it carries short answers only."""
    short = link.max_answer is not None and link.max_answer <= MAX_SHORT_NE + 2
    return SHORT_BLOCK if short else None


@contextmanager
def _counter_told(found: Survey, link: Link) -> Iterator[None]:
    """After a wrong PIN for which the card tells no tries, read how many are left."""
    try:
        yield
    except VerificationFailed as error:
        if error.tries_left is None and error.command.endswith(PasswordKind.PIN.name):
            click.echo(f"PIN: {describe(run(pin_status(found.pace_info), link))}", err=True)
        raise
