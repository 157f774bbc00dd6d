"""The credential as an mdoc: IssuerSigned of ISO/IEC 18013-5."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import cbor2

from station.credentials import cose
from station.credentials.claims import Claims, ElementValue, mdoc_elements
from station.credentials.terms import Terms
from station.credentials.unsigned import (
    CertificateChain,
    SaltSource,
    Unsigned,
    check_chain,
)

RANDOM_OCTETS = 32


def prepare(
    claims: Claims, terms: Terms, salts: SaltSource, chain: CertificateChain
) -> Unsigned[bytes]:
    """An mdoc ready to be signed; `complete` gives the octets of IssuerSigned.

    Rule    Digests cover the tag-24 octets of each item, which are kept as they are.
    Source  ISO/IEC 18013-5:2021, 8.3.2.1.2.2, 9.1.2.4; Token Status List, 6.3.
    """
    check_chain(chain)
    items = {
        namespace: _issuer_signed_items(elements, salts)
        for namespace, elements in mdoc_elements(claims, terms.names).items()
    }
    payload = cbor2.dumps(cose.embedded(_mobile_security_object(items, terms)))
    issuer_auth = cose.prepare_sign1(payload, chain)

    def assemble(signature: bytes) -> bytes:
        name_spaces = {namespace: list(each.values()) for namespace, each in items.items()}
        return cbor2.dumps(
            {"nameSpaces": name_spaces, "issuerAuth": issuer_auth.complete(signature)}
        )

    return Unsigned(issuer_auth.to_sign, assemble)


def _issuer_signed_items(
    elements: Mapping[str, ElementValue], salts: SaltSource
) -> dict[int, cbor2.CBORTag]:
    """IssuerSignedItemBytes by digestID; the order, and with it the ids, is drawn at random."""
    shuffled = sorted(elements, key=lambda _: salts(16))
    return {
        digest_id: cose.embedded(
            {
                "digestID": digest_id,
                "random": salts(RANDOM_OCTETS),
                "elementIdentifier": identifier,
                "elementValue": _encodable(elements[identifier]),
            }
        )
        for digest_id, identifier in enumerate(shuffled)
    }


def _mobile_security_object(
    items: Mapping[str, Mapping[int, cbor2.CBORTag]], terms: Terms
) -> dict[str, Any]:
    validity = terms.validity
    return {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": {
            namespace: {number: _digest(item) for number, item in each.items()}
            for namespace, each in items.items()
        },
        "deviceKeyInfo": {"deviceKey": cose.cose_key(terms.device_key)},
        "docType": terms.names.doctype,
        "validityInfo": {
            "signed": _date_time(validity.signed),
            "validFrom": _date_time(validity.valid_from),
            "validUntil": _date_time(validity.valid_until),
        },
        "status": {"status_list": {"idx": terms.status.index, "uri": terms.status.uri}},
    }


def _digest(item: cbor2.CBORTag) -> bytes:
    return hashlib.sha256(cbor2.dumps(item)).digest()


def _encodable(value: ElementValue) -> Any:
    if isinstance(value, date):
        return cbor2.CBORTag(cose.FULL_DATE, value.isoformat())
    return value


def _date_time(time: datetime) -> cbor2.CBORTag:
    return cbor2.CBORTag(cose.DATE_TIME, time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
