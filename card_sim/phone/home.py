"""Where a phone lives: its keys, its cards, whom it trusts, and the TEST attestation signer."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from card_sim.phone.attestation import AttestationSigner
from card_sim.phone.checks.certificates import load_anchors
from card_sim.phone.errors import KeyProblem
from card_sim.phone.secure_element import SecureElement
from card_sim.phone.store import Store
from card_sim.pki import attestation_signer

VARIABLE = "CARD_SIM_HOME"
DEFAULT = ".card-sim"


@dataclass(frozen=True, slots=True)
class Home:
    """A phone's folder, the simulators' PKI folder, and the anchors named on the command line."""

    folder: Path
    pki: Path
    trusted: tuple[Path, ...]

    @property
    def secure_element(self) -> SecureElement:
        return SecureElement(self.folder / "keys")

    @property
    def store(self) -> Store:
        return Store(self.folder / "cards")

    def anchors(self, more: tuple[Path, ...] = ()) -> tuple[bytes, ...]:
        """The anchors named, or those in the phone's trust folder. Errors: `UsageProblem`."""
        kept = sorted((self.folder / "trust").glob("*.pem"))
        return load_anchors((*self.trusted, *more) or tuple(kept))

    def signer(self) -> AttestationSigner:
        """The TEST attestation signer of this PKI folder. Errors: `KeyProblem`."""
        try:
            key, chain = attestation_signer(self.pki)
        except (OSError, ValueError) as error:
            raise KeyProblem("no_attestation", "The attestation signer cannot be read.") from error
        return AttestationSigner(key, tuple(chain))


def locate(ctx: click.Context, home: Path | None, trusted: tuple[Path, ...]) -> Home:
    """The phone's folder: named, or `phone` in the simulators' home.

    Rule    The simulators' home is the root command's --home, CARD_SIM_HOME or .card-sim; the
            attestation signer lies there for every phone.
    """
    above = ctx.parent.params.get("home") if ctx.parent else None
    base = Path(above or os.environ.get(VARIABLE) or DEFAULT)
    return Home(home or base / "phone", base / "pki", trusted)
