"""The tap of an IC resident registration card, profile `krrc-1`, from power-on to data.

`survey` reads what is needed before anybody types a PIN; `read_card` does the rest: PACE,
terminal and chip authentication version 2, twelve eID data groups, LDS1, every cross-check.

Source  docs/card-profile.md.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apdu.commands import select_application
from apdu.crypto.curves import KeyGenerator, PublicKey, encode_point, fresh_key
from apdu.errors import EncodingError
from apdu.exchange import Exchange, ask
from apdu.files import BlockSize
from apdu.lds import eid_groups
from apdu.lds.chat import CAN_ALLOWED, read_dg
from apdu.lds.data_groups import decode_dg14
from apdu.profiles import eac
from apdu.profiles.checks import Check, CheckFailed, CheckTable, Outcome
from apdu.profiles.eac import GeneralAuthentication, TerminalCredentials
from apdu.profiles.krrc_content import CROSS_CHECKS, CardContent, cross_check, decode_content
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
from apdu.profiles.passwords import (
    CAN_DIGITS,
    PIN_DIGITS,
    PIN_TRIES,
    PUK_DIGITS,
    can,
    pin,
    puk,
    require_form,
)
from apdu.profiles.survey import Survey, choose_pace, survey, survey_over
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind
from apdu.secure_messaging import through

__all__ = [
    "CAN_DIGITS",
    "CHECKS",
    "LDS1_GROUPS",
    "PIN_DIGITS",
    "PIN_TRIES",
    "PUK_DIGITS",
    "ChipReading",
    "Progress",
    "Survey",
    "TerminalCredentials",
    "can",
    "choose_pace",
    "pin",
    "puk",
    "read_card",
    "require_terminal",
    "survey",
    "survey_over",
]

EID_APPLICATION = bytes.fromhex("E80704007F00070302")
LDS1_GROUPS = (1, 2, 11, 12, 14)
_READ_GROUPS = sum(1 << read_dg(number) for number in eid_groups.GROUPS)

CHECKS = (
    *eac.CHECKS,
    SIGNATURE_CHECK,
    *(group_check(number) for number in LDS1_GROUPS),
    "chip_keys_agree",
    *CROSS_CHECKS,
)


@dataclass(frozen=True, slots=True)
class ChipReading:
    """The result of a tap. `content` and `files` are there only if reading came to its end.

    Rule    Data count only if every check is PASS. That the card has not expired is none of
            them: an expired card is authentic, and what it is good for is for others to say.
    Units   `chip_fingerprint` SHA-256 of the chip's public key; `digests` of the signed files;
            `files` by name, octet for octet: EF.CardAccess, EF.SOD, DG1, eID.DG1.
    """

    checks: tuple[Check, ...]
    content: CardContent | None = field(default=None, repr=False)
    chip_fingerprint: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def genuine(self) -> bool:
        return self.content is not None and all(
            each.outcome is Outcome.PASS for each in self.checks
        )


def require_terminal(terminal: TerminalCredentials, kind: PasswordKind, now: datetime) -> None:
    """Stop, before anybody is asked for a password, a terminal that could not read with it.

    Errors  `TerminalLacksRight`, `TerminalExpired`, `NoCertificateChain`.
    """
    terminal.require(_rights(kind), now)


def read_card(
    found: Survey,
    password: Password,
    terminal: TerminalCredentials,
    trust: TrustStore,
    now: datetime,
    *,
    can: Password | None = None,
    progress: Progress | None = None,
    ephemeral: KeyGenerator = fresh_key,
) -> Exchange[ChipReading]:
    """Authenticate a surveyed card in both directions and read it.

    `can` resumes a suspended PIN in the same session; else it is not used.

    Rule    A check that fails ends the tap there, or, after chip authentication, leaves FAIL in
            the table; refusals and broken protocol raise.
    Errors  `ValueError` for a password of another form, before the card hears of it. Of the
            password as `present`, of the terminal as `require_terminal` and `TerminalRejected`;
            `StatusError`, `ProtocolError`, `EncodingError`.
    """
    require_form(password, PasswordKind.PIN, PasswordKind.CAN)
    if can is not None:
        require_form(can, PasswordKind.CAN)
    checks = CheckTable(CHECKS)
    files = NamedFiles(BlockSize(found.block), progress)
    procedure = GeneralAuthentication(found, terminal, trust, now, checks, files, ephemeral)
    try:
        proven = yield from procedure.run(password, _rights(password.kind), can)
        eid = yield from through(proven.channel, _read_eid(files))
        lds = yield from through(proven.channel, _read_lds(files))
        listed = signed_list(files.content[SOD], trust, now, checks)
    except CheckFailed:
        return ChipReading(checks.result())
    check_groups(listed, lds, checks)
    checks.note("chip_keys_agree", _holds_key(lds[14], proven.chip_key), "another_chip_key")
    content = decode_content(eid, lds, checks)
    if content is not None:
        cross_check(content, now, checks)
    everything = {eac.CARD_ACCESS: found.card_access, **files.content}
    fingerprint = _sha256(encode_point(proven.chip_key))
    return ChipReading(checks.result(), content, fingerprint, _digests(everything), everything)


def _rights(kind: PasswordKind) -> int:
    """What is asked for: the twelve groups, and the CAN where it is the password."""
    return _READ_GROUPS | (1 << CAN_ALLOWED if kind is PasswordKind.CAN else 0)


def _read_eid(files: NamedFiles) -> Exchange[dict[int, bytes]]:
    yield from ask(select_application(EID_APPLICATION))
    groups = {}
    for number in eid_groups.GROUPS:
        groups[number] = yield from files.read(f"eID.{group_name(number)}", number)
    return groups


def _read_lds(files: NamedFiles) -> Exchange[dict[int, bytes]]:
    yield from ask(select_application(LDS1_APPLICATION))
    yield from files.read(SOD, SOD_SFI)
    groups = {}
    for number in LDS1_GROUPS:
        groups[number] = yield from files.read(group_name(number), number)
    return groups


def _holds_key(dg14: bytes, chip_key: PublicKey) -> bool:
    try:
        infos = decode_dg14(dg14)
    except EncodingError:
        return False
    return any(info.key == chip_key for info in infos.chip_keys)


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    signed = {"card_security": eac.CARD_SECURITY, "sod": SOD}
    return {name: _sha256(files[file]) for name, file in signed.items()}


def _sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
