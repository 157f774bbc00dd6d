"""The short passwords PACE starts from, and how a card says that one cannot be used."""

from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha1
from string import ascii_uppercase, digits

from apdu.errors import StatusError
from apdu.protocols.key_derivation import PASSWORD, derive

_MRZ_ALPHABET = frozenset(ascii_uppercase + digits + "<")
_MRZ_MIN_LENGTH = 24  # Document number 9, two dates of 6, three check digits.


class PasswordKind(IntEnum):
    """Which password; the number is its reference in data object 83."""

    MRZ = 1
    CAN = 2
    PIN = 3
    PUK = 4


@dataclass(frozen=True, slots=True)
class Password:
    """A password as its holder types it, or the MRZ information as the reader makes it.

    Rule    CAN, PIN and PUK are digits; MRZ is number, birth and expiry, each with check digit.
    Errors  `ValueError`, before any card is touched; it does not repeat the value.
    """

    kind: PasswordKind
    value: str = field(repr=False)

    def __post_init__(self) -> None:
        if self.kind is PasswordKind.MRZ:
            if len(self.value) < _MRZ_MIN_LENGTH or not _MRZ_ALPHABET.issuperset(self.value):
                raise ValueError(
                    "MRZ information is not number, birth and expiry with check digits"
                )
        elif not (self.value.isascii() and self.value.isdigit()):
            raise ValueError(f"{self.kind.name} is not digits")

    @classmethod
    def mrz(cls, information: str) -> "Password":
        return cls(PasswordKind.MRZ, information)

    @classmethod
    def can(cls, value: str) -> "Password":
        return cls(PasswordKind.CAN, value)

    @classmethod
    def pin(cls, value: str) -> "Password":
        return cls(PasswordKind.PIN, value)

    @classmethod
    def puk(cls, value: str) -> "Password":
        return cls(PasswordKind.PUK, value)

    def key(self, length: int) -> bytes:
        """K_pi, which encrypts the nonce. Source: ICAO Doc 9303-11, 9.7.1.1 and 9.7.3."""
        octets = self.value.encode("latin-1")
        if self.kind is PasswordKind.MRZ:
            octets = sha1(octets, usedforsecurity=False).digest()
        return derive(octets, PASSWORD, length)


class PinSuspended(StatusError):
    """One try is left, and the card wants the CAN before it takes the PIN again."""


class PinBlocked(StatusError):
    """No try is left; the PUK or a terminal with the right to manage PINs unblocks."""


class PinDeactivated(StatusError):
    """The PIN was switched off or never set."""


class PukBlocked(StatusError):
    """The PUK has no use left; a terminal with the right to manage PINs is all that is left."""
