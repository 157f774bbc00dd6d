"""What the tool brings along from files: the terminal's certificates and key, trusted CSCAs."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from apdu.crypto.curves import encode_point
from apdu.crypto.signatures import sign_plain
from apdu.errors import EncodingError
from apdu.lds import cvc
from apdu.profiles.krrc import TerminalCredentials
from apdu.protocols.passive_authentication import TrustStore

_ROOT, _LINKS, _BELOW = "cvca.cv", "link-*.cv", ("dv.cv", "terminal.cv")
_KEY = "terminal-key.pem"
CSCA = "csca.der"
TERMINAL_HELP = (
    f"Folder with {_ROOT}, {', '.join(_BELOW)} and {_KEY}, as `card-sim export-pki` writes it;"
    f" {_LINKS}, if there are any, are offered in the order of their names."
)
_PEM = b"-----BEGIN"
_KOREA = timezone(timedelta(hours=9))


def now() -> datetime:
    """The time there: a card issued today is good from midnight in Korea."""
    return datetime.now(_KOREA)


def at_noon(day: datetime) -> datetime:
    return day.replace(hour=12, tzinfo=_KOREA)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal, and the country signing certificates it trusts."""

    credentials: TerminalCredentials
    trust: TrustStore


def load_terminal(folder: Path, csca: tuple[Path, ...] = ()) -> Terminal:
    """The terminal of a folder, its own CSCA trusted unless others are named."""
    return Terminal(terminal_credentials(folder), trust_store(*(csca or (folder / CSCA,))))


def terminal_credentials(folder: Path) -> TerminalCredentials:
    """The terminal's certificates and its key. Errors: `click.UsageError`."""
    try:
        paths = (folder / _ROOT, *sorted(folder.glob(_LINKS)), *(folder / n for n in _BELOW))
        chain = tuple(path.read_bytes() for path in paths)
        shown = cvc.decode(chain[-1]).public_key
        key = load_pem_private_key((folder / _KEY).read_bytes(), None)
    except (OSError, ValueError, TypeError, EncodingError) as error:
        # Its text could hold what the file holds.
        raise click.UsageError(f"No terminal in {folder}: {type(error).__name__}.") from error
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey)
        or encode_point(key.public_key()) != shown.point
    ):
        raise click.UsageError(f"{_KEY} is not the key of {_BELOW[-1]}.")
    try:
        return TerminalCredentials(chain, lambda data: sign_plain(key, data, shown.hash_algorithm))
    except EncodingError as error:
        raise click.UsageError(f"No terminal in {folder}: {type(error).__name__}.") from error


def trust_store(*paths: Path) -> TrustStore:
    """The certificates of files, each one in DER or several in PEM. Errors: `click.UsageError`."""
    return TrustStore(tuple(each for path in paths for each in _certificates(path)))


def _certificates(path: Path) -> tuple[bytes, ...]:
    try:
        octets = path.read_bytes()
        found: tuple[bytes, ...] = (octets,)
        if octets.startswith(_PEM):
            found = tuple(
                each.public_bytes(Encoding.DER) for each in load_pem_x509_certificates(octets)
            )
        TrustStore(found)
    except (OSError, ValueError, EncodingError) as error:
        raise click.UsageError(f"{path} holds no certificate that can be read.") from error
    return found
