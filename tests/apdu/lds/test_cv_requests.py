"""Requests for CV certificates: who asks holds the key; other people's software agrees."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from apdu.crypto.curves import BRAINPOOL_P256, P256, P384, Curve, PrivateKey
from apdu.crypto.signatures import sign_plain
from apdu.errors import EncodingError
from apdu.lds import cv_requests, cvc
from apdu.lds.chat import Role
from apdu.lds.cv_requests import (
    AuthenticatedRequest,
    CertificateRequest,
    RequestFields,
    authenticate,
    decode,
    decode_authenticated,
    make,
    verify,
    verify_authenticated,
)
from apdu.lds.cvc_keys import CvcPublicKey
from apdu.lds.security_infos import TA_ECDSA_SHA256, TA_ECDSA_SHA384
from apdu.tlv import build, parse, parse_one
from tests.interop.programs import program
from tests.vectors import load

KEY, OTHER = P256.private_key(0x5EC12E7), P256.private_key(0x0B5E55ED)
PUBLIC = CvcPublicKey.of(TA_ECDSA_SHA256, KEY.public_key())
FIELDS = RequestFields("KRTESTDV00002", PUBLIC, "KRTESTCV00001")
OLD = "KRTESTDV00001"


def signing(key: PrivateKey) -> cv_requests.Sign:
    return lambda octets: sign_plain(key, octets, SHA256())


def request(fields: RequestFields = FIELDS, key: PrivateKey = KEY) -> CertificateRequest:
    return make(fields, signing(key))


def authenticated(key: PrivateKey = OTHER) -> AuthenticatedRequest:
    return authenticate(request(), OLD, signing(key))


def public(key: PrivateKey) -> CvcPublicKey:
    return CvcPublicKey.of(TA_ECDSA_SHA256, key.public_key())


@pytest.mark.parametrize("authority", [None, "KRTESTCV00001"])
@pytest.mark.parametrize("extensions", [b"", build(0x73, build(0x06, b"\x2a"))])
def test_a_request_is_read_as_it_was_written(authority: str | None, extensions: bytes) -> None:
    fields = replace(FIELDS, authority=authority, extensions=extensions)
    made = request(fields)
    assert decode(made.encoded) == made
    assert RequestFields(made.holder, made.public_key, made.authority, made.extensions) == fields
    verify(made)


def test_its_objects_stand_in_the_order_of_the_profile() -> None:
    made = request(replace(FIELDS, extensions=build(0x73)))
    body, signature = parse_one(made.encoded, 0x7F21).children
    assert [each.tag for each in body.children] == [0x5F29, 0x42, 0x7F49, 0x5F20, 0x65]
    assert (signature.tag, len(signature.value)) == (0x5F37, 64)
    key = body.children[2].children
    assert [each.tag for each in key] == [6, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87]


@pytest.mark.parametrize(
    ("curve", "oid", "algorithm"),
    [(BRAINPOOL_P256, TA_ECDSA_SHA256, SHA256()), (P384, TA_ECDSA_SHA384, SHA384())],
    ids=["brainpoolP256r1", "P-384"],
)
def test_every_curve_carries_its_own_parameters(
    curve: Curve, oid: str, algorithm: SHA256 | SHA384
) -> None:
    key = curve.private_key(0xC0FFEE)
    fields = replace(FIELDS, public_key=CvcPublicKey.of(oid, key.public_key()))
    made = make(fields, lambda octets: sign_plain(key, octets, algorithm))
    assert decode(made.encoded).public_key.curve is curve
    verify(made)


def test_a_request_without_domain_parameters_is_not_made() -> None:
    with pytest.raises(EncodingError, match="domain parameters"):
        request(replace(FIELDS, public_key=replace(PUBLIC, curve=None)))


def test_a_request_without_domain_parameters_is_not_read() -> None:
    body = parse_one(request().encoded, 0x7F21).children[0].children
    short = build(0x7F49, *(bytes(each) for each in body[2].children if each.tag in (6, 0x86)))
    changed = build(0x7F4E, *map(bytes, body[:2]), short, bytes(body[3]))
    with pytest.raises(EncodingError, match="domain parameters"):
        decode(build(0x7F21, changed, build(0x5F37, bytes(64))))


def test_nobody_can_ask_for_a_key_he_does_not_hold() -> None:
    """Else a certificate could be had for another terminal's key under one's own name."""
    with pytest.raises(InvalidSignature):
        verify(request(key=OTHER))


@pytest.mark.parametrize(
    "changed",
    [replace(FIELDS, holder="KRTESTXX00009"), replace(FIELDS, authority="KRTESTXX00009")],
    ids=["holder", "authority"],
)
def test_a_name_changed_after_signing_is_noticed(changed: RequestFields) -> None:
    true, forged = request(), request(changed)
    with pytest.raises(InvalidSignature):
        verify(replace(forged, signature=true.signature))


@given(st.integers(0, len(request().encoded) - 1), st.integers(1, 255))
def test_no_changed_octet_is_accepted(position: int, flip: int) -> None:
    octets = bytearray(request().encoded)
    octets[position] ^= flip
    with pytest.raises((EncodingError, InvalidSignature)):
        verify(decode(bytes(octets)))


def _body(*drop: int, add: bytes = b"", first: bytes = b"") -> bytes:
    body = parse_one(request().encoded, 0x7F21).children[0].children
    kept = b"".join(bytes(each) for each in body if each.tag not in drop)
    return build(0x7F21, build(0x7F4E, first, kept, add), build(0x5F37, bytes(64)))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        build(0x7F21),
        build(0x7F21, build(0x5F37, bytes(64))),
        build(0x7F21, build(0x7F4E), build(0x5F37, bytes(64))),
        _body(0x5F29),
        _body(0x7F49),
        _body(0x5F20),
        _body(0x5F29, first=build(0x5F29, b"\x01")),
        _body(0x42, add=build(0x42, b"KRTESTCV00001")),
        _body(add=build(0x5F25, bytes(6))),
        _body(add=build(0x42, b"KRTESTCV00001")),
        _body(0x5F20, add=build(0x5F20, b"no name")),
        _body() + b"\x00",
    ],
    ids=[
        "nothing",
        "empty",
        "no body",
        "empty body",
        "no profile",
        "no key",
        "no holder",
        "profile 2",
        "out of order",
        "a date",
        "two authorities",
        "no reference",
        "octets behind",
    ],
)
def test_anything_but_the_profile_is_refused(octets: bytes) -> None:
    with pytest.raises(EncodingError):
        decode(octets)


@pytest.mark.vectors
def test_a_certificate_is_no_request() -> None:
    for each in load("cvc_chain_globaltester_is")["values"]["certificates"]:
        with pytest.raises(EncodingError):
            decode(bytes.fromhex(each["certificate"]))
    with pytest.raises(EncodingError):
        cvc.decode(request().encoded)


# Requests that somebody vouches for.


def test_an_authenticated_request_is_read_as_it_was_written() -> None:
    made = authenticated()
    assert [each.tag for each in parse(parse_one(made.encoded, 0x67).value)] == [
        0x7F21,
        0x42,
        0x5F37,
    ]
    assert decode_authenticated(made.encoded) == made
    verify_authenticated(made, public(OTHER))


def test_the_outer_signature_covers_the_request_and_the_signers_name() -> None:
    made = authenticated()
    with pytest.raises(InvalidSignature):
        verify_authenticated(replace(made, signer="KRTESTXX00009"), public(OTHER))
    other = request(replace(FIELDS, holder="KRTESTXX00009"))
    with pytest.raises(InvalidSignature):
        verify_authenticated(replace(made, request=other), public(OTHER))


def test_only_the_named_signer_can_vouch() -> None:
    with pytest.raises(InvalidSignature):
        verify_authenticated(authenticated(KEY), public(OTHER))


def test_vouching_does_not_replace_the_proof_of_possession() -> None:
    """The signer cannot have a key certified that the applicant does not hold."""
    forged = authenticate(request(key=OTHER), OLD, signing(OTHER))
    with pytest.raises(InvalidSignature):
        verify_authenticated(forged, public(OTHER))


@pytest.mark.parametrize(
    "octets",
    [
        build(0x67, request().encoded),
        build(0x67, request().encoded, build(0x42, b"KRTESTDV00001")),
        build(0x67, build(0x42, b"KRTESTDV00001"), request().encoded, build(0x5F37, bytes(64))),
        build(0x67, request().encoded, build(0x42, b"?"), build(0x5F37, bytes(64))),
        authenticated().encoded.replace(b"\x67\x82", b"\x67\x83\x00", 1),
        request().encoded,
    ],
    ids=["no signer", "no signature", "out of order", "no reference", "not DER", "bare"],
)
def test_anything_but_an_authenticated_request_is_refused(octets: bytes) -> None:
    with pytest.raises(EncodingError):
        decode_authenticated(octets)


# Other people's software: OpenPACE's tools.


def openpace(folder: Path, *command: str) -> str:
    name, *arguments = command
    done = subprocess.run(
        [program(name, "openpace"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


def write_key(folder: Path, key: PrivateKey) -> str:
    octets = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pkcs8").write_bytes(octets)
    return "key.pkcs8"


def test_cvc_print_verifies_our_request_and_not_a_changed_one(tmp_path: Path) -> None:
    made = request()
    (tmp_path / "ours").write_bytes(made.encoded)
    (tmp_path / "changed").write_bytes(replace(made, signature=made.signature[::-1]).encoded)
    shown = openpace(tmp_path, "cvc-print", "--csr=ours")
    assert "CHR: KRTESTDV00002" in shown
    assert "CAR: KRTESTCV00001" in shown
    assert "certificate request verified" in shown
    assert "certificate request not verified" in openpace(tmp_path, "cvc-print", "--csr=changed")


def test_cvc_create_certifies_the_key_our_request_asks_for(tmp_path: Path) -> None:
    """It signs with the root's key; the certificate names the request's authority as issuer."""
    (tmp_path / "request").write_bytes(request().encoded)
    key = write_key(tmp_path, OTHER)
    openpace(
        tmp_path,
        "cvc-create",
        "--csr=request",
        "--role=dv_domestic",
        "--type=at",
        "--scheme=ECDSA_SHA_256",
        "--issued=261101",
        "--expires=271101",
        "--read-dg1",
        f"--sign-with={key}",
        "--out-cert=certificate",
    )
    made = cvc.decode((tmp_path / "certificate").read_bytes())
    cvc.verify_signature(made, public(OTHER))
    assert (made.car, made.holder, made.chat.role) == (
        "KRTESTCV00001",
        "KRTESTDV00002",
        Role.DV_DOMESTIC,
    )
    assert made.public_key.point == PUBLIC.point
