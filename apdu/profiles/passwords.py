"""The passwords of `krrc-1`: what one looks like, and how one is presented to a card.

Form is checked before any card is touched: a mistyped PIN must not cost a try.
"""

from apdu.crypto.curves import KeyGenerator, fresh_key
from apdu.exchange import Exchange
from apdu.profiles.survey import Survey
from apdu.protocols.pace import PaceResult, pace
from apdu.protocols.password import Password, PasswordKind
from apdu.protocols.pin import PinState, require_usable
from apdu.secure_messaging import SecureMessaging, through

PIN_DIGITS = 6
PUK_DIGITS = 10
CAN_DIGITS = 6
PIN_TRIES = 3

_DIGITS = {
    PasswordKind.PIN: PIN_DIGITS,
    PasswordKind.PUK: PUK_DIGITS,
    PasswordKind.CAN: CAN_DIGITS,
}


def pin(value: str) -> Password:
    """A PIN as its holder typed it. Errors: `ValueError` if it cannot be one."""
    return require_form(Password.pin(value), PasswordKind.PIN)


def can(value: str) -> Password:
    """The number printed on the card. Errors: `ValueError` if it cannot be one."""
    return require_form(Password.can(value), PasswordKind.CAN)


def puk(value: str) -> Password:
    """A PUK as its holder typed it. Errors: `ValueError` if it cannot be one."""
    return require_form(Password.puk(value), PasswordKind.PUK)


def require_form(password: Password, *kinds: PasswordKind) -> Password:
    """`password`, if it is of one of `kinds` and of their length. Errors: `ValueError`."""
    if password.kind not in kinds:
        raise ValueError(f"{password.kind.name} where {' or '.join(k.name for k in kinds)} belongs")
    digits = _DIGITS[password.kind]
    if len(password.value) != digits:
        raise ValueError(f"{password.kind.name} has {digits} digits")
    return password


def present(
    found: Survey,
    password: Password,
    *,
    can: Password | None = None,
    chat: bytes | None = None,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[PaceResult]:
    """Run PACE once with `password`; a suspended PIN is resumed by `can` in the same session.

    Rule    The survey is spent: another try needs another survey, which reads the counter.
            A PIN the card would not take is not presented.
    Errors  As `pace`; `SurveySpent`.
    """
    if password.kind is PasswordKind.PIN:
        require_usable(found.pin, with_can=can is not None)
    found.spend()
    guess = pace(password, found.pace_info, chat=chat, ephemeral=ephemeral)
    suspended = password.kind is PasswordKind.PIN and found.pin.state is PinState.SUSPENDED
    if can is None or not suspended:
        return (yield from guess)
    resumed = yield from pace(can, found.pace_info, ephemeral=ephemeral)
    return (yield from through(SecureMessaging(resumed.keys), guess))
