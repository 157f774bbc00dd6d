"""The files of the TEST PKI: each is read where it is there, and made where it is not.

What is made comes from the seed and the day alone. A folder of an older version therefore gets
what it lacks, and two processes that add it at once add the same.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from apdu.crypto.curves import P256, P384, Curve, PrivateKey
from apdu.lds.cvc import CVCertificate, decode
from card_sim import terminal_chains
from card_sim.certificates import (
    Identity,
    Subject,
    Term,
    authority,
    country_authority,
    document_signer,
    signer,
)
from card_sim.memory import write_atomically
from card_sim.seed import Seed
from card_sim.terminal_chains import BACKDATED, PLANS, Plan, Root, TerminalChain

DATE_FILE = "made-on"
_SEED_FILE = "seed"
_CSCA_KEY_FILE = "csca-key.pem"
_YEAR = timedelta(days=366)
# The people's cards are up to so many years old: their signer was there already.
_YEARS_BACK = 3
_CSCA_YEARS, _SIGNER_YEARS = 15, 11  # a document signer outlives the cards it signs
_CSCA_SIGNS, _SIGNER_SIGNS = 5, 1


def load_key(path: Path) -> PrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path.name} is not an elliptic curve key")
    return key


def key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class PkiFiles:
    """A folder, and what is made in it is made from."""

    folder: Path
    made_on: date
    seed: Seed

    @classmethod
    def create(cls, folder: Path, today: date, seed: Seed) -> None:
        """Fill an empty folder."""
        files = cls(folder, today, seed)
        files.document_signers(files.csca())
        files.attestation_signer(files.attestation_root())
        files.chains()
        write_atomically(folder / _SEED_FILE, seed.text.encode("utf-8"))
        write_atomically(folder / DATE_FILE, today.isoformat().encode("ascii"))

    @classmethod
    def open(cls, folder: Path) -> "PkiFiles":
        made_on = date.fromisoformat((folder / DATE_FILE).read_text("ascii"))
        return cls(folder, made_on, _read_seed(folder))

    def csca(self) -> Identity:
        def make() -> Identity:
            back = self.made_on - _YEARS_BACK * _YEAR
            term = Term(back, self.made_on + _CSCA_YEARS * _YEAR)
            signs = Term(back, self.made_on + _CSCA_SIGNS * _YEAR)
            subject = self._subject("TEST CSCA", P256, term, signs)
            return Identity(country_authority(subject), subject.key)

        return self._identity("csca", make)

    def document_signers(self, csca: Identity) -> dict[int, Identity]:
        """The signers by the size of their curve."""
        files = {P256: "document-signer", P384: "document-signer-p384"}
        return {
            curve.n.bit_length(): self._document_signer(name, curve, csca)
            for curve, name in files.items()
        }

    def attestation_root(self) -> Identity:
        def make() -> Identity:
            first = self.made_on - BACKDATED
            term = Term(first, first + _CSCA_YEARS * _YEAR)
            subject = self._subject("TEST Phone Attestation Root", P256, term)
            return Identity(authority(subject, path_length=0), subject.key)

        return self._identity("attestation-root", make)

    def attestation_signer(self, root: Identity) -> Identity:
        def make() -> Identity:
            first = self.made_on - BACKDATED
            term = Term(first, first + _SIGNER_YEARS * _YEAR)
            subject = self._subject("TEST Phone Attestation", P256, term)
            return Identity(signer(subject, root), subject.key)

        return self._identity("attestation-signer", make)

    def chains(self) -> dict[str, TerminalChain]:
        """Every chain of terminal certificates, by its plan's name."""
        return {name: self._chain(plan) for name, plan in PLANS.items()}

    def _document_signer(self, file: str, curve: Curve, csca: Identity) -> Identity:
        def make() -> Identity:
            first = csca.certificate.not_valid_before_utc.date()
            term = Term(first, self.made_on + _SIGNER_YEARS * _YEAR)
            signs = Term(first, self.made_on + _SIGNER_SIGNS * _YEAR)
            name = "TEST Document Signer" if curve is P256 else f"TEST Document Signer {curve.name}"
            subject = self._subject(name, curve, term, signs)
            return Identity(document_signer(subject, csca), subject.key)

        return self._identity(file, make)

    def _subject(self, name: str, curve: Curve, term: Term, signs: Term | None = None) -> Subject:
        key = self.seed.private_key(curve, name)
        return Subject(name, key, self.seed.serial_number(name), term, signs)

    def _identity(self, name: str, make: Callable[[], Identity]) -> Identity:
        path, key_path = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        if not path.exists():
            made = make()
            write_atomically(key_path, key_pem(made.key))
            write_atomically(path, made.certificate.public_bytes(Encoding.PEM))
        return Identity(x509.load_pem_x509_certificate(path.read_bytes()), load_key(key_path))

    def _chain(self, plan: Plan) -> TerminalChain:
        root = self._root(PLANS[plan.root] if plan.root else plan)
        previous, link = self._renewal(PLANS[plan.root] if plan.root else plan, root.certificate)
        if not self._cv("terminal", plan).exists():
            made = terminal_chains.make_terminal(plan, root, self.seed, self.made_on)
            write_atomically(self._key("terminal", plan), key_pem(made.terminal_key))
            write_atomically(self._cv("dv", plan), made.dv.encoded)
            write_atomically(self._cv("terminal", plan), made.terminal.encoded)
        dv, terminal = (self._read(self._cv(kind, plan)) for kind in ("dv", "terminal"))
        key = load_key(self._key("terminal", plan))
        return TerminalChain(root.certificate, dv, terminal, key, previous, link)

    def _root(self, plan: Plan) -> Root:
        path, key_path = self._cv("cvca", plan), self._key("cvca", plan)
        if not path.exists():
            made = terminal_chains.make_root(plan, self.seed, self.made_on)
            write_atomically(key_path, key_pem(made.key))
            write_atomically(path, made.certificate.encoded)
        return Root(self._read(path), load_key(key_path))

    def _renewal(self, plan: Plan, root: CVCertificate) -> tuple[CVCertificate, CVCertificate]:
        paths = self._cv("cvca-previous", plan), self._cv("link", plan)
        if not paths[1].exists():
            made = terminal_chains.make_renewal(plan, root, self.seed, self.made_on)
            for path, certificate in zip(paths, made, strict=True):
                write_atomically(path, certificate.encoded)
        return self._read(paths[0]), self._read(paths[1])

    def _cv(self, kind: str, plan: Plan) -> Path:
        return self.folder / f"{kind}{_suffix(plan)}.cv"

    def _key(self, kind: str, plan: Plan) -> Path:
        return self.folder / f"{kind}{_suffix(plan)}-key.pem"

    @staticmethod
    def _read(path: Path) -> CVCertificate:
        return decode(path.read_bytes())


def _suffix(plan: Plan) -> str:
    """What the names of a chain's files have in them; those of the first have nothing."""
    return "" if plan.name == "p256" else f"-{plan.name}"


def _read_seed(folder: Path) -> Seed:
    """The seed; in a folder of version 0.1, which has none, the CSCA's key takes its place."""
    try:
        return Seed((folder / _SEED_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return Seed(hashlib.sha256((folder / _CSCA_KEY_FILE).read_bytes()).hexdigest())
