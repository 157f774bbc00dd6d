"""The travel document application: its signed list of digests, and each group against it.

Source  ICAO Doc 9303-10, 4; 9303-11, 5.1 (passive authentication).
"""

from collections.abc import Mapping
from datetime import datetime

from apdu.lds import sod
from apdu.lds.sod import LdsSecurityObject
from apdu.profiles.checks import CheckTable
from apdu.protocols.passive_authentication import (
    NotAuthentic,
    TrustStore,
    check_hashes,
    verify_signed_object,
)

LDS1_APPLICATION = bytes.fromhex("A0000002471001")
SOD, SOD_SFI = "EF.SOD", 0x1D
SIGNATURE_CHECK = "lds_signature_authentic"


def group_name(number: int) -> str:
    """What data group `number` is called; its short file identifier is the number."""
    return f"DG{number}"


def group_check(number: int) -> str:
    """The check that data group `number` is what the state signed."""
    return f"dg{number}_as_signed"


def signed_list(
    octets: bytes, trust: TrustStore, now: datetime, checks: CheckTable
) -> LdsSecurityObject:
    """The digests in EF.SOD, once its signature holds. Errors: `CheckFailed`."""
    with checks.essential(SIGNATURE_CHECK):
        signed = sod.decode(octets)
        verify_signed_object(signed, sod.LDS_SECURITY_OBJECT, trust, now)
        listed = sod.decode_lds_security_object(signed.content)
    return listed  # noqa: RET504 - inside, mypy would miss a return: it cannot know that this raises


def check_groups(
    listed: LdsSecurityObject, groups: Mapping[int, bytes], checks: CheckTable
) -> None:
    """Compare every octet read of `groups` with the signed digests, one check for each."""
    failed: Mapping[int, object] = {}
    try:
        check_hashes(listed, groups)
    except NotAuthentic as error:
        failed = error.groups
    for number in groups:
        checks.note(group_check(number), number not in failed, str(failed.get(number)))
