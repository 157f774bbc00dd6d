"""Signed objects that are not in DER, such as those of indefinite length: read with asn1crypto.

Source  RFC 5652, 5; ITU-T X.690, 8.
"""

from typing import Any

from asn1crypto import cms

from apdu.errors import EncodingError
from apdu.lds.certificates import prepared_name
from apdu.lds.cms import SIGNED_DATA, SignedObject, Signer, SignerId, check_numbers
from apdu.lds.der import reading, require_at_most

MAX_OCTETS = 24 * 1024


def decode_ber(octets: bytes) -> SignedObject:
    """Read a ContentInfo with SignedData of at most `MAX_OCTETS`. Errors: `EncodingError`."""
    require_at_most(octets, MAX_OCTETS)
    with reading("signed object"):
        info = cms.ContentInfo.load(octets, strict=True)
        if info["content_type"].dotted != SIGNED_DATA:
            raise EncodingError("not a signed object")
        signed = info["content"]
        encapsulated = signed["encap_content_info"]
        if encapsulated["content"].native is None:
            raise EncodingError("signed object without its content")
        certificates = signed["certificates"]
        signers = signed["signer_infos"]
        check_numbers(certificates, signers)
        return SignedObject(
            content_type=encapsulated["content_type"].dotted,
            content=bytes(encapsulated["content"]),
            certificates=tuple(
                each.chosen.dump() for each in certificates if each.name == "certificate"
            ),
            signers=tuple(_read_signer(each) for each in signers),
        )


def _read_signer(info: Any) -> Signer:
    attributes = info["signed_attrs"]
    return Signer(
        sid=_read_sid(info["sid"]),
        digest_algorithm=info["digest_algorithm"]["algorithm"].dotted,
        signature_algorithm=info["signature_algorithm"].dump(),
        signed_attributes=attributes.contents if len(attributes) else None,
        signature=info["signature"].native,
    )


def _read_sid(choice: Any) -> SignerId:
    if choice.name == "issuer_and_serial_number":
        issuer = prepared_name(choice.chosen["issuer"].dump())
        return SignerId(issuer, int(choice.chosen["serial_number"]), None)
    return SignerId(None, None, choice.chosen.native)
