"""When a technical credential is valid."""

from dataclasses import dataclass
from datetime import UTC, datetime

from station.credentials.errors import CredentialError


@dataclass(frozen=True, slots=True)
class Validity:
    """Times of one technical credential. Units: UTC, whole seconds: tdate has no fraction."""

    signed: datetime
    valid_from: datetime
    valid_until: datetime

    def __post_init__(self) -> None:
        for time in (self.signed, self.valid_from, self.valid_until):
            if time.tzinfo is not UTC or time.microsecond:
                raise ValueError("times of a credential are UTC in whole seconds")
        if not self.signed <= self.valid_from < self.valid_until:
            raise ValueError("times of a credential are out of order")


def validity(
    now: datetime, ends: tuple[datetime, ...], not_before: datetime | None = None
) -> Validity:
    """The validity of a credential signed at `now` that must not outlive any of `ends`.

    Rule    It ends with the earliest of the mobile card's three years, the plastic card's expiry
            and the signing certificate's notAfter (`ends`). It is dated to the start of the UTC
            day, so that times do not link credentials of one person and clocks may differ, but
            not before `not_before`, the signing certificate's first second.
    Errors  `CredentialError("expired")` if one of `ends` has passed; `("not_yet_valid")` before
            `not_before`.
    Source  ISO/IEC 18013-5:2021, 9.1.2.4.
    """
    if not ends:
        raise ValueError("a credential without an end")
    moment = now.astimezone(UTC).replace(microsecond=0)
    start = moment.replace(hour=0, minute=0, second=0)
    if not_before is not None:
        if moment < not_before:
            raise CredentialError("not_yet_valid", "the signing certificate is not valid yet")
        start = max(start, not_before.astimezone(UTC).replace(microsecond=0))
    until = min(ends).astimezone(UTC).replace(microsecond=0)
    if until <= moment:
        raise CredentialError("expired", "what the credential rests on has expired")
    return Validity(start, start, until)
