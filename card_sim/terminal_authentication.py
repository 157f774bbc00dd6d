"""Terminal authentication version 2, the chip's side: certificates, challenge, signature.

Source  ICAO Doc 9303-11, 7.1; TR-03110-2, 3.3; TR-03110-3, B.3, B.4, C.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature

from apdu.crypto.signatures import verify_plain
from apdu.errors import EncodingError
from apdu.iso7816 import StatusWord
from apdu.lds.chat import AUTHENTICATION_TERMINAL, CAN_ALLOWED, Chat, Role
from apdu.lds.cvc import (
    CVCertificate,
    CvcPublicKey,
    decode,
    decode_body_and_signature,
    verify_signature,
)
from apdu.lds.der import oid_text
from apdu.tlv import build
from card_sim.chip import Chip
from card_sim.data_objects import fields
from card_sim.refusal import Refusal
from card_sim.session import Event, Password, Session

CHALLENGE_LENGTH = 8
MAX_TRUST_POINTS = 2

# Whose certificates a holder of each role may sign (TR-03110-3, C.1.5).
MAY_ISSUE = {
    Role.CVCA: frozenset({Role.CVCA, Role.DV_DOMESTIC, Role.DV_FOREIGN}),
    Role.DV_DOMESTIC: frozenset({Role.TERMINAL}),
    Role.DV_FOREIGN: frozenset({Role.TERMINAL}),
    Role.TERMINAL: frozenset[Role](),
}


@dataclass(frozen=True, slots=True)
class Trusted:
    """A certificate whose signature the chip believes; `chat` is already cut by its issuers'."""

    certificate: CVCertificate
    key: CvcPublicKey
    chat: Chat

    @property
    def holder(self) -> str:
        return self.certificate.holder

    @property
    def role(self) -> Role:
        return self.certificate.chat.role


@dataclass(frozen=True, slots=True)
class Announcement:
    """What MSE:Set AT promised: who will sign, and for which ephemeral key."""

    terminal: Trusted
    compressed_key: bytes = field(repr=False)
    auxiliary: bytes = field(repr=False)  # DO 67 as sent, or nothing


class TerminalAuthentication:
    """The certificates and the challenge of one session; nothing of it survives the session."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._imported: dict[str, Trusted] = {}
        self._issuer: Trusted | None = None
        self._announcement: Announcement | None = None
        self._challenge = b""

    def authorities(self) -> tuple[str, ...]:
        """Names of the keys the chip trusts, newest first: the CARs PACE hands out."""
        return tuple(trusted.holder for trusted in self._trust_points())

    def set_dst(self, data: bytes) -> None:
        """MSE:Set DST: choose the key that verifies the next certificate. Errors: 6A80, 6A88."""
        self._issuer = None
        name = fields(data, {0x83})[0x83].decode("latin-1")
        for trusted in (*self._trust_points(), *self._imported.values()):
            if trusted.holder == name:
                self._issuer = trusted
                return
        raise Refusal(StatusWord.REFERENCE_NOT_FOUND)

    def verify_certificate(self, data: bytes) -> None:
        """PSO: Verify Certificate.

        Errors  `Refusal` 6985 without MSE:Set DST, 6300 for a wrong signature, 6A80 for all
                else: form, issuer, role, terminal type, dates.
        """
        issuer, self._issuer = self._issuer, None
        if issuer is None:
            raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
        try:
            certificate = decode_body_and_signature(data)
            trusted = _inherit(certificate, issuer)
            verify_signature(certificate, issuer.key)
        except EncodingError as error:
            raise Refusal(StatusWord.WRONG_DATA) from error
        except InvalidSignature as error:
            raise Refusal(StatusWord.AUTHENTICATION_FAILED) from error
        self._check_issuance(certificate, issuer)
        self._remember(trusted, issuer)

    def set_at(self, data: bytes) -> None:
        """MSE:Set AT: name the terminal and its ephemeral key. Errors: `Refusal` 6A80, 6A88."""
        self._announcement = None
        present = fields(data, {0x80, 0x83, 0x91}, {0x67})
        terminal = self._imported.get(present[0x83].decode("latin-1"))
        if terminal is None or terminal.role is not Role.TERMINAL:
            raise Refusal(StatusWord.REFERENCE_NOT_FOUND)
        known_algorithm = _oid_is(present[0x80], terminal.key.oid)
        if not known_algorithm or len(present[0x91]) != self._chip.card.curve.size:
            raise Refusal(StatusWord.WRONG_DATA)
        auxiliary = build(0x67, present[0x67]) if 0x67 in present else b""
        self._announcement = Announcement(terminal, present[0x91], auxiliary)

    def challenge(self, ne: int) -> bytes:
        """GET CHALLENGE: r_PICC, kept until it is used or replaced. Errors: `Refusal` 6700."""
        if ne < CHALLENGE_LENGTH:
            raise Refusal(StatusWord.WRONG_LENGTH)
        self._challenge = self._chip.random_bytes(CHALLENGE_LENGTH)
        return self._challenge

    def authenticate(self, signature: bytes, session: Session) -> Session:
        """EXTERNAL AUTHENTICATE: check the terminal's signature over this very dialogue.

        Rule    A challenge is good for one signature, right or wrong.
        Errors  `Refusal` 6985: no MSE:Set AT, no challenge, or another terminal type than in
                PACE; 6982: this password gives an authentication terminal no access;
                6300: wrong signature.
        """
        announcement, challenge, self._challenge = self._announcement, self._challenge, b""
        if announcement is None or not challenge or session.chat is None:
            raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
        terminal = announcement.terminal
        if terminal.chat.role_oid != session.chat.role_oid:
            raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
        message = session.chip_id + challenge + announcement.compressed_key + announcement.auxiliary
        try:
            verify_plain(terminal.key.key, signature, message, terminal.key.hash_algorithm)
        except InvalidSignature as error:
            raise Refusal(StatusWord.AUTHENTICATION_FAILED) from error
        authorization = terminal.chat & session.chat
        _require_password(session, authorization)
        return session.after(
            Event.TERMINAL_AUTHENTICATION,
            authorization=authorization,
            terminal_key=announcement.compressed_key,
        )

    def _trust_points(self) -> Iterator[Trusted]:
        for octets in self._chip.memory.state.trust_points:
            certificate = decode(octets)
            yield Trusted(certificate, certificate.public_key, certificate.chat)

    def _check_issuance(self, certificate: CVCertificate, issuer: Trusted) -> None:
        """Roles in order, dates against the chip's own. Errors: 6A80.

        Rule    A certificate not yet effective is accepted: the chip's date lags behind.
        """
        role = certificate.chat.role
        today = self._chip.memory.state.current_date
        is_link = role is Role.CVCA
        outlived_issuer = not is_link and issuer.certificate.expires < today
        expired = not is_link and certificate.expires < today
        in_order = role in MAY_ISSUE[issuer.role] and certificate.car == issuer.holder
        # A trust point has nobody left to inherit from once its issuer is forgotten.
        rootless = is_link and certificate.public_key.curve is None
        if not in_order or expired or outlived_issuer or rootless:
            raise Refusal(StatusWord.WRONG_DATA)

    def _remember(self, trusted: Trusted, issuer: Trusted) -> None:
        """Import a verified certificate; move the date and the trust points in one write.

        Rule    The date moves for CVCA links, DV certificates, and terminal certificates of a
                domestic DV: a foreign DV must not be able to age the chip.
        """
        state = self._chip.memory.state
        date, trust_points = state.current_date, state.trust_points
        if trusted.role is not Role.TERMINAL or issuer.role is Role.DV_DOMESTIC:
            date = max(date, trusted.certificate.effective)
        if trusted.role is Role.CVCA:
            trust_points = _with_link(trusted.certificate, trust_points)
        if (date, trust_points) != (state.current_date, state.trust_points):
            self._chip.memory.change(current_date=date, trust_points=trust_points)
        if trusted.role is not Role.CVCA:
            self._imported[trusted.holder] = trusted


def _with_link(link: CVCertificate, trust_points: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The trust points with `link` among them, the latest effective date first, two at most.

    Rule    Order follows the dates, not the order of arrival: an old root shown again must not
            push out its successor.
    Source  TR-03110-3, 2.5.1.
    """
    others = [decode(each) for each in trust_points]
    points = [link, *(each for each in others if each.holder != link.holder)]
    points.sort(key=lambda each: each.effective, reverse=True)
    return tuple(each.encoded for each in points[:MAX_TRUST_POINTS])


def _inherit(certificate: CVCertificate, issuer: Trusted) -> Trusted:
    """The certified key on its own curve or its issuer's, its rights cut by the issuer's."""
    key = certificate.public_key
    if key.curve is None:
        if issuer.key.curve is None:
            raise EncodingError("issuer has no domain parameters to inherit")
        key = key.on(issuer.key.curve)
    return Trusted(certificate, key, certificate.chat & issuer.chat)


def _require_password(session: Session, authorization: Chat) -> None:
    """Authentication terminals work with the PIN, with the CAN only if certified for it."""
    is_ours = authorization.role_oid == AUTHENTICATION_TERMINAL
    if is_ours and session.password is Password.PIN:
        return
    if is_ours and session.password is Password.CAN and authorization.allows(CAN_ALLOWED):
        return
    raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)


def _oid_is(octets: bytes, dotted: str) -> bool:
    try:
        return oid_text(octets) == dotted
    except EncodingError:
        return False
