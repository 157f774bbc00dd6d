"""The tap of a plain travel document: PACE by CAN or MRZ, LDS1, passive and chip authentication.

Nothing falls back: a document without PACE in generic mapping over elliptic curves is refused by
name, basic access control is not tried. EF.COM is not read; what there is, the signed list says.

Source  ICAO Doc 9303-11, 4.2 and 5; 9303-10, 4.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apdu.commands import select_application, select_file
from apdu.crypto.curves import KeyGenerator, curve_of, fresh_key
from apdu.errors import EncodingError, ProtocolError, StatusError
from apdu.exchange import Exchange, ask
from apdu.files import BlockSize
from apdu.iso7816 import StatusWord
from apdu.lds import mrz
from apdu.lds.data_groups import (
    AdditionalDetails,
    DocumentDetails,
    decode_dg1,
    decode_dg11,
    decode_dg12,
    decode_dg14,
)
from apdu.lds.portrait import Portrait, decode_dg2
from apdu.lds.security_infos import (
    CA_ECDH_AES,
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    PaceInfo,
    SecurityInfos,
)
from apdu.lds.sod import LdsSecurityObject
from apdu.profiles.checks import Check, CheckFailed, CheckTable, Outcome
from apdu.profiles.lds1 import (
    LDS1_APPLICATION,
    SIGNATURE_CHECK,
    SOD,
    SOD_SFI,
    check_groups,
    group_check,
    group_name,
    signed_list,
)
from apdu.profiles.named_files import NamedFiles, Progress
from apdu.profiles.survey import Announcement, announcement
from apdu.protocols.chip_authentication_1 import chip_authentication_1, first_answer
from apdu.protocols.pace import pace
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind
from apdu.secure_messaging import SecureMessaging, through

GROUPS = (1, 2, 11, 12, 14)
"""What anybody may read after PACE; fingerprints and irises are for terminals with rights."""
CHECKS = (
    "pace",
    SIGNATURE_CHECK,
    group_check(14),
    "pace_as_signed",
    "chip_authentication",
    *(group_check(number) for number in (1, 2, 11, 12)),
    "data_well_formed",
    "mrz_agrees",
)
_MANDATORY = frozenset({1, 2})
_SECURITY_INFOS = 14
_FIRST_GROUP_FID = 0x0101
_CARD_ACCESS = "EF.CardAccess"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """The decoded groups; `zone` is the machine-readable zone of DG1, its lines joined."""

    zone: str = field(repr=False)
    portrait: Portrait = field(repr=False)
    person: AdditionalDetails | None = field(repr=False)
    document: DocumentDetails | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """The result of a tap. `content` and `files` are there only if reading came to its end.

    Rule    Data count only if every check is PASS; a group the state did not sign has none.
    """

    checks: tuple[Check, ...]
    content: DocumentContent | None = field(default=None, repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def genuine(self) -> bool:
        return self.content is not None and all(
            each.outcome is Outcome.PASS for each in self.checks
        )


def read_document(
    password: Password,
    trust: TrustStore,
    now: datetime,
    *,
    groups: Collection[int] = GROUPS,
    prove_chip: bool = True,
    max_block: int | None = None,
    progress: Progress | None = None,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[DocumentReading]:
    """Open a document by CAN or MRZ, authenticate its files and its chip, and read it.

    `groups` are read if the signed list names them; DG1 and DG2 in any case. `max_block` caps
    the plain octets of one answer.

    Rule    Without `prove_chip` a copy of a document is not told from it: then chip
            authentication is NOT_RUN, and the reading is not genuine.
    Errors  `ValueError` for another password or group, before anything is sent.
            `VerificationFailed`: wrong password. `StatusError`, `ProtocolError`,
            `EncodingError`.
    """
    if password.kind not in (PasswordKind.CAN, PasswordKind.MRZ):
        raise ValueError("a travel document is opened with its CAN or its MRZ")
    if not set(groups) <= set(GROUPS):
        raise ValueError(f"groups {sorted(set(groups) - set(GROUPS))} are not read")
    card = yield from _announced(max_block)
    wanted = _MANDATORY | set(groups) | ({_SECURITY_INFOS} if prove_chip else set())
    files = NamedFiles(BlockSize(card.block), progress, {_CARD_ACCESS: card.card_access})
    tap = _Tap(card, files, wanted, ephemeral)
    try:
        content = yield from tap.read(password, trust, now, prove_chip=prove_chip)
    except CheckFailed:
        return DocumentReading(tap.checks.result())
    return DocumentReading(tap.checks.result(), content, files.content)


@dataclass(frozen=True, slots=True)
class _Tap:
    card: Announcement
    files: NamedFiles
    wanted: Collection[int]
    ephemeral: KeyGenerator
    checks: CheckTable = field(default_factory=lambda: CheckTable(CHECKS))

    def read(
        self, password: Password, trust: TrustStore, now: datetime, *, prove_chip: bool
    ) -> Exchange[DocumentContent | None]:
        with self.checks.proof("pace"):
            session = yield from pace(password, self.card.pace_info, ephemeral=self.ephemeral)
        channel = SecureMessaging(session.keys)
        yield from through(channel, ask(select_application(LDS1_APPLICATION)))
        octets = yield from through(channel, self.files.read(SOD, SOD_SFI))
        listed = signed_list(octets, trust, now, self.checks)
        there = self._there(listed)
        infos = yield from through(channel, self._security_infos(listed, there))
        if prove_chip:
            channel = yield from self._prove_chip(channel, infos)
        groups = yield from through(channel, self._read_groups(listed, there))
        return self._judge(groups, password)

    def _there(self, listed: LdsSecurityObject) -> Collection[int]:
        """The wanted groups this document has; the others have nothing to be checked."""
        there = {
            number for number in self.wanted if number in listed.hashes or number in _MANDATORY
        }
        for number in set(GROUPS) - there:
            self.checks.strike(group_check(number))
        return there

    def _security_infos(
        self, listed: LdsSecurityObject, there: Collection[int]
    ) -> Exchange[SecurityInfos]:
        """What DG14 says, once it is what the state signed; nothing if it cannot be had."""
        found = yield from self._read_group(_SECURITY_INFOS, there)
        check_groups(listed, found, self.checks)
        if not found or self.checks.outcome(group_check(_SECURITY_INFOS)) is not Outcome.PASS:
            return SecurityInfos()
        try:
            infos = decode_dg14(found[_SECURITY_INFOS])
        except EncodingError:
            return SecurityInfos()
        self._compare_pace(infos.pace)
        return infos

    def _compare_pace(self, signed: Collection[PaceInfo]) -> None:
        """No PACE variant the state signed was withheld in EF.CardAccess, and none was added.

        Rule    Some documents sign none; then there is nothing to compare.
        Source  ICAO Doc 9303-11, 9.2.11.
        """
        if signed:
            as_signed = set(signed) == set(self.card.infos.pace)
            self.checks.require("pace_as_signed", as_signed, "card_access_differs")
        else:
            self.checks.strike("pace_as_signed")

    def _prove_chip(
        self, channel: SecureMessaging, infos: SecurityInfos
    ) -> Exchange[SecureMessaging]:
        """The channel to go on with: that of chip authentication, where the document has it."""
        chosen = _choose(infos)
        if chosen is None:
            self.checks.leave_out("chip_authentication", "not_offered")
            return channel
        info, key = chosen
        with self.checks.essential("chip_authentication"):
            ephemeral = self.ephemeral(curve_of(key.key))
            keys = yield from through(
                channel, chip_authentication_1(info, info.key_id, ephemeral, key.key)
            )
            proven = SecureMessaging(keys)
            yield from first_answer(proven, select_file(_FIRST_GROUP_FID))
        return proven

    def _read_groups(
        self, listed: LdsSecurityObject, there: Collection[int]
    ) -> Exchange[dict[int, bytes]]:
        groups: dict[int, bytes] = {}
        for number in sorted(set(there) - {_SECURITY_INFOS}):
            groups |= yield from self._read_group(number, there)
        check_groups(listed, groups, self.checks)
        return groups

    def _read_group(self, number: int, there: Collection[int]) -> Exchange[dict[int, bytes]]:
        """The group under its number; nothing where the document has none or keeps it back."""
        if number not in there:
            return {}
        try:
            return {number: (yield from self.files.read(group_name(number), number))}
        except StatusError:
            if number in _MANDATORY:
                raise
            self.checks.leave_out(group_check(number), "not_readable")
            return {}

    def _judge(self, groups: Mapping[int, bytes], password: Password) -> DocumentContent | None:
        try:
            content = DocumentContent(
                decode_dg1(groups[1]),
                decode_dg2(groups[2]),
                decode_dg11(groups[11]) if 11 in groups else None,
                decode_dg12(groups[12]) if 12 in groups else None,
            )
            opened_by_zone = password.kind is PasswordKind.MRZ
            information = _mrz_information(content.zone) if opened_by_zone else ""
        except EncodingError:
            self.checks.note("data_well_formed", False, "malformed")
            return None
        self.checks.note("data_well_formed", True)
        if opened_by_zone:
            self.checks.note("mrz_agrees", information == password.value, "differs")
        else:
            self.checks.strike("mrz_agrees")
        return content


def _announced(max_block: int | None) -> Exchange[Announcement]:
    """Errors: `ProtocolError` for a document without PACE; nothing else is tried with it."""
    try:
        card = yield from announcement(max_block)
    except StatusError as refusal:
        if refusal.status != StatusWord.FILE_NOT_FOUND:
            raise
        raise ProtocolError(
            "the document does not offer PACE; basic access control is not supported"
        ) from refusal
    return card


def _choose(
    infos: SecurityInfos,
) -> tuple[ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo] | None:
    """The first variant this package can run, with the key it names."""
    for info in infos.chip_authentication:
        if info.version == 1 and info.protocol in CA_ECDH_AES:
            for key in infos.chip_keys:
                if key.key_id == info.key_id:
                    return info, key
    return None


def _mrz_information(zone: str) -> str:
    """Number, birth and expiry with their check digits, as MRZ passwords are made from.

    Source  ICAO Doc 9303-4, 4.2.2; 9303-6, 4.2.2: the same places in both zones of two lines.
    """
    if len(zone) == mrz.LENGTH:
        return mrz.decode(zone).mrz_information
    second = zone[len(zone) // 2 :]
    return second[:10] + second[13:20] + second[21:28]
