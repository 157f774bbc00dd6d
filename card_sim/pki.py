"""The TEST PKI: made once in a folder, then the same for every card, phone and export.

The folder appears whole or not at all: it is filled under another name and renamed, so that two
processes that start at once end up with one and the same PKI.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from apdu.crypto.curves import PrivateKey
from card_sim.certificates import Identity
from card_sim.memory import sync_folder
from card_sim.pki_files import DATE_FILE, PkiFiles, key_pem, load_key
from card_sim.seed import Seed
from card_sim.terminal_chains import TerminalChain

__all__ = ["Pki", "TerminalChain", "key_pem", "load_key", "make_pki", "open_pki", "write_secret"]


@dataclass(frozen=True, slots=True)
class Pki:
    """Everything the TEST world signs with; `made_on` is the day its people's dates count from.

    `document_signers` by the size of their curve in bits, `chains` by the names of
    `terminal_chains.PLANS`; `seed` is what chip keys are made from.
    """

    made_on: date
    seed: Seed
    csca: Identity
    document_signers: Mapping[int, Identity]
    chains: Mapping[str, TerminalChain]
    root: Identity
    signer: Identity

    @property
    def document_signer(self) -> Identity:
        """The signer on P-256."""
        return self.document_signers[256]

    @property
    def chain(self) -> TerminalChain:
        """The chain on P-256 whose terminal has every right."""
        return self.chains["p256"]

    @property
    def brainpool_chain(self) -> TerminalChain:
        return self.chains["bp256"]

    def attestation_root(self) -> bytes:
        """The phones' key-attestation root certificate, DER."""
        return self.root.der

    def attestation_signer(self) -> tuple[PrivateKey, list[bytes]]:
        """The key that signs attestations and its chain, leaf first, without the root, DER."""
        return self.signer.key, [self.signer.der]


def open_pki(folder: Path, today: date) -> Pki:
    """The PKI in `folder`; made there as of `today`, from a random seed, if there is none yet."""
    if not (folder / DATE_FILE).exists():
        _make_folder(folder, today, Seed(secrets.token_hex(32)))
    return _load(folder)


def make_pki(folder: Path, today: date, seed: Seed) -> Pki:
    """A new PKI in `folder`; the same seed and day make the same octets on every machine.

    Errors  `FileExistsError` if there is a PKI already.
    """
    if not _make_folder(folder, today, seed):
        raise FileExistsError(f"{folder} holds a TEST PKI already")
    return _load(folder)


def attestation_signer(folder: Path) -> tuple[PrivateKey, list[bytes]]:
    """`Pki.attestation_signer` of the PKI in `folder`."""
    return open_pki(folder, date.today()).attestation_signer()


def attestation_root(folder: Path) -> bytes:
    """`Pki.attestation_root` of the PKI in `folder`."""
    return open_pki(folder, date.today()).attestation_root()


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read. Errors: `FileExistsError`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folder(folder: Path, today: date, seed: Seed) -> bool:
    """Whether the PKI in `folder` is the one made here: another process may have been first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        PkiFiles.create(made, today, seed)
        made.rename(folder)  # Fails where another process was first: then its PKI counts.
        sync_folder(folder.parent)
    except OSError:
        if not (folder / DATE_FILE).exists():
            raise
        return False
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return True


def _load(folder: Path) -> Pki:
    files = PkiFiles.open(folder)
    csca, root = files.csca(), files.attestation_root()
    return Pki(
        files.made_on,
        files.seed,
        csca,
        files.document_signers(csca),
        files.chains(),
        root,
        files.attestation_signer(root),
    )
