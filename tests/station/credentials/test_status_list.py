"""Vectors: draft-ietf-oauth-status-list, 4.1 and appendix 'Test vectors'."""

import base64
import json
import zlib
from datetime import timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey

from station.credentials.errors import CredentialError
from station.credentials.jose import base64url, public_jwk
from station.credentials.status_list import (
    ListTerms,
    Status,
    decode,
    encode,
    pack,
    prepare_cwt,
    prepare_jwt,
    unpack,
)
from tests.station.credentials.examples import (
    IACA,
    NOW,
    STATUS_KEY,
    STATUS_SIGNER,
    der,
    sign,
)

TERMS = ListTerms("https://issuer.example.kr/status/1", NOW, NOW + timedelta(hours=24))
ONE_BIT = bytes([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1])
TWO_BITS = bytes([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3])
LONG_ONE_BIT = (
    "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogE"
    "AAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAA"
    "A7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAA"
    "ACAZC8L2AEb"
)
LONG_TWO_BITS = (
    "eNrt2zENACEQAEEuoaBABP5VIO01fCjIHTMStt9ovGV"
    "IAAAAAABAbiEBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEB5WwIAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAID0ugQAAAAAAAAAAAAAAAAAQG12SgAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAOCSIQEAAAAAAAAAAAAAAAAAAAAAAAD8ExIAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwJEuAQAAAAAAAAAAAAAAAAAAAAAAAMB9S"
    "wIAAAAAAAAAAAAAAAAAAACoYUoAAAAAAAAAAAAAAEBqH81gAQw"
)
LONG_INDEXES = (
    0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345,
)  # fmt: skip


def long_list(values: tuple[int, ...]) -> bytes:
    entries = bytearray(1 << 20)
    for index, value in zip(LONG_INDEXES, values, strict=True):
        entries[index] = value
    return bytes(entries)


def test_packing_matches_the_drafts_short_examples() -> None:
    assert pack(ONE_BIT, 1) == bytes.fromhex("b9a3")
    assert pack(TWO_BITS, 2) == bytes.fromhex("c944f9")


def test_decoding_matches_the_drafts_short_examples() -> None:
    assert decode("eNrbuRgAAhcBXQ", 1) == ONE_BIT
    assert decode("eNo76fITAAPfAgc", 2) == TWO_BITS


def test_the_drafts_long_list_of_one_bit() -> None:
    assert decode(LONG_ONE_BIT, 1) == long_list((1,) * 11)


def test_the_drafts_long_list_of_two_bits() -> None:
    assert decode(LONG_TWO_BITS, 2) == long_list((1, 2, 1, 3, 1, 1, 2, 1, 1, 2, 3))


def test_encoding_gives_the_drafts_octets() -> None:
    assert encode(ONE_BIT, 1) == "eNrbuRgAAhcBXQ"
    assert encode(TWO_BITS, 2) == "eNo76fITAAPfAgc"


def test_statuses_have_the_registered_numbers() -> None:
    # The national codes 1 (suspended) and 2 (renewal) mean something else here.
    assert (Status.VALID, Status.INVALID, Status.SUSPENDED, Status.APPLICATION) == (0, 1, 2, 3)


@given(st.binary(max_size=600), st.sampled_from([1, 2, 4, 8]))
def test_decoding_restores_what_was_encoded(entropy: bytes, bits: int) -> None:
    statuses = bytes(each & ((1 << bits) - 1) for each in entropy)
    restored = decode(encode(statuses, bits), bits)
    assert restored[: len(statuses)] == statuses
    assert not any(restored[len(statuses) :])
    assert unpack(pack(statuses, bits), bits) == restored


@pytest.mark.parametrize("bits", [0, 3, 16])
def test_other_widths_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        pack(b"\x00", bits)


def test_a_status_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack(b"\x04", 2)


@pytest.mark.parametrize(
    "lst",
    [
        "!",
        "AAAA",
        base64url(zlib.compress(b"\x00" * 100)[:-1]),
        base64url(zlib.compress(b"\x00" * 100) + b"\x00"),
        base64url(zlib.compress(bytes((1 << 22) + 1))),
    ],
    ids=["not base64url", "not zlib", "cut short", "trailed", "bomb"],
)
def test_a_broken_list_is_refused(lst: str) -> None:
    with pytest.raises(CredentialError) as refused:
        decode(lst)
    assert refused.value.code == "status_list"


def test_the_published_list_is_a_signed_jwt() -> None:
    unsigned = prepare_jwt(TWO_BITS, TERMS, (der(STATUS_SIGNER),))
    token = unsigned.complete(sign(STATUS_KEY, unsigned.to_sign))
    registry = joserfc_jws.JWSRegistry(algorithms=["ES256"])
    registry.max_header_length = 4096
    key = ECKey.import_key(dict(public_jwk(STATUS_KEY.public_key())))
    verified = joserfc_jws.deserialize_compact(token, key, registry=registry)
    assert verified.headers() == {
        "alg": "ES256",
        "typ": "statuslist+jwt",
        "x5c": [base64.b64encode(der(STATUS_SIGNER)).decode()],
    }
    assert json.loads(verified.payload) == {
        "sub": "https://issuer.example.kr/status/1",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 86400,
        "ttl": 300,
        "status_list": {"bits": 2, "lst": "eNo76fITAAPfAgc"},
    }


def test_the_list_may_lead_to_its_aggregation() -> None:
    terms = ListTerms(TERMS.uri, NOW, TERMS.expires, aggregation_uri="https://x.example/all")
    payload = prepare_jwt(b"", terms, (der(STATUS_SIGNER),)).to_sign.split(b".")[1]
    content = json.loads(base64.urlsafe_b64decode(payload + b"=="))
    assert content["status_list"]["aggregation_uri"] == "https://x.example/all"


def test_the_published_list_is_a_signed_cwt_too() -> None:
    unsigned = prepare_cwt(TWO_BITS, TERMS, (der(STATUS_SIGNER),))
    token = cbor2.loads(unsigned.complete(sign(STATUS_KEY, unsigned.to_sign)))
    assert token.tag == 18
    protected, unprotected, payload, signature = token.value
    assert cbor2.loads(protected) == {1: -7, 16: "application/statuslist+cwt"}
    assert unprotected == {33: der(STATUS_SIGNER)}
    assert cbor2.loads(payload) == {
        2: "https://issuer.example.kr/status/1",
        6: int(NOW.timestamp()),
        4: int(NOW.timestamp()) + 86400,
        65534: 300,
        65533: {"bits": 2, "lst": bytes.fromhex("78da3be9f2130003df0207")},
    }
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    key = STATUS_KEY.public_key()
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def test_the_cwt_leads_to_its_aggregation_too() -> None:
    terms = ListTerms(TERMS.uri, NOW, TERMS.expires, aggregation_uri="https://x.example/all")
    claims = cbor2.loads(cbor2.loads(prepare_cwt(b"", terms, (der(STATUS_SIGNER),)).to_sign)[3])
    assert claims[65533]["aggregation_uri"] == "https://x.example/all"


def test_the_list_does_not_carry_the_anchor() -> None:
    with pytest.raises(CredentialError):
        prepare_cwt(b"", TERMS, (der(STATUS_SIGNER), der(IACA.certificate)))
    with pytest.raises(CredentialError) as refused:
        prepare_jwt(b"", TERMS, (der(STATUS_SIGNER), der(IACA.certificate)))
    assert refused.value.code == "chain_anchor"


@pytest.mark.parametrize("ttl", [0, 301])
def test_a_list_is_cached_for_at_most_five_minutes(ttl: int) -> None:
    with pytest.raises(ValueError, match="ttl"):
        ListTerms(TERMS.uri, NOW, TERMS.expires, ttl)


def test_a_list_that_expires_when_it_is_issued_is_refused() -> None:
    with pytest.raises(ValueError, match="expire"):
        ListTerms(TERMS.uri, NOW, NOW)


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ListTerms(TERMS.uri, NOW.replace(tzinfo=None), TERMS.expires.replace(tzinfo=None))
