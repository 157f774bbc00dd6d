"""The TEST PKI: made once in a folder, then the same for every card, phone and export.

The folder appears whole or not at all: it is filled under another name and renamed, so that two
processes that start at once end up with one and the same PKI.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from apdu.crypto.curves import BRAINPOOL_P256, P256, Curve, PrivateKey
from apdu.crypto.signatures import sign_plain
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey, decode, issue
from apdu.lds.security_infos import TA_ECDSA_SHA256
from card_sim.certificates import Identity, Term, authority, document_signer, signer
from card_sim.memory import sync_folder

_DATE_FILE = "made-on"
_BACKDATED = timedelta(days=30)  # a counter's clock may run behind
_CVCA_DAYS, _DV_DAYS, _TERMINAL_DAYS = 3 * 365, 2 * 365, 365
_CSCA_YEARS, _SIGNER_YEARS = 15, 11  # a document signer outlives the cards it signs

# Rights of authentication terminals: every data group of the profile, CAN, PIN management.
CVCA_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("C0034E9F30"))
DV_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("80034E9F30"))
TERMINAL_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("00034E9F30"))

Certify = Callable[[str, PrivateKey, Term, Identity], x509.Certificate]


@dataclass(frozen=True, slots=True)
class TerminalChain:
    """CV certificates from the root a card trusts to a terminal, and the terminal's key."""

    cvca: CVCertificate
    dv: CVCertificate
    terminal: CVCertificate
    terminal_key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pki:
    """Everything the TEST world signs with; `made_on` is the day its people's dates count from."""

    made_on: date
    csca: Identity
    document_signer: Identity
    chain: TerminalChain
    brainpool_chain: TerminalChain
    root: Identity
    signer: Identity

    def attestation_root(self) -> bytes:
        """The phones' key-attestation root certificate, DER."""
        return self.root.der

    def attestation_signer(self) -> tuple[PrivateKey, list[bytes]]:
        """The key that signs attestations and its chain, leaf first, without the root, DER."""
        return self.signer.key, [self.signer.der]


def open_pki(folder: Path, today: date) -> Pki:
    """The PKI in `folder`; made there as of `today` if there is none yet."""
    if not (folder / _DATE_FILE).exists():
        _make_folder(folder, today)
    return _load(folder)


def attestation_signer(folder: Path) -> tuple[PrivateKey, list[bytes]]:
    """`Pki.attestation_signer` of the PKI in `folder`."""
    return open_pki(folder, date.today()).attestation_signer()


def attestation_root(folder: Path) -> bytes:
    """`Pki.attestation_root` of the PKI in `folder`."""
    return open_pki(folder, date.today()).attestation_root()


def make_chain(curve: Curve, suffix: str, today: date) -> tuple[TerminalChain, PrivateKey]:
    """CVCA, DV and terminal on `curve`, and the CVCA's key.

    Rule    References of 15 characters: a P-256 certificate's body and signature are then 231
            octets, which fit one short protected command.
    """
    keys = [curve.generate() for _ in range(3)]
    names = [f"KRTEST{kind}{suffix}00001" for kind in ("CV", "DV", "TM")]
    first = today - _BACKDATED
    plan = (
        (0, 0, CVCA_CHAT, _CVCA_DAYS),
        (0, 1, DV_CHAT, _DV_DAYS),
        (1, 2, TERMINAL_CHAT, _TERMINAL_DAYS),
    )
    cvca, dv, terminal = (
        issue(
            CertificateFields(
                names[issuer],
                names[holder],
                CvcPublicKey.of(TA_ECDSA_SHA256, keys[holder].public_key()),
                chat,
                first,
                today + timedelta(days=days),
            ),
            lambda body, key=keys[issuer]: sign_plain(key, body, hashes.SHA256()),  # type: ignore[misc]
        )
        for issuer, holder, chat, days in plan
    )
    return TerminalChain(cvca, dv, terminal, keys[2]), keys[0]


def load_key(path: Path) -> PrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path.name} is not an elliptic curve key")
    return key


def key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read. Errors: `FileExistsError`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folder(folder: Path, today: date) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _fill(made, today)
        sync_folder(made)
        made.rename(folder)  # Fails where another process was first: then its PKI counts.
        sync_folder(folder.parent)
    except OSError:
        if not (folder / _DATE_FILE).exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _fill(folder: Path, today: date) -> None:
    first = today - _BACKDATED
    long_term = Term(first, first + timedelta(days=_CSCA_YEARS * 366))
    short_term = Term(first, first + timedelta(days=_SIGNER_YEARS * 366))
    csca = _self_signed("TEST CSCA", long_term, path_length=0)
    root = _self_signed("TEST Phone Attestation Root", long_term, path_length=0)
    _save(folder, "csca", csca)
    _save(
        folder,
        "document-signer",
        _signed("TEST Document Signer", document_signer, short_term, csca),
    )
    _save(folder, "attestation-root", root)
    _save(folder, "attestation-signer", _signed("TEST Phone Attestation", signer, short_term, root))
    for curve, suffix, name in ((P256, "KR", ""), (BRAINPOOL_P256, "BP", "-bp256")):
        chain, cvca_key = make_chain(curve, suffix, today)
        write_secret(folder / f"cvca{name}.cv", chain.cvca.encoded)
        write_secret(folder / f"cvca{name}-key.pem", key_pem(cvca_key))
        write_secret(folder / f"dv{name}.cv", chain.dv.encoded)
        write_secret(folder / f"terminal{name}.cv", chain.terminal.encoded)
        write_secret(folder / f"terminal{name}-key.pem", key_pem(chain.terminal_key))
    write_secret(folder / _DATE_FILE, today.isoformat().encode())


def _self_signed(name: str, term: Term, *, path_length: int) -> Identity:
    key = P256.generate()
    return Identity(authority(name, key, term, path_length=path_length), key)


def _signed(name: str, certify: Certify, term: Term, issuer: Identity) -> Identity:
    key = P256.generate()
    return Identity(certify(name, key, term, issuer), key)


def _save(folder: Path, name: str, identity: Identity) -> None:
    write_secret(folder / f"{name}.pem", identity.certificate.public_bytes(Encoding.PEM))
    write_secret(folder / f"{name}-key.pem", key_pem(identity.key))


def _load(folder: Path) -> Pki:
    return Pki(
        date.fromisoformat((folder / _DATE_FILE).read_text("ascii")),
        _load_identity(folder, "csca"),
        _load_identity(folder, "document-signer"),
        _load_chain(folder, ""),
        _load_chain(folder, "-bp256"),
        _load_identity(folder, "attestation-root"),
        _load_identity(folder, "attestation-signer"),
    )


def _load_identity(folder: Path, name: str) -> Identity:
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
    return Identity(certificate, load_key(folder / f"{name}-key.pem"))


def _load_chain(folder: Path, suffix: str) -> TerminalChain:
    cvca, dv, terminal = (
        decode((folder / f"{name}{suffix}.cv").read_bytes()) for name in ("cvca", "dv", "terminal")
    )
    return TerminalChain(cvca, dv, terminal, load_key(folder / f"terminal{suffix}-key.pem"))
