"""The PIN of a `krrc-1` card changed, unblocked, reset, switched on and off: one tap each.

Every function takes a survey, so that the tries left are known before anybody is asked for a
password, and gives the state the card reports afterwards. None ever tries a password twice.

Source  BSI TR-03110-2, 2.3 and 3.2.1; docs/card-profile.md.
"""

import hashlib
from datetime import datetime

from apdu.crypto.curves import KeyGenerator, encode_point, fresh_key
from apdu.errors import ApduError, StatusError
from apdu.exchange import Exchange
from apdu.files import BlockSize
from apdu.lds.chat import CAN_ALLOWED, PIN_MANAGEMENT
from apdu.profiles import eac
from apdu.profiles.checks import CheckTable
from apdu.profiles.eac import GeneralAuthentication, TerminalCredentials
from apdu.profiles.named_files import NamedFiles
from apdu.profiles.passwords import present, require_form
from apdu.profiles.survey import Survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind
from apdu.protocols.pin import (
    PinNotChanged,
    PinStatus,
    activate_pin,
    change_pin,
    deactivate_pin,
    pin_status,
    unblock_pin,
)
from apdu.secure_messaging import SecureMessaging, through

_RIGHTS = 1 << PIN_MANAGEMENT | 1 << CAN_ALLOWED


class AnotherChip(ApduError):
    """The card is genuine and is not the one whose PIN was to be managed."""


def change(
    found: Survey,
    current: Password,
    new: Password,
    *,
    can: Password | None = None,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[PinStatus]:
    """Let the holder set another PIN; `can` resumes a suspended one in the same session.

    Errors  `ValueError` for passwords of another form, before the card hears of them; as
            `present`; `StatusError`: the card refused.
    """
    _require_pins(current, new)
    if can is not None:
        require_form(can, PasswordKind.CAN)
    session = yield from present(found, current, can=can, ephemeral=ephemeral)
    yield from through(SecureMessaging(session.keys), change_pin(new))
    return (yield from _status_afterwards(found))


def unblock(
    found: Survey,
    puk: Password,
    new: Password | None = None,
    *,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[PinStatus]:
    """Give the PIN its tries back with the PUK; set a new one where the card lets the PUK do so.

    Errors  As `change`; `PukBlocked`; `PinNotChanged`: unblocked, but with the old PIN.
    """
    require_form(puk, PasswordKind.PUK)
    _require_pins(new)
    session = yield from present(found, puk, ephemeral=ephemeral)
    yield from through(SecureMessaging(session.keys), _reset(new))
    return (yield from _status_afterwards(found))


def require_terminal(terminal: TerminalCredentials, now: datetime) -> None:
    """Stop, before anybody is asked for anything, a terminal that may not manage PINs.

    Errors  `TerminalLacksRight`, `TerminalExpired`, `NoCertificateChain`.
    """
    terminal.require(_RIGHTS, now)


def reset_by_terminal(
    found: Survey,
    can: Password,
    terminal: TerminalCredentials,
    trust: TrustStore,
    now: datetime,
    new: Password | None = None,
    *,
    chip: str | None = None,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[PinStatus]:
    """Unblock the PIN, and set a new one if it is given, as a terminal that may manage PINs.

    Units   `chip`: SHA-256 of the public key of the only chip that is meant.
    Rule    The new PIN is sent only into a channel that ends in the genuine chip.
    Errors  As `GeneralAuthentication.run`, and as `unblock`; `AnotherChip`: nothing was changed.
    """
    _require_pins(new)
    procedure = _procedure(found, terminal, trust, now, ephemeral)
    return (yield from _manage(procedure, can, _reset(new), chip))


def activate(
    found: Survey,
    can: Password,
    terminal: TerminalCredentials,
    trust: TrustStore,
    now: datetime,
    *,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[PinStatus]:
    """Switch the PIN on, as a terminal that may manage PINs. Errors: as `reset_by_terminal`."""
    procedure = _procedure(found, terminal, trust, now, ephemeral)
    return (yield from _manage(procedure, can, activate_pin()))


def deactivate(
    found: Survey,
    can: Password,
    terminal: TerminalCredentials,
    trust: TrustStore,
    now: datetime,
    *,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[PinStatus]:
    """Switch the PIN off, as a terminal that may manage PINs. Errors: as `reset_by_terminal`."""
    procedure = _procedure(found, terminal, trust, now, ephemeral)
    return (yield from _manage(procedure, can, deactivate_pin()))


def _require_pins(*pins: Password | None) -> None:
    for each in pins:
        if each is not None:
            require_form(each, PasswordKind.PIN)


def _procedure(
    found: Survey,
    terminal: TerminalCredentials,
    trust: TrustStore,
    now: datetime,
    ephemeral: KeyGenerator,
) -> GeneralAuthentication:
    checks, files = CheckTable(eac.CHECKS), NamedFiles(BlockSize(found.block))
    return GeneralAuthentication(found, terminal, trust, now, checks, files, ephemeral)


def _manage(
    procedure: GeneralAuthentication,
    can: Password,
    action: Exchange[None],
    chip: str | None = None,
) -> Exchange[PinStatus]:
    require_form(can, PasswordKind.CAN)
    proven = yield from procedure.run(can, _RIGHTS)
    proven_chip = hashlib.sha256(encode_point(proven.chip_key)).hexdigest()
    if chip is not None and chip != proven_chip:
        raise AnotherChip("another card than the one that was read")
    yield from through(proven.channel, action)
    return (yield from _status_afterwards(procedure.found))


def _reset(new: Password | None) -> Exchange[None]:
    """Unblocking is what a card must allow; setting a PIN on the way is its choice."""
    yield from unblock_pin()
    if new is None:
        return
    try:
        yield from change_pin(new)
    except StatusError as refusal:
        raise PinNotChanged(refusal.status, refusal.command) from refusal


def _status_afterwards(found: Survey) -> Exchange[PinStatus]:
    """The counter as anybody reads it: a plain command ends the channel, and its rights with it.

    Rule    A card may do no more at that command than end the channel: then it is asked again.
    """
    try:
        return (yield from pin_status(found.pace_info))
    except StatusError:
        return (yield from pin_status(found.pace_info))
