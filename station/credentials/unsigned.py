"""What is ready to be signed elsewhere: the maker of a credential never holds a key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cryptography import x509

from station.credentials.errors import CredentialError

SIGNATURE_OCTETS = 64
T = TypeVar("T")

SaltSource = Callable[[int], bytes]
"""n unpredictable octets: `secrets.token_bytes` in life."""

CertificateChain = tuple[bytes, ...]
"""DER certificates, the signer's first, without the trust anchor."""


@dataclass(frozen=True, slots=True)
class Unsigned(Generic[T]):
    """A finished object but for its signature over `to_sign` (ES256)."""

    to_sign: bytes = field(repr=False)
    assemble: Callable[[bytes], T] = field(repr=False)

    def complete(self, signature: bytes) -> T:
        """The object with its `signature`. Units: r||s, 64 octets."""
        if len(signature) != SIGNATURE_OCTETS:
            raise CredentialError("signature_length", "an ES256 signature has 64 octets")
        return self.assemble(signature)

    @property
    def draft(self) -> T:
        """The object with zeros for a signature: what the linter reads before the key is used."""
        return self.assemble(bytes(SIGNATURE_OCTETS))


def check_chain(chain: CertificateChain) -> None:
    """Refuse an empty chain and one that carries a self-issued certificate (HAIP 1.0, 5)."""
    if not chain:
        raise CredentialError("chain_empty", "no signing certificate")
    for der in chain:
        certificate = x509.load_der_x509_certificate(der)
        if certificate.issuer == certificate.subject:
            raise CredentialError("chain_anchor", "the trust anchor does not belong in the chain")
