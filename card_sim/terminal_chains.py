"""Card-verifiable certificates of the TEST PKI: roots, the links between them, terminals.

A root is renewed every few years: the link certificate, signed by the older root, carries cards
that know only that one over to the newer.
Source  TR-03110-3, 2.2 and C.1; docs/card-profile.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from apdu.crypto.curves import BRAINPOOL_P256, P256, P384, Curve, PrivateKey, curve_of
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey, issue
from apdu.lds.security_infos import TA_ECDSA_SHA256, TA_ECDSA_SHA384
from card_sim.seed import Seed

BACKDATED = timedelta(days=30)  # a counter's clock may run behind
_CVCA_DAYS, _DV_DAYS, _TERMINAL_DAYS = 3 * 365, 2 * 365, 365

# Rights of authentication terminals: every data group of the profile, then the CAN, then PIN
# management.
CVCA_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("C0034E9F30"))
DV_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("80034E9F30"))
TERMINAL_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("00034E9F30"))
ON_SIGHT_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("00034E9F10"))
PLAIN_CHAT = Chat(AUTHENTICATION_TERMINAL, bytes.fromhex("00034E9F00"))


@dataclass(frozen=True, slots=True)
class TerminalChain:
    """CV certificates from the root a card trusts to a terminal, and the terminal's key.

    `previous` is the root before `cvca`; `link` certifies `cvca`'s key with the key of `previous`.
    """

    cvca: CVCertificate
    dv: CVCertificate
    terminal: CVCertificate
    terminal_key: PrivateKey = field(repr=False)
    previous: CVCertificate | None = None
    link: CVCertificate | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A CVCA and its key."""

    certificate: CVCertificate
    key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """One chain of the PKI: on which curve, by which two letters, with which rights at its end.

    Rule    References have 15 characters: a P-256 certificate's body and signature are then 231
            octets, which fit one short protected command.
    """

    name: str
    curve: Curve
    letters: str
    rights: Chat = TERMINAL_CHAT
    root: str = ""  # the chain whose root it shares; empty: it has its own

    def reference(self, kind: str, sequence: int = 1) -> str:
        return f"KRTEST{kind}{self.letters}{sequence:05}"


PLANS = {
    plan.name: plan
    for plan in (
        Plan("p256", P256, "KR"),
        Plan("bp256", BRAINPOOL_P256, "BP"),
        Plan("p384", P384, "P3"),
        Plan("on-sight", P256, "OS", ON_SIGHT_CHAT, "p256"),
        Plan("plain", P256, "PL", PLAIN_CHAT, "p256"),
    )
}


def make_root(plan: Plan, seed: Seed, today: date) -> Root:
    """The self-signed CVCA of today."""
    key = seed.private_key(plan.curve, f"CVCA {plan.name}")
    name = plan.reference("CV")
    days = (today - BACKDATED, today + timedelta(days=_CVCA_DAYS))
    return Root(_certify((name, key), (name, key), CVCA_CHAT, days), key)


def make_renewal(
    plan: Plan, root: CVCertificate, seed: Seed, today: date
) -> tuple[CVCertificate, CVCertificate]:
    """The CVCA before `root`, and the link from it to `root`."""
    key = seed.private_key(plan.curve, f"previous CVCA {plan.name}")
    name = plan.reference("CV", 0)
    days = (today - timedelta(days=_CVCA_DAYS), today + BACKDATED)
    previous = _certify((name, key), (name, key), CVCA_CHAT, days)
    fields = CertificateFields(
        name, root.holder, root.public_key, CVCA_CHAT, root.effective, root.expires
    )
    return previous, issue(fields, _signer(key))


def make_terminal(plan: Plan, root: Root, seed: Seed, today: date) -> TerminalChain:
    """A document verifier and a terminal below `root`."""
    dv_key, key = (seed.private_key(plan.curve, f"{kind} {plan.name}") for kind in ("DV", "TM"))
    first = today - BACKDATED
    issuer = (root.certificate.holder, root.key)
    verifier, holder = (plan.reference("DV"), dv_key), (plan.reference("TM"), key)
    dv = _certify(issuer, verifier, DV_CHAT, (first, today + timedelta(days=_DV_DAYS)))
    last = today + timedelta(days=_TERMINAL_DAYS)
    return TerminalChain(
        root.certificate, dv, _certify(verifier, holder, plan.rights, (first, last)), key
    )


def _certify(
    issuer: tuple[str, PrivateKey],
    holder: tuple[str, PrivateKey],
    rights: Chat,
    days: tuple[date, date],
) -> CVCertificate:
    """Issued by one named key for another."""
    (car, issuer_key), (name, key) = issuer, holder
    public = CvcPublicKey.of(_algorithm(key), key.public_key())
    return issue(CertificateFields(car, name, public, rights, *days), _signer(issuer_key))


def _algorithm(key: PrivateKey) -> str:
    return TA_ECDSA_SHA384 if curve_of(key) is P384 else TA_ECDSA_SHA256


def _signer(key: PrivateKey) -> Callable[[bytes], bytes]:
    """r||s (TR-03111, 5.2.1), deterministic: the same certificate every time."""
    public = CvcPublicKey.of(_algorithm(key), key.public_key())
    algorithm = ec.ECDSA(public.hash_algorithm, deterministic_signing=True)
    size = curve_of(key).order_size

    def sign(body: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(body, algorithm))
        return r.to_bytes(size) + s.to_bytes(size)

    return sign
