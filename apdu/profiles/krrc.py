"""The tap of an IC resident registration card, profile `krrc-1`, from power-on to data.

`survey` reads what is needed before anybody types a PIN; `read_card` does the rest: PACE,
terminal and chip authentication version 2, twelve eID data groups, LDS1, every cross-check.

Source  docs/card-profile.md; BSI TR-03110-2, 2.4 (EAC2 general authentication procedure).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apdu.commands import select_application
from apdu.crypto.curves import (
    Curve,
    KeyGenerator,
    PrivateKey,
    PublicKey,
    by_parameter_id,
    encode_point,
    fresh_key,
    x_coordinate,
)
from apdu.errors import EncodingError, ProtocolError, StatusError
from apdu.exchange import Exchange, ask
from apdu.files import SHORT_BLOCK, block_size, read_file, read_whole_file
from apdu.iso7816 import StatusWord
from apdu.lds import cvc, eid_groups, security_infos, sod
from apdu.lds.chat import CAN_ALLOWED, Chat, read_dg
from apdu.lds.cvc import CVCertificate
from apdu.lds.data_groups import decode_dg14
from apdu.lds.security_infos import ChipAuthenticationInfo, PaceInfo, SecurityInfos
from apdu.profiles.checks import Check, CheckTable, Outcome, ReadingEnded
from apdu.profiles.krrc_content import CROSS_CHECKS, CardContent, cross_check, decode_content
from apdu.protocols.chip_authentication import chip_authentication
from apdu.protocols.pace import PaceResult, pace
from apdu.protocols.passive_authentication import (
    NotAuthentic,
    TrustStore,
    check_hashes,
    verify_signed_object,
)
from apdu.protocols.password import Password, PasswordKind
from apdu.protocols.pin import PinStatus, pin_status
from apdu.protocols.terminal_authentication import Signer, terminal_authentication
from apdu.protocols.terminal_chain import select_chain
from apdu.secure_messaging import SecureMessaging, through

EID_APPLICATION = bytes.fromhex("E80704007F00070302")
LDS1_APPLICATION = bytes.fromhex("A0000002471001")
LDS1_GROUPS = (1, 2, 11, 12, 14)
_ATR_INFO, _CARD_ACCESS, _CARD_SECURITY, _SOD = 0x01, 0x1C, 0x1D, 0x1D
_CARD_SECURITY_CONTENT = "0.4.0.127.0.7.3.2.1"
_LDS_CONTENT = "2.23.136.1.1.1"
_CA_ECDH = "0.4.0.127.0.7.2.2.3.2"

CHECKS = (
    "pace",
    "terminal_authentication",
    "card_security_authentic",
    "card_access_as_signed",
    "chip_authentication",
    "lds_signature_authentic",
    *(f"dg{number}_as_signed" for number in LDS1_GROUPS),
    "chip_keys_agree",
    *CROSS_CHECKS,
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the card tells anybody: its protocols, its block size, the state of its PIN."""

    card_access: bytes = field(repr=False)
    infos: SecurityInfos
    block: int
    pin: PinStatus

    @property
    def pace_info(self) -> PaceInfo:
        return choose_pace(self.infos)


@dataclass(frozen=True, slots=True)
class TerminalCredentials:
    """CV certificates (7F21, the terminal's last) and whoever signs with its key."""

    chain: tuple[bytes, ...] = field(repr=False)
    sign: Signer = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChipReading:
    """The result of a tap. `content` is there only if reading came to its end.

    Rule    Data count only if every check is PASS.
    Units   `chip_fingerprint` SHA-256 of the chip's public key; `digests` of the signed files.
    """

    checks: tuple[Check, ...]
    content: CardContent | None = field(default=None, repr=False)
    chip_fingerprint: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def genuine(self) -> bool:
        return self.content is not None and all(
            each.outcome is Outcome.PASS for each in self.checks
        )


def survey(max_block: int | None = None) -> Exchange[Survey]:
    """Read EF.ATR/INFO, EF.CardAccess and the PIN's retry counter, all in clear.

    `max_block` caps the plain octets of one answer, for readers with short APDUs.
    """
    block = yield from _block_size()
    card_access = yield from read_file(_CARD_ACCESS, min(block, SHORT_BLOCK))
    infos = security_infos.decode(card_access)
    pin = yield from pin_status(choose_pace(infos))
    return Survey(card_access, infos, min(block, max_block or block), pin)


def _block_size() -> Exchange[int]:
    try:
        return block_size((yield from read_whole_file(_ATR_INFO, SHORT_BLOCK)))
    except StatusError as refusal:
        if refusal.status != StatusWord.FILE_NOT_FOUND:
            raise
        return SHORT_BLOCK


def choose_pace(infos: SecurityInfos) -> PaceInfo:
    """The first PACE variant this package can run. Errors: `ProtocolError` if there is none."""
    for info in infos.pace:
        if info.version == 2 and info.protocol.startswith(f"{security_infos.PACE}.2."):
            try:
                by_parameter_id(info.parameter_id or 0)
            except EncodingError:
                continue
            return info
    raise ProtocolError("the card offers no PACE variant that is supported")


def read_card(
    found: Survey,
    password: Password,
    terminal: TerminalCredentials,
    trust: TrustStore,
    now: datetime,
    *,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[ChipReading]:
    """Authenticate a surveyed card in both directions and read it.

    Rule    A check that fails ends the tap there, or, after chip authentication, leaves FAIL in
            the table; refusals and broken protocol raise.
    Errors  `VerificationFailed` and its kin for the password, `StatusError`, `ProtocolError`,
            `EncodingError`, `TerminalRejected`.
    """
    tap = _Tap(found, terminal, trust, now, ephemeral)
    try:
        content, chip_key, digests = yield from tap.read(password)
    except ReadingEnded:
        return ChipReading(tap.checks.result())
    fingerprint = hashlib.sha256(encode_point(chip_key)).hexdigest()
    return ChipReading(tap.checks.result(), content, fingerprint, digests)


@dataclass(frozen=True, slots=True)
class _Tap:
    found: Survey
    terminal: TerminalCredentials
    trust: TrustStore
    now: datetime
    ephemeral: KeyGenerator
    checks: CheckTable = field(default_factory=lambda: CheckTable(CHECKS))

    def read(
        self, password: Password
    ) -> Exchange[tuple[CardContent | None, PublicKey, dict[str, str]]]:
        """The numbered steps of the profile, 'Reading krrc-1'."""
        chain = [cvc.decode(each) for each in self.terminal.chain]
        chat = _chat(chain[-1].chat, password)
        session = yield from pace(  # 2
            password, self.found.pace_info, chat=chat.encode(), ephemeral=self.ephemeral
        )
        self.checks.note("pace", True)
        first = SecureMessaging(session.keys)
        info = self._chip_authentication_info()
        ephemeral = self.ephemeral(self._chip_curve(info.key_id))
        yield from through(first, self._authenticate_terminal(chain, session, ephemeral))  # 3
        signed = yield from through(first, read_file(_CARD_SECURITY, self.found.block))  # 4
        chip_key = self._chip_key(signed, info.key_id)
        with self.checks.essential("chip_authentication"):
            keys = yield from through(  # 5
                first, chip_authentication(info, info.key_id, ephemeral, chip_key)
            )
        second = SecureMessaging(keys)  # The old channel is dropped, not wrapped.
        eid = yield from through(second, self._read_eid())  # 6
        lds = yield from through(second, self._read_lds())  # 7
        digests = self._authenticate_lds(lds, chip_key)
        content = decode_content(eid, lds, self.checks)
        if content is not None:
            cross_check(content, self.now, self.checks)  # 8
        return content, chip_key, digests | {"card_security": _sha256(signed)}

    def _chip_authentication_info(self) -> ChipAuthenticationInfo:
        for info in self.found.infos.chip_authentication:
            if info.version == 2 and info.protocol.startswith(_CA_ECDH):
                return info
        raise ProtocolError("the card does not offer chip authentication version 2")

    def _chip_curve(self, key_id: int | None) -> Curve:
        """The curve terminal authentication commits to before the chip's key can be read."""
        for info in self.found.infos.domain_parameters:
            if info.key_id == key_id:
                return by_parameter_id(info.parameter_id)
        raise ProtocolError("the card does not name the curve of its chip authentication key")

    def _authenticate_terminal(
        self, chain: Sequence[CVCertificate], session: PaceResult, ephemeral: PrivateKey
    ) -> Exchange[None]:
        infos = self.found.infos.terminal_authentication
        version_2 = next((info for info in infos if info.version == 2), None)
        if version_2 is None:
            raise ProtocolError("the card does not offer terminal authentication version 2")
        shown = select_chain(chain, (session.car, session.previous_car))
        committed = x_coordinate(ephemeral.public_key())
        yield from terminal_authentication(
            shown, version_2, session.id_picc, committed, self.terminal.sign
        )
        self.checks.note("terminal_authentication", True)

    def _chip_key(self, card_security: bytes, key_id: int | None) -> PublicKey:
        """The chip's key from EF.CardSecurity, once its signature and EF.CardAccess hold."""
        with self.checks.essential("card_security_authentic"):
            signed = sod.decode(card_security)
            verify_signed_object(signed, _CARD_SECURITY_CONTENT, self.trust, self.now)
            infos = security_infos.decode(signed.content)
        announced = security_infos.elements(self.found.card_access)
        nothing_added = announced <= security_infos.elements(signed.content)
        as_signed = nothing_added and _protocols(infos) <= _protocols(self.found.infos)
        self.checks.require("card_access_as_signed", as_signed, "card_access_differs")
        for info in infos.chip_keys:
            if info.key_id == key_id:
                return info.key
        raise ProtocolError("EF.CardSecurity holds no key for chip authentication")

    def _read_eid(self) -> Exchange[dict[int, bytes]]:
        yield from ask(select_application(EID_APPLICATION))
        groups = {}
        for number in eid_groups.GROUPS:
            groups[number] = yield from read_file(number, self.found.block)
        return groups

    def _read_lds(self) -> Exchange[dict[int, bytes]]:
        """EF.SOD under 0, then the data groups."""
        yield from ask(select_application(LDS1_APPLICATION))
        files = {0: (yield from read_file(_SOD, self.found.block))}
        for number in LDS1_GROUPS:
            files[number] = yield from read_file(number, self.found.block)
        return files

    def _authenticate_lds(self, lds: Mapping[int, bytes], chip_key: PublicKey) -> dict[str, str]:
        """Passive authentication of every octet read; returns the digests for the record."""
        with self.checks.essential("lds_signature_authentic"):
            signed = sod.decode(lds[0])
            verify_signed_object(signed, _LDS_CONTENT, self.trust, self.now)
            listed = sod.decode_lds_security_object(signed.content)
        groups = {number: lds[number] for number in LDS1_GROUPS}
        failed: Mapping[int, object] = {}
        try:
            check_hashes(listed, groups)
        except NotAuthentic as error:
            failed = error.groups
        for number in LDS1_GROUPS:
            self.checks.note(f"dg{number}_as_signed", number not in failed, str(failed.get(number)))
        self.checks.note("chip_keys_agree", _holds_key(lds[14], chip_key), "another_chip_key")
        return {"sod": _sha256(lds[0])}


def _protocols(infos: SecurityInfos) -> frozenset[object]:
    """What could be taken away from EF.CardAccess to make the reader choose something weaker."""
    return frozenset((*infos.pace, *infos.chip_authentication, *infos.terminal_authentication))


def _holds_key(dg14: bytes, chip_key: PublicKey) -> bool:
    try:
        infos = decode_dg14(dg14)
    except EncodingError:
        return False
    return any(info.key == chip_key for info in infos.chip_keys)


def _chat(terminal: Chat, password: Password) -> Chat:
    """The rights asked for: the twelve groups, and the CAN where it is the password.

    Errors  `ProtocolError` if the terminal's certificate gives less: the card would, too.
    """
    wanted = sum(1 << read_dg(number) for number in eid_groups.GROUPS)
    if password.kind is PasswordKind.CAN:
        wanted |= 1 << CAN_ALLOWED
    if terminal.rights & wanted != wanted:
        raise ProtocolError("the terminal's certificate does not give the rights of this profile")
    return Chat(terminal.role_oid, wanted.to_bytes(len(terminal.value)))


def _sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
