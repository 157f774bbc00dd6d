"""`station init --demo`: a new station with TEST trust, demo keys and synthetic residents."""

import os
import secrets
import shutil
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from station.adapters import key_file
from station.adapters.files import write_private
from station.adapters.registry.embedded import EmbeddedRegistry
from station.adapters.sealing import Sealer
from station.bootstrap import PASSPHRASE_FILE, Station, build, passphrase, settings_of
from station.bootstrap.home import Home
from station.credentials import certificates
from station.credentials.certificates import Authority, Issuer, Leaf, Period
from station.domain.errors import StationError

IACA_LIFE = timedelta(days=9 * 365)
SIGNER_LIFE = timedelta(days=457, seconds=-1)  # Both ends count.
_EXPORTED = {
    "csca.pem": "csca/csca.pem",
    "attestation-root.pem": "attestation/attestation-root.pem",
    "cvca.cv": "terminal/cvca.cv",
    "dv.cv": "terminal/dv.cv",
    "terminal.cv": "terminal/terminal.cv",
}
_CONFIG = """\
# A demonstration: TEST cards, TEST people, keys in a file. Never use it for real.
demo = true

[issuer]
credential_issuer = "{issuer}"
listen = "{listen}"

[office]
code = "1111000000"
name = "TEST 행정복지센터"

[policy]
case_minutes = 60
# reader = "pcsc:"       the reader `case read-card` uses without --reader
# unattested = true      take wallets that cannot attest their keys
"""


@dataclass(frozen=True, slots=True)
class Founded:
    """A new station and how many residents its registry holds."""

    station: Station
    residents: int


def found_demo(folder: Path, exported: Path, issuer: str, listen: str) -> Founded:
    """Make a demo station in `folder` from what `card-sim export-pki` wrote to `exported`.

    Errors  `StationError`: the folder holds a station already, or a file is missing or not
            usable; what was made until then is taken away again.
    """
    home = Home(folder)
    if home.config.exists():
        raise StationError("home.exists")
    missing = [
        n for n in (*_EXPORTED, "terminal-key.pem", "residents.csv") if not (exported / n).is_file()
    ]
    if missing:
        raise StationError("input.invalid", f"no {missing[0]} in the exported PKI")
    before = set(folder.iterdir()) if folder.exists() else None
    try:
        return _fill(home, exported, issuer, listen)
    except BaseException:
        _take_away(folder, before)
        raise


def _take_away(folder: Path, before: Set[Path] | None) -> None:
    """Leave in `folder` what was there before; None: there was no such folder."""
    if before is None:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in set(folder.iterdir()) - before:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _fill(home: Home, exported: Path, issuer: str, listen: str) -> Founded:
    home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for source, target in _EXPORTED.items():
        path = home.trust / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(exported / source, path)
    write_private(home.config, _CONFIG.format(issuer=issuer, listen=listen).encode())
    settings_of(home)  # A wrong URL is refused before keys are made.
    if PASSPHRASE_FILE not in os.environ:
        write_private(home.demo_passphrase, secrets.token_urlsafe(24).encode())
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in _SIGNERS}
    _certify(home, keys, issuer)
    terminal = _terminal_key(exported / "terminal-key.pem")
    held = key_file.Secrets(
        symmetric={name: secrets.token_bytes(32) for name in ("data", "pseudonym", "offer")},
        private={
            name: key_file.private_octets(key)
            for name, key in (keys | {"terminal": terminal}).items()
        },
    )
    key_file.seal(home.keys, held, passphrase(home, demo=True))
    station = build(home.folder, founding=True)
    sealer = Sealer(held.symmetric["data"], held.symmetric["pseudonym"])
    registry = EmbeddedRegistry(station.engine, sealer, station.clock)
    imported = registry.import_csv(exported / "residents.csv", demo=True)
    return Founded(station, imported.residents)


def _terminal_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):  # Its text could hold what the file holds.
        raise StationError("input.invalid", f"{path.name} is not a key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StationError("input.invalid", f"{path.name} is not an EC key")
    return key


_SIGNERS = ("iaca", "mdoc-signer", "sd-jwt-signer", "status-signer", "audit")


def _certify(home: Home, keys: Mapping[str, ec.EllipticCurvePrivateKey], issuer: str) -> None:
    """The demo IACA and its three leaves."""
    now = datetime.now(UTC).replace(microsecond=0)
    # Valid from the day's first second: credentials are dated to it.
    start = now.replace(hour=0, minute=0, second=0)
    authority = Authority("TEST Station IACA", issuer, f"{issuer}/crl")
    iaca = certificates.make_iaca(
        keys["iaca"], authority, Period(start, start + IACA_LIFE), _serial()
    )
    by = Issuer(iaca, keys["iaca"])
    period = Period(start, start + SIGNER_LIFE)

    def leaf(name: str, common_name: str) -> Leaf:
        return Leaf(common_name, keys[name].public_key(), period, _serial())

    mdoc_signer = leaf("mdoc-signer", "TEST Station mdoc signer")
    sd_jwt_signer = leaf("sd-jwt-signer", "TEST Station SD-JWT VC signer")
    status_signer = leaf("status-signer", "TEST Station status list signer")
    made = {
        "iaca": iaca,
        "mdoc-signer": certificates.make_document_signer(by, mdoc_signer, issuer),
        "sd-jwt-signer": certificates.make_sd_jwt_signer(by, sd_jwt_signer, issuer),
        "status-signer": certificates.make_status_signer(by, status_signer, issuer),
    }
    home.certificates.mkdir(exist_ok=True)
    for name, certificate in made.items():
        path = home.certificates / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))


def _serial() -> int:
    return certificates.random_serial(secrets.token_bytes)
