"""Terminal certificates with anything a test wants wrong in them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from apdu.crypto.curves import P256, Curve, PrivateKey
from apdu.lds.chat import AUTHENTICATION_TERMINAL, Chat
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey, issue
from apdu.lds.security_infos import TA_ECDSA_SHA256, TA_ECDSA_SHA384
from card_sim.memory import Memory
from card_sim.pki import TerminalChain
from card_sim.session import Password
from tests.card_sim.terminal import sign
from tests.card_sim.world import TODAY, World

CVCA, DV, DV_FOREIGN, TERMINAL = 0b11, 0b10, 0b01, 0b00
FULL_RIGHTS = 0x034E9F30
ROOT, DVER, TERM = "KRROOT00001", "KRDVER00001", "KRTERM00001"


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
    return TerminalChain(
        certificate((ROOT, ROOT), (root, root), chat(CVCA, rights[0])),
        certificate((ROOT, DVER), (root, dv), chat(dv_role, rights[1])),
        certificate((DVER, TERM), (dv, terminal), chat(TERMINAL, rights[2])),
        terminal,
    )


class Ring:
    """A root of our own with its keys at hand, and a card in a session that trusts it."""

    def __init__(self, world: World, card_date: date = TODAY) -> None:
        self.world = world
        self.root, self.dv, self.terminal = (P256.generate() for _ in range(3))
        self.cvca_certificate = certificate((ROOT, ROOT), (self.root, self.root), chat(CVCA))
        trusting = replace(
            world.state(),
            trust_points=(self.cvca_certificate.encoded,),
            current_date=card_date,
        )
        self.memory: Memory = world.memory(state=trusting)
        self.new_session()

    def new_session(self) -> None:
        self.session = self.world.terminal(self.memory)
        assert self.session.pace(Password.PIN, self.world.person.pin) == 0x9000

    def dv_certificate(
        self, role: int = DV, last: date = TODAY + timedelta(days=9), extensions: bytes = b""
    ) -> CVCertificate:
        days = (TODAY - timedelta(days=9), last)
        keys = (self.root, self.dv)
        return certificate((ROOT, DVER), keys, chat(role), days, extensions)

    def terminal_certificate(
        self, last: date = TODAY + timedelta(days=9), first: date = TODAY - timedelta(days=4)
    ) -> CVCertificate:
        keys = (self.dv, self.terminal)
        return certificate((DVER, TERM), keys, chat(TERMINAL), (first, last))

    def imports(self, *certificates: CVCertificate) -> list[int]:
        return [self.session.import_certificate(each).status for each in certificates]
