"""Terminal certificates with anything a test wants wrong in them."""

from collections.abc import Sequence
from datetime import date, timedelta

from apdu.crypto.curves import P256, Curve, PrivateKey
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey, issue
from apdu.lds.security_infos import TA_ECDSA_SHA256, TA_ECDSA_SHA384
from card_sim.pki import TerminalChain
from tests.card_sim.terminal import sign
from tests.card_sim.world import TODAY

CVCA, DV, DV_FOREIGN, TERMINAL = 0b11, 0b10, 0b01, 0b00
FULL_RIGHTS = 0x034E9F30


def chat(role: int, rights: int = FULL_RIGHTS, oid: str = AUTHENTICATION_TERMINAL) -> Chat:
    return Chat(oid, (role << 38 | rights).to_bytes(5))


def certificate(
    names: tuple[str, str],
    keys: tuple[PrivateKey, PrivateKey],
    authorization: Chat,
    days: tuple[date, date] = (TODAY - timedelta(days=30), TODAY + timedelta(days=300)),
    extensions: bytes = b"",
) -> CVCertificate:
    """Issued by names[0] with keys[0] for names[1] and the public half of keys[1]."""
    (car, holder), (issuer, own) = names, keys
    algorithm = TA_ECDSA_SHA256 if own.key_size <= 256 else TA_ECDSA_SHA384
    public = CvcPublicKey.of(algorithm, own.public_key())
    fields = CertificateFields(car, holder, public, authorization, *days, extensions=extensions)
    return issue(fields, lambda body: sign(issuer, body))


def chain_with_rights(
    rights: Sequence[int], dv_role: int = DV, curve: Curve = P256
) -> TerminalChain:
    root, dv, terminal = (curve.generate() for _ in range(3))
    names = ("KRROOT00001", "KRDVER00001", "KRTERM00001")
    return TerminalChain(
        certificate((names[0], names[0]), (root, root), chat(CVCA, rights[0])),
        certificate((names[0], names[1]), (root, dv), chat(dv_role, rights[1])),
        certificate((names[1], names[2]), (dv, terminal), chat(TERMINAL, rights[2])),
        terminal,
    )
