"""What one chip is made of: the data written at personalization, its memory, its randomness."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from apdu.crypto.curves import Curve, KeyGenerator, PrivateKey, Product, multiply_either
from apdu.lds.security_infos import key_length
from card_sim.files import FileSystem
from card_sim.memory import Memory
from card_sim.session import Password

RandomBytes = Callable[[int], bytes]
Wait = Callable[[float], None]
"""Lets so many seconds pass: `time.sleep`, or something that only takes note."""


def no_wait(_: float) -> None:
    """Let no time pass: delays are for attackers, not for tests."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords of PACE; `mrz_information` is document number, birth and expiry with digits."""

    mrz_information: str = field(repr=False)
    can: str = field(repr=False)
    pin: str = field(repr=False)
    puk: str = field(repr=False)

    def key_material(self, password: Password) -> bytes:
        """K of the password (ICAO Doc 9303-11, 9.7.3): its octets, for the MRZ their SHA-1."""
        if password is Password.MRZ:
            octets = self.mrz_information.encode("latin-1")
            return hashlib.sha1(octets, usedforsecurity=False).digest()
        text = {Password.CAN: self.can, Password.PIN: self.pin, Password.PUK: self.puk}[password]
        return text.encode("latin-1")


@dataclass(frozen=True, slots=True)
class CardData:
    """A personalized card.

    `protocol` names the PACE variant and `chip_protocol` the chip authentication variant, as
    dotted object identifiers; both run on `curve`. `extended`: it takes commands, and gives
    answers, of extended length.
    """

    atr: bytes
    files: FileSystem = field(repr=False)
    secrets: Secrets = field(repr=False)
    curve: Curve = field(repr=False)
    protocol: str
    chip_protocol: str
    chip_key: PrivateKey = field(repr=False)
    chip_key_id: int
    extended: bool = True

    @property
    def key_length(self) -> int:
        return key_length(self.protocol)


@dataclass(frozen=True, slots=True)
class Chip:
    """A card with power: its data, its memory, and where its random choices come from."""

    card: CardData
    memory: Memory
    random_bytes: RandomBytes
    generate: KeyGenerator
    wait: Wait = no_wait
    product: Product = multiply_either

    def key_material(self, password: Password) -> bytes:
        """K of a password as it is today: the PIN may have been changed."""
        secrets, changed = self.card.secrets, self.memory.state.pin
        if changed is not None:
            secrets = replace(secrets, pin=changed)
        return secrets.key_material(password)
