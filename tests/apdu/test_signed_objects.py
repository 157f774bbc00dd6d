"""Who may sign a chip's files, and what the signature must cover."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apdu.errors import EncodingError
from apdu.lds import sod
from apdu.lds.cms import CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME
from apdu.lds.der import OCTET_STRING, integer, oid, sequence, set_of
from apdu.lds.signature_schemes import SHA256, digest
from apdu.lds.subject_keys import encode_named
from apdu.protocols.passive_authentication import (
    NotAuthentic,
    Reason,
    verify_signed_object,
)
from apdu.tlv import build, parse_one
from tests.apdu.lds.issuing import (
    CSCA,
    CSCA_KEY,
    DAY,
    DIGITAL_SIGNATURE,
    DS,
    DS_KEY,
    KEY_CERT_SIGN,
    ROGUE_KEY,
    Draft,
    authority_key_id,
    basic_constraints,
    ecdsa,
    extended_key_usage,
    extension,
    key_usage,
    moment,
    signer_extensions,
    subject_key_id,
)
from tests.apdu.lds.signed_files import CONTENT, GOOD, TRUST, authenticate, issued, refused, signed


def test_object_of_another_content_type_is_refused() -> None:
    with pytest.raises(NotAuthentic) as caught:
        verify_signed_object(GOOD, sod.SECURITY_OBJECT, TRUST, DAY)
    assert caught.value.reason_code is Reason.CONTENT_TYPE


def test_content_type_changed_outside_the_signature_is_refused() -> None:
    forged = replace(GOOD, content_type=sod.SECURITY_OBJECT)
    with pytest.raises(NotAuthentic) as caught:
        verify_signed_object(forged, sod.SECURITY_OBJECT, TRUST, DAY)
    assert caught.value.reason_code is Reason.CONTENT_TYPE


@pytest.mark.parametrize("count", [0, 2])
def test_object_without_exactly_one_signer_is_refused(count: int) -> None:
    refused(replace(GOOD, signers=GOOD.signers * count), Reason.SIGNER_COUNT)


def test_second_signer_in_the_octets_is_refused() -> None:
    octets = sod.build_signed_data(sod.LDS_SECURITY_OBJECT, CONTENT, DS, ecdsa(DS_KEY), DAY)
    kind, wrapped = parse_one(octets).children
    signed_data = parse_one(wrapped.value).children
    signers = build(0x31, signed_data[-1].value * 2)
    body = sequence(*(bytes(each) for each in signed_data[:-1]), signers)
    doubled = sequence(bytes(kind), build(0xA0, body))
    assert len(sod.decode(doubled).signers) == 2
    refused(sod.decode(doubled), Reason.SIGNER_COUNT)


def attribute(kind: str, *values: bytes) -> bytes:
    return sequence(oid(kind), set_of(values))


TYPE = attribute(CONTENT_TYPE, oid(sod.LDS_SECURITY_OBJECT))
DIGEST = attribute(MESSAGE_DIGEST, build(OCTET_STRING, digest(SHA256, CONTENT)))
OTHER_DIGEST = attribute(MESSAGE_DIGEST, build(OCTET_STRING, bytes(32)))


def with_attributes(*attributes: bytes) -> sod.SignedObject:
    """The good object, its attributes replaced and truly signed by the document signer."""
    signature = ecdsa(DS_KEY)(set_of(attributes))
    signer = replace(
        GOOD.signers[0], signed_attributes=b"".join(sorted(attributes)), signature=signature
    )
    return replace(GOOD, signers=(signer,))


def test_attributes_in_another_order_are_verified_as_der() -> None:
    authenticate(with_attributes(TYPE, DIGEST))
    signer = with_attributes(TYPE, DIGEST).signers[0]
    authenticate(replace(GOOD, signers=(replace(signer, signed_attributes=DIGEST + TYPE),)))


@pytest.mark.parametrize(
    "attributes",
    [
        (),
        (TYPE,),
        (DIGEST,),
        (TYPE, DIGEST, DIGEST),
        (TYPE, DIGEST, OTHER_DIGEST),
        (TYPE, TYPE, DIGEST),
        (TYPE, attribute(MESSAGE_DIGEST)),
        (TYPE, attribute(MESSAGE_DIGEST, *(build(OCTET_STRING, digest(SHA256, CONTENT)),) * 2)),
        (TYPE, attribute(MESSAGE_DIGEST, build(0x0C, digest(SHA256, CONTENT)))),
        (attribute(CONTENT_TYPE, integer(1)), DIGEST),
        (TYPE, DIGEST, attribute(SIGNING_TIME, moment(DAY), moment(DAY + timedelta(1)))),
        (TYPE, DIGEST, attribute(SIGNING_TIME, b"\x17\x02no")),
        (TYPE, DIGEST, attribute(SIGNING_TIME, integer(5))),
        (TYPE, DIGEST, b"\x30\x00"),
    ],
)
def test_missing_doubled_and_malformed_attributes_are_refused(
    attributes: tuple[bytes, ...],
) -> None:
    refused(with_attributes(*attributes), Reason.SIGNED_ATTRIBUTES)


@pytest.mark.parametrize("text", [b"2611230000Z", b"261123090000+0900"])
def test_signing_time_without_seconds_or_with_an_offset_is_understood(text: bytes) -> None:
    """Not in DER, but in the field; the document signer was valid then."""
    signed_at = attribute(SIGNING_TIME, build(0x17, text))
    assert authenticate(with_attributes(TYPE, DIGEST, signed_at)).signing_time == DAY


def test_signing_time_without_a_value_is_refused() -> None:
    refused(with_attributes(TYPE, DIGEST, attribute(SIGNING_TIME)), Reason.SIGNED_ATTRIBUTES)


def test_object_without_signed_attributes_is_refused_even_if_the_content_is_signed() -> None:
    signer = replace(GOOD.signers[0], signed_attributes=None, signature=ecdsa(DS_KEY)(CONTENT))
    refused(replace(GOOD, signers=(signer,)), Reason.SIGNED_ATTRIBUTES)


def test_attributes_passed_off_as_content_are_refused() -> None:
    attributes = set_of([TYPE, DIGEST])
    signer = replace(GOOD.signers[0], signed_attributes=None, signature=ecdsa(DS_KEY)(attributes))
    refused(replace(GOOD, content=attributes, signers=(signer,)), Reason.SIGNED_ATTRIBUTES)


def test_content_type_attribute_of_another_kind_is_refused() -> None:
    other = attribute(CONTENT_TYPE, oid(sod.SECURITY_OBJECT))
    refused(with_attributes(other, DIGEST), Reason.CONTENT_TYPE)


@pytest.mark.parametrize("seconds", [0, 1])
def test_document_signer_is_valid_from_its_first_to_its_last_second(seconds: int) -> None:
    off = timedelta(seconds=seconds)
    draft = Draft(begins=DAY + off, ends=DAY + timedelta(days=1))
    what = signed(draft.signed_by(CSCA_KEY))
    if seconds:
        refused(what, Reason.DS_VALIDITY)
    else:
        authenticate(what)
    late = signed(Draft(ends=DAY - off).signed_by(CSCA_KEY))
    if seconds:
        refused(late, Reason.DS_VALIDITY)
    else:
        authenticate(late)


def test_object_signed_after_its_signer_had_expired_is_refused() -> None:
    what = signed(Draft(ends=DAY - timedelta(days=1)).signed_by(CSCA_KEY))
    refused(what, Reason.SIGNING_TIME, at=DAY - timedelta(days=2))


@pytest.mark.parametrize(
    "extensions",
    [
        (authority_key_id(b"csca"),),  # no key usage
        (key_usage(KEY_CERT_SIGN),),
        (key_usage(DIGITAL_SIGNATURE), basic_constraints(ca=True)),
        (key_usage(DIGITAL_SIGNATURE), extended_key_usage("1.0.18013.5.1.2")),  # mobile document
        (key_usage(DIGITAL_SIGNATURE), extended_key_usage("2.23.136.1.1.3")),  # master list
    ],
)
def test_certificate_meant_for_something_else_signs_no_document(
    extensions: tuple[bytes, ...],
) -> None:
    refused(issued(extensions=extensions), Reason.DS_USAGE)


def test_country_signing_ca_itself_signs_no_document() -> None:
    what = sod.decode(
        sod.build_signed_data(sod.LDS_SECURITY_OBJECT, CONTENT, CSCA, ecdsa(CSCA_KEY), DAY)
    )
    refused(what, Reason.DS_USAGE)


def test_unknown_critical_extension_is_refused_and_an_uncritical_one_borne() -> None:
    odd = "1.2.3.4"
    usual = signer_extensions(b"csca")
    refused(
        issued(extensions=(*usual, extension(odd, b"\x05\x00", critical=True))),
        Reason.CRITICAL_EXTENSION,
    )
    authenticate(issued(extensions=(*usual, extension(odd, b"\x05\x00"))))


def test_extension_given_twice_is_refused() -> None:
    with pytest.raises(EncodingError):
        issued(extensions=(key_usage(KEY_CERT_SIGN), key_usage(DIGITAL_SIGNATURE)))
    doubled = Draft(extensions=(key_usage(DIGITAL_SIGNATURE),) * 2).signed_by(CSCA_KEY)
    refused(replace(GOOD, certificates=(doubled,)), Reason.SIGNER_CERTIFICATE_MALFORMED)


def test_object_without_its_signers_certificate_is_refused() -> None:
    refused(replace(GOOD, certificates=()), Reason.SIGNER_CERTIFICATE_MISSING)
    others = (Draft(serial=8).signed_by(CSCA_KEY), Draft(serial=9).signed_by(CSCA_KEY))
    refused(replace(GOOD, certificates=others), Reason.SIGNER_CERTIFICATE_MISSING)


def test_signer_is_found_among_several_certificates_by_issuer_and_serial_number() -> None:
    other = Draft(serial=8, spki=encode_named(ROGUE_KEY.public_key())).signed_by(CSCA_KEY)
    authenticate(replace(GOOD, certificates=(other, DS)))
    stranger = Draft(issuer="TEST OTHER").signed_by(ROGUE_KEY)
    authenticate(replace(GOOD, certificates=(stranger, DS)))


def test_signer_is_found_by_its_key_identifier() -> None:
    draft = Draft(extensions=(*signer_extensions(b"csca"), subject_key_id(b"signer")))
    certificate = draft.signed_by(CSCA_KEY)
    sid = sod.SignerId(None, None, b"signer")
    signer = replace(GOOD.signers[0], sid=sid)
    authenticate(replace(GOOD, certificates=(DS, certificate), signers=(signer,)))
    unknown = replace(signer, sid=sod.SignerId(None, None, b"nobody"))
    refused(
        replace(GOOD, certificates=(DS, certificate), signers=(unknown,)),
        Reason.SIGNER_CERTIFICATE_MISSING,
    )
