"""Everything the phone checks of a credential before it keeps it, ours and other people's."""

from typing import Any

from card_sim.phone import claims
from card_sim.phone.checks import mdoc, others, sd_jwt
from card_sim.phone.checks.checklist import Check, Checklist
from card_sim.phone.checks.expected import Expected
from card_sim.phone.jose import unb64url

Reading = tuple[str, str, dict[str, Any]]
"""Format, type and the card's claims by name."""


def check_received(
    form: str, credential: str, expected: Expected
) -> tuple[dict[str, Any], tuple[Check, ...]]:
    """Check one credential; answer its claims by name and the checks that held.

    Errors  `NotAuthentic`.
    """
    own = Checklist(form)
    if form == sd_jwt.FORMAT:
        read = sd_jwt.check_issued(credential, expected, own)
        theirs = Checklist(form, others.SD_JWT)
        others.check_sd_jwt(credential, read, theirs)
        return claims.from_sd_jwt(read.claims), (*own.held, *theirs.held)
    with own.step("base64url", "the mdoc is not base64url"):
        octets = unb64url(credential)
    issuer_signed = mdoc.check_issued(octets, expected, own)
    theirs = Checklist(form, others.PYMDOCCBOR)
    response = others.as_response(octets, expected.type_name)
    others.check_mdoc(response, issuer_signed, expected.anchors, theirs)
    return claims.from_mdoc(issuer_signed.values), (*own.held, *theirs.held)


def check_pair(readings: list[Reading]) -> tuple[Check, ...]:
    """Compare the two formats of the resident card, where both came. Errors: `NotAuthentic`."""
    known = {
        form: values
        for form, type_name, values in readings
        if type_name in (claims.DOC_TYPE, claims.VCT)
    }
    checks = Checklist("card")
    if len(known) == 2:
        claims.compare(known[mdoc.FORMAT], known[sd_jwt.FORMAT], checks)
    return tuple(checks.held)
