"""Google's list of attestation certificates that are no longer believed, as it is published.

Source  Android Open Source Project, 'Certificate revocation status list'.
"""

import re

from station.openid4vci import strict_json
from station.openid4vci.strict_json import JsonError

MAX_OCTETS = 16 * 1024 * 1024
_SERIAL = re.compile(r"[0-9a-f]{1,64}", re.IGNORECASE)
_STATUSES = {"REVOKED", "SUSPENDED"}


class RevocationsError(ValueError):
    """A list that is not taken; says which rule it breaks."""


def parse(octets: bytes) -> frozenset[str]:
    """The serial numbers of a list, lower-case hexadecimal without leading zeros.

    Rule    A suspended certificate counts as a revoked one. The list is never empty: one that is
            was cut off, and would revive everything.
    Errors  `RevocationsError`.
    """
    try:
        content = strict_json.loads_object(octets, MAX_OCTETS)
    except JsonError as error:
        raise RevocationsError(str(error)) from None
    entries = content.get("entries")
    if not isinstance(entries, dict) or not entries:
        raise RevocationsError("entries is not an object of at least one certificate")
    for serial, entry in entries.items():
        if not _SERIAL.fullmatch(serial) or not serial.strip("0"):
            raise RevocationsError("a serial number is not hexadecimal")
        if not isinstance(entry, dict) or entry.get("status") not in tuple(_STATUSES):
            raise RevocationsError("a status is neither REVOKED nor SUSPENDED")
    return frozenset(each.lower().lstrip("0") for each in entries)
