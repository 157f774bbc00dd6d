"""A station's folder: where everything in it lies."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from station.config import FILE_NAME
from station.domain.errors import StationError


@dataclass(frozen=True, slots=True)
class Home:
    """The folder and its files; nothing else knows their names."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / FILE_NAME

    @property
    def keys(self) -> Path:
        return self.folder / "keys.sealed"

    @property
    def demo_passphrase(self) -> Path:
        return self.folder / "DEMO-passphrase"

    @property
    def database(self) -> Path:
        return self.folder / "station.db"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "audit-checkpoints.jsonl"

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def notices(self) -> Path:
        return self.folder / "notices"

    @property
    def certificates(self) -> Path:
        return self.folder / "certificates"

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    def certificate(self, name: str) -> bytes:
        """One of the issuer's certificates, DER."""
        return _der(self.certificates / f"{name}.pem")

    def country_signers(self) -> tuple[bytes, ...]:
        return tuple(_der(path) for path in sorted((self.trust / "csca").glob("*.pem")))

    def attestation_roots(self) -> Mapping[str, bytes]:
        """Roots of attestation signers by the names of their files."""
        paths = sorted((self.trust / "attestation").glob("*.pem"))
        return {path.stem: _der(path) for path in paths}

    def attestation_keys(self) -> Mapping[str, bytes]:
        """Keys of attestation signers, each a JWK, by the names of their files."""
        try:
            paths = sorted((self.trust / "attestation").glob("*.jwk"))
            return {path.stem: path.read_bytes() for path in paths}
        except OSError as error:
            raise _unreadable(error) from None

    def wallet_roots(self) -> tuple[bytes, ...]:
        """Whose wallet attestations are believed; nobody's without any."""
        return tuple(_der(path) for path in sorted((self.trust / "wallets").glob("*.pem")))

    def android_roots(self) -> tuple[bytes, ...]:
        """Further roots of Android attestations, for a demo."""
        return tuple(_der(path) for path in sorted((self.trust / "android").glob("*.pem")))

    @property
    def android_revocations(self) -> Path:
        return self.trust / "android" / "revocations.json"

    def terminal_chain(self) -> tuple[bytes, ...]:
        """The terminal's CV certificates, the root first and the terminal last."""
        names = ("cvca", "dv", "terminal")
        try:
            return tuple((self.trust / "terminal" / f"{name}.cv").read_bytes() for name in names)
        except OSError as error:
            raise _unreadable(error) from None

    def free(self) -> int:
        """The octets left on the disk where the database grows."""
        return shutil.disk_usage(self.folder).free


def _der(path: Path) -> bytes:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable(error) from None
    return certificate.public_bytes(Encoding.DER)


def _unreadable(error: Exception) -> StationError:
    return StationError("config.invalid", f"a certificate cannot be read: {error}")
