"""Keys and algorithms a signature on a chip's files may and may not use."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apdu.crypto.curves import P256
from apdu.crypto.signatures import sign_plain
from apdu.lds import sod
from apdu.lds.der import NULL, integer, oid, sequence
from apdu.lds.signature_schemes import ECDSA_SHA256, SHA256, SHA384
from apdu.lds.subject_keys import encode_explicit
from apdu.protocols.passive_authentication import (
    Reason,
    TrustStore,
)
from apdu.tlv import build
from tests.apdu.lds.issuing import (
    CSCA_DRAFT,
    CSCA_KEY,
    DS_KEY,
    Draft,
)
from tests.apdu.lds.signed_files import GOOD, authenticate, refused, signed


def with_generator_of_attacker(spki: bytes) -> bytes:
    other = P256.private_key(5).public_key().public_numbers()
    forged = spki.replace(
        P256.gx.to_bytes(32) + P256.gy.to_bytes(32), other.x.to_bytes(32) + other.y.to_bytes(32)
    )
    assert forged != spki
    return forged


def test_document_signer_on_a_curve_with_an_attackers_generator_is_refused() -> None:
    spki = with_generator_of_attacker(encode_explicit(DS_KEY.public_key()))
    certificate = Draft(spki=spki).signed_by(CSCA_KEY)
    refused(replace(GOOD, certificates=(certificate,)), Reason.KEY)


def test_country_signing_ca_on_a_curve_with_an_attackers_generator_is_refused() -> None:
    key = P256.private_key(0x77)
    spki = with_generator_of_attacker(encode_explicit(key.public_key()))
    ca = CSCA_DRAFT.but(spki=spki).signed_by(key)
    refused(signed(Draft().signed_by(key)), Reason.KEY, TrustStore((ca,)))


@pytest.mark.parametrize(
    "algorithm",
    [
        sequence(oid("1.2.840.10045.4.1")),  # ECDSA with SHA-1
        sequence(oid("1.2.840.10045.4.3.1")),  # SHA-224
        sequence(oid("1.2.840.113549.1.1.11"), build(NULL)),  # RSA, with an EC key
        sequence(oid("1.2.840.113549.1.1.10")),  # PSS without parameters: SHA-1
        sequence(oid("1.2.840.113549.1.1.10"), sequence()),
        sequence(oid("1.2.3")),
    ],
)
def test_signature_algorithm_not_allowed_is_refused(algorithm: bytes) -> None:
    signer = replace(GOOD.signers[0], signature_algorithm=algorithm)
    refused(replace(GOOD, signers=(signer,)), Reason.ALGORITHM)


def test_message_digest_of_sha_1_is_refused() -> None:
    signer = replace(GOOD.signers[0], digest_algorithm="1.3.14.3.2.26")
    refused(replace(GOOD, signers=(signer,)), Reason.ALGORITHM)


def test_certificate_signed_with_sha_1_is_refused() -> None:
    draft = Draft(algorithm="1.2.840.10045.4.1", hash_algorithm=hashes.SHA1())
    refused(signed(draft.signed_by(CSCA_KEY)), Reason.ALGORITHM)


def test_hash_of_the_algorithm_named_is_used() -> None:
    draft = Draft(algorithm="1.2.840.10045.4.3.3", hash_algorithm=hashes.SHA384())
    authenticate(signed(draft.signed_by(CSCA_KEY)))
    crossed = Draft(algorithm="1.2.840.10045.4.3.3", hash_algorithm=hashes.SHA256())
    refused(signed(crossed.signed_by(CSCA_KEY)), Reason.CERTIFICATE_SIGNATURE)


def test_signature_in_plain_format_is_verified() -> None:
    plain = sequence(oid("0.4.0.127.0.7.1.1.4.1.3"))
    signer = GOOD.signers[0]
    octets = sign_plain(DS_KEY, signer.to_be_verified, hashes.SHA256())
    authenticate(
        replace(GOOD, signers=(replace(signer, signature_algorithm=plain, signature=octets),))
    )
    refused(replace(GOOD, signers=(replace(signer, signature_algorithm=plain),)), Reason.SIGNATURE)


RSA_KEY = rsa.generate_private_key(65537, 2048)
SHORT_RSA_KEY = rsa.generate_private_key(65537, 1024)


def rsa_signed(
    key: rsa.RSAPrivateKey, algorithm: bytes, pad: padding.AsymmetricPadding
) -> sod.SignedObject:
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate = Draft(spki=spki).signed_by(CSCA_KEY)
    signer = GOOD.signers[0]
    octets = key.sign(signer.to_be_verified, pad, hashes.SHA256())
    signer = replace(signer, signature_algorithm=algorithm, signature=octets)
    return replace(GOOD, certificates=(certificate,), signers=(signer,))


def pss_parameters(hash_name: str, mask_hash: str, salt: int, trailer: int = 1) -> bytes:
    mask = sequence(oid("1.2.840.113549.1.1.8"), sequence(oid(mask_hash), build(NULL)))
    parameters = sequence(
        build(0xA0, sequence(oid(hash_name), build(NULL))),
        build(0xA1, mask),
        build(0xA2, integer(salt)),
        build(0xA3, integer(trailer)),
    )
    return sequence(oid("1.2.840.113549.1.1.10"), parameters)


PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


@pytest.mark.parametrize(
    ("algorithm", "pad"),
    [
        (sequence(oid("1.2.840.113549.1.1.1"), build(NULL)), padding.PKCS1v15()),
        (sequence(oid("1.2.840.113549.1.1.11"), build(NULL)), padding.PKCS1v15()),
        (pss_parameters(SHA256, SHA256, 32), PSS),
    ],
)
def test_rsa_signer_is_verified(algorithm: bytes, pad: padding.AsymmetricPadding) -> None:
    what = rsa_signed(RSA_KEY, algorithm, pad)
    authenticate(what)
    forged = replace(what.signers[0], signature=bytes(256))
    refused(replace(what, signers=(forged,)), Reason.SIGNATURE)


@pytest.mark.parametrize(
    "algorithm",
    [
        pss_parameters(SHA256, SHA384, 32),
        pss_parameters("1.3.14.3.2.26", "1.3.14.3.2.26", 20),
        pss_parameters(SHA256, SHA256, 33),
        pss_parameters(SHA256, SHA256, 32, trailer=2),
        sequence(oid(ECDSA_SHA256)),
    ],
)
def test_rsa_signer_with_parameters_not_allowed_is_refused(algorithm: bytes) -> None:
    what = rsa_signed(RSA_KEY, algorithm, PSS)
    refused(what, Reason.ALGORITHM)


def test_rsa_key_of_1024_bits_is_refused() -> None:
    algorithm = sequence(oid("1.2.840.113549.1.1.11"), build(NULL))
    what = rsa_signed(SHORT_RSA_KEY, algorithm, padding.PKCS1v15())
    refused(what, Reason.KEY)
