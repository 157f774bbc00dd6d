"""The general authentication procedure of EAC2: card and terminal, each to the other.

PACE, terminal authentication version 2, EF.CardSecurity with passive authentication, chip
authentication version 2: what is left is a channel that ends in the genuine chip.

Source  BSI TR-03110-2, 2.4 and 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apdu.crypto.curves import (
    Curve,
    KeyGenerator,
    KeyPair,
    PublicKey,
    by_parameter_id,
    encoded_x,
    fresh_key,
)
from apdu.errors import ProtocolError
from apdu.exchange import Exchange, chained
from apdu.lds import cvc, security_infos, sod
from apdu.lds.chat import Chat, Role
from apdu.lds.cvc import CVCertificate
from apdu.lds.security_infos import (
    CA_ECDH_AES,
    ChipAuthenticationInfo,
    SecurityInfos,
    TerminalAuthenticationInfo,
)
from apdu.profiles.checks import CheckTable
from apdu.profiles.named_files import NamedFiles
from apdu.profiles.passwords import present
from apdu.profiles.survey import Survey
from apdu.protocols.chip_authentication import chip_authentication
from apdu.protocols.pace import PaceResult
from apdu.protocols.passive_authentication import TrustStore, verify_signed_object
from apdu.protocols.password import Password
from apdu.protocols.terminal_authentication import Signer, terminal_authentication
from apdu.protocols.terminal_chain import TerminalChains
from apdu.secure_messaging import SecureMessaging, through

CHECKS = (
    "pace",
    "terminal_authentication",
    "card_security_authentic",
    "card_access_as_signed",
    "chip_authentication",
)
CARD_ACCESS, CARD_SECURITY = "EF.CardAccess", "EF.CardSecurity"
_CARD_SECURITY_SFI = 0x1D


@dataclass(frozen=True, slots=True)
class TerminalCredentials:
    """CV certificates (7F21, the terminal's last) and whoever signs with its key.

    Rule    Links, several verifiers and renewed certificates may lie in `chain` in any order;
            terminal certificates count only for the key of the last one.
    Errors  `EncodingError` for a certificate that cannot be read.
    """

    chain: tuple[bytes, ...] = field(repr=False)
    sign: Signer = field(repr=False)
    certificates: tuple[CVCertificate, ...] = field(init=False, repr=False, compare=False)
    chains: TerminalChains = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        read = tuple(cvc.decode(each) for each in self.chain)
        key = read[-1].public_key.point
        usable = tuple(
            each
            for each in read
            if each.chat.role is not Role.TERMINAL or each.public_key.point == key
        )
        object.__setattr__(self, "certificates", usable)
        object.__setattr__(self, "chains", TerminalChains(usable))

    def require(self, rights: int, now: datetime) -> None:
        """Stop before a card is touched where the terminal could not do what `rights` say.

        Errors  `TerminalLacksRight`, `TerminalExpired`, `NoCertificateChain`.
        """
        self.chains.require(rights, now.date())

    def chat(self, rights: int) -> Chat:
        """What PACE tells the card that this terminal will ask for."""
        own = self.certificates[-1].chat
        return Chat(own.role_oid, rights.to_bytes(len(own.value)))


@dataclass(frozen=True, slots=True)
class Proven:
    """A channel that ends in the chip which holds the secret of `chip_key`."""

    channel: SecureMessaging = field(repr=False)
    chip_key: PublicKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class GeneralAuthentication:
    """One run with one surveyed card; its checks go into `checks`, its files into `files`."""

    found: Survey
    terminal: TerminalCredentials
    trust: TrustStore
    now: datetime
    checks: CheckTable
    files: NamedFiles
    ephemeral: KeyGenerator = fresh_key

    def run(self, password: Password, rights: int, can: Password | None = None) -> Exchange[Proven]:
        """Prove terminal and chip to each other, for `rights`.

        Rule    What can be known to be missing is found before the password is presented.
        Errors  Of the password as `present`; of the terminal as `TerminalCredentials.require`
                and `TerminalRejected`; `CheckFailed`; `ProtocolError`, `EncodingError`.
        """
        self.terminal.require(rights, self.now)
        terminal_info, chip_info = self._terminal_info(), self._chip_info()
        chip_curve = self._chip_curve(chip_info.key_id)
        chat = self.terminal.chat(rights).encode()
        with self.checks.proof("pace"):
            session = yield from present(
                self.found, password, can=can, chat=chat, ephemeral=self.ephemeral
            )
        first = SecureMessaging(session.keys)
        ephemeral = KeyPair.of(self.ephemeral(chip_curve))
        shown = self._chain(session, rights)
        committed = encoded_x(ephemeral.point)
        prove_terminal = terminal_authentication(
            shown, terminal_info, session.id_picc, committed, self.terminal.sign
        )
        yield from through(first, chained(prove_terminal, self.found.data))
        self.checks.note("terminal_authentication", True)
        signed = yield from through(first, self.files.read(CARD_SECURITY, _CARD_SECURITY_SFI))
        chip_key = self._chip_key(signed, chip_info.key_id)
        with self.checks.essential("chip_authentication"):
            keys = yield from through(
                first, chip_authentication(chip_info, chip_info.key_id, ephemeral, chip_key)
            )
        return Proven(SecureMessaging(keys), chip_key)  # The old channel is dropped, not wrapped.

    def _chain(self, session: PaceResult, rights: int) -> Sequence[CVCertificate]:
        trust_points = (session.car, session.previous_car)
        return self.terminal.chains.select(trust_points, rights, self.now.date())

    def _terminal_info(self) -> TerminalAuthenticationInfo:
        for info in self.found.infos.terminal_authentication:
            if info.version == 2:
                return info
        raise ProtocolError("the card does not offer terminal authentication version 2")

    def _chip_info(self) -> ChipAuthenticationInfo:
        for info in self.found.infos.chip_authentication:
            if info.version == 2 and info.protocol in CA_ECDH_AES:
                return info
        raise ProtocolError("the card does not offer chip authentication version 2")

    def _chip_curve(self, key_id: int | None) -> Curve:
        """The curve terminal authentication commits to before the chip's key can be read."""
        for info in self.found.infos.domain_parameters:
            if info.key_id == key_id:
                return by_parameter_id(info.parameter_id)
        raise ProtocolError("the card does not name the curve of its chip authentication key")

    def _chip_key(self, card_security: bytes, key_id: int | None) -> PublicKey:
        """The chip's key from EF.CardSecurity, once its signature and EF.CardAccess hold."""
        with self.checks.essential("card_security_authentic"):
            signed = sod.decode(card_security)
            verify_signed_object(signed, sod.SECURITY_OBJECT, self.trust, self.now)
            infos = security_infos.decode(signed.content)
        announced = security_infos.elements(self.found.card_access)
        nothing_added = announced <= security_infos.elements(signed.content)
        as_signed = nothing_added and _protocols(infos) <= _protocols(self.found.infos)
        self.checks.require("card_access_as_signed", as_signed, "card_access_differs")
        for info in infos.chip_keys:
            if info.key_id == key_id:
                return info.key
        raise ProtocolError("EF.CardSecurity holds no key for chip authentication")


def _protocols(infos: SecurityInfos) -> frozenset[object]:
    """What could be taken away from EF.CardAccess to make the reader choose something weaker."""
    return frozenset((*infos.pace, *infos.chip_authentication, *infos.terminal_authentication))
