"""What a client would rather have: the weights of its Accept headers (RFC 9110, 12.4.2)."""

import re

_MAX_NAMED = 32
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def weights(header: str) -> dict[str, float]:
    """What a header names, in lower case, with its weight; what cannot be read is passed over."""
    found: dict[str, float] = {}
    for part in header.split(",")[:_MAX_NAMED]:
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        given = [each[2:].strip() for each in parameters if each.startswith("q=")]
        weight = given[0] if given else "1"
        if name and _WEIGHT.fullmatch(weight):
            found[name] = float(weight)
    return found


def prefers(header: str, wanted: str, default: str) -> bool:
    """Whether a client that names the media type `wanted` likes it no less than `default`."""
    named = weights(header)
    kind = default.partition("/")[0]
    usual = named.get(default, named.get(f"{kind}/*", named.get("*/*", 0)))
    return named.get(wanted, 0) > 0 and named[wanted] >= usual
