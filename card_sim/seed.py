"""Private keys and serial numbers made from a seed, so that a TEST world can be made again.

Whoever knows the seed knows every private key. That is what it is for, and why nothing made
from it may ever be trusted outside a demonstration.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apdu.crypto.curves import Curve, PrivateKey

_SALT = b"card-sim TEST"
_SERIAL_OCTETS = 20
_EXTRA_OCTETS = 8


@dataclass(frozen=True, slots=True)
class Seed:
    """Any text; the same text makes the same keys on every machine."""

    text: str = field(repr=False)

    def octets(self, label: str, length: int) -> bytes:
        """Octets that belong to `label` alone. Source: RFC 5869."""
        derivation = HKDF(SHA512(), length, _SALT, label.encode("utf-8"))
        return derivation.derive(self.text.encode("utf-8"))

    def private_key(self, curve: Curve, label: str) -> PrivateKey:
        """The key pair of `label` on `curve`.

        Rule    64 bits more than the order has are reduced, so that no scalar is likelier.
        Source  FIPS 186-5, A.2.1.
        """
        octets = self.octets(f"{label} on {curve.name}", curve.order_size + _EXTRA_OCTETS)
        return curve.private_key(int.from_bytes(octets) % (curve.n - 1) + 1)

    def serial_number(self, label: str) -> int:
        """A certificate's serial number, positive and of at most 20 octets (RFC 5280, 4.1.2.2)."""
        return int.from_bytes(self.octets(f"serial number of {label}", _SERIAL_OCTETS)) >> 1 | 1
