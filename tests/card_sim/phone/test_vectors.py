"""Published examples through the phone's own code; they are old, so `now` is theirs."""

import hashlib
from datetime import UTC, datetime

import cbor2
import pytest
from cbor2 import CBORTag
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from apdu.errors import EncodingError
from card_sim.phone import cbor, cose
from card_sim.phone.checks import mdoc, sd_jwt
from card_sim.phone.jose import b64url, decode_jws, key_of
from tests.vectors import load

pytestmark = pytest.mark.vectors
RFC_9901 = "sd_jwt_rfc9901_section5"
ANNEX_D = "mdoc_18013_5_annexD_session_and_issuer_auth"
ATTESTATION = "openid4vci_key_attestation"


def test_sd_jwt_of_rfc_9901_verifies_and_unfolds() -> None:
    values = load(RFC_9901)["values"]
    read = sd_jwt.decode(values["presentation"])
    read.jws.verify(key_of({k: values["issuer_key"][k] for k in ("kty", "crv", "x", "y")}))
    assert read.claims["given_name"] == "John"
    assert read.claims["nationalities"] == ["US"]
    assert "email" not in read.claims
    paths = {each.path for each in read.disclosures}
    assert paths == {("family_name",), ("given_name",), ("address",), ("nationalities", 0)}


def test_all_disclosures_of_rfc_9901_belong_somewhere() -> None:
    values = load(RFC_9901)["values"]
    whole = "~".join([values["issuer_signed_jwt"], *values["disclosures"].values(), ""])
    assert len(sd_jwt.decode(whole).disclosures) == 10
    with pytest.raises(EncodingError):
        sd_jwt.decode(whole + "WyJhYWFhYWFhYWFhYWFhYWFhIiwieCIsMV0~")


def test_key_binding_of_rfc_9901_verifies_over_what_was_shown() -> None:
    values = load(RFC_9901)["values"]
    read = sd_jwt.decode(values["presentation"])
    binding = decode_jws(read.key_binding)
    binding.verify(read.device_key)
    digest = b64url(hashlib.sha256(read.signed_part.encode()).digest())
    assert digest == binding.payload["sd_hash"] == values["kb_payload"]["sd_hash"]


def test_issuer_auth_of_18013_5_annex_d_verifies() -> None:
    values = load(ANNEX_D)["values"]
    payload = bytes.fromhex(values["issuer_auth_mso_bytes"])
    ds = bytes.fromhex(values["ds_certificate"])
    auth = cose.decode_sign1(
        [
            bytes.fromhex(values["issuer_auth_protected"]),
            {33: ds},
            payload,
            bytes.fromhex(values["issuer_auth_signature"]),
        ]
    )
    key = x509.load_der_x509_certificate(auth.chain()[0]).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    auth.verify(key)
    altered = payload[:-1] + bytes([payload[-1] ^ 1])
    with pytest.raises(InvalidSignature):
        auth.verify(key, altered)


def test_mso_of_18013_5_annex_d_is_read() -> None:
    values = load(ANNEX_D)["values"]
    mso = mdoc.decode_mso(bytes.fromhex(values["issuer_auth_mso_bytes"]))
    assert mso.doc_type == values["mso_summary"]["docType"]
    counted = {space: len(digests) for space, digests in mso.digests.items()}
    assert counted == values["mso_summary"]["n_digests"]
    assert mso.valid_until == datetime(2021, 10, 1, 13, 30, 2, tzinfo=UTC)
    assert mso.status is None


def test_session_transcript_of_18013_5_annex_d_is_strict_cbor() -> None:
    values = load(ANNEX_D)["values"]
    octets = bytes.fromhex(values["session_transcript_bytes"])
    inner = cbor.decode_embedded(cbor.decode(octets))
    assert cbor2.dumps(CBORTag(24, cbor2.dumps(inner))) == octets


def test_key_attestation_is_of_the_form_the_phone_makes() -> None:
    values = load(ATTESTATION)["values"]
    attestation = decode_jws(values["generated"]["key_attestation_jwt"])
    (leaf,) = sd_jwt.x5c(attestation.header)
    certificate = x509.load_der_x509_certificate(leaf)
    root = bytes.fromhex(values["generated"]["root_certificate"])
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(root))
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    attestation.verify(key)
    assert attestation.header["typ"] == "key-attestation+jwt"
    proof = decode_jws(values["generated"]["proof_jwt"])
    proof.verify(key_of(attestation.payload["attested_keys"][0]))
    assert proof.header["typ"] == "openid4vci-proof+jwt"
