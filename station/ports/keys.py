"""Keys: the private half may be in a device."""

from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


class SignerUnavailable(Exception):
    """The key device is away: nothing was signed, and a later try may succeed."""


class IssuerKey(Protocol):
    """A signing key with its certificates; the private half may be in a device."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER, leaf first, without the anchor."""
        ...

    @property
    def public_key(self) -> EllipticCurvePublicKey: ...
    @property
    def not_before(self) -> datetime: ...
    @property
    def not_after(self) -> datetime: ...
    def sign(self, to_sign: bytes) -> bytes:
        """ECDSA with SHA-256 over `to_sign`: r||s, 64 octets. Errors: `SignerUnavailable`."""
        ...


class IssuerKeys(Protocol):
    """One leaf for each kind of object, all under one IACA."""

    @property
    def anchor(self) -> bytes:
        """The IACA's certificate, DER."""
        ...

    @property
    def mdoc(self) -> IssuerKey: ...
    @property
    def sd_jwt(self) -> IssuerKey: ...
    @property
    def status_list(self) -> IssuerKey: ...


class TerminalKey(Protocol):
    """The terminal's certificates for the card, and the key they speak for."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """CV certificates (7F21), links and DV first, terminal last."""
        ...

    def sign(self, challenge: bytes) -> bytes:
        """Plain ECDSA r||s with the hash the terminal certificate names."""
        ...


class CodeMaker(Protocol):
    """Makes what is shown or compared and never stored: HMAC under a key of its own."""

    def derive(self, *labels: str) -> bytes:
        """32 octets for these labels."""
        ...
