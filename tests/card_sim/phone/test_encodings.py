"""Strict CBOR, JSON, base64url and JWS: one spelling, everything else refused."""

import cbor2
import pytest
from cbor2 import CBORTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from apdu.errors import EncodingError
from card_sim.phone import cbor, cose, jose

KEYS = st.integers(-(1 << 64), (1 << 64) - 1) | st.text(max_size=8)
LEAVES = (
    st.integers(-(1 << 64), (1 << 64) - 1)
    | st.binary(max_size=300)
    | st.text(max_size=300)
    | st.booleans()
    | st.none()
)
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=4), max_leaves=12
)


@given(VALUES)
def test_decode_reads_what_cbor2_writes(value: object) -> None:
    assert cbor.decode(cbor2.dumps(value)) == value


@given(st.binary(max_size=60))
def test_decode_of_any_octets_gives_a_value_or_an_encoding_error(octets: bytes) -> None:
    try:
        value = cbor.decode(octets)
    except EncodingError:
        return
    if not {0xF9, 0xFA, 0xFB} & set(octets):  # A float has more than one width.
        assert cbor2.dumps(value) == octets


def test_decode_keeps_tags_unread() -> None:
    assert cbor.decode(cbor2.dumps(CBORTag(0, "x"))) == CBORTag(0, "x")


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "empty"),
        ("1817", "23 in two octets"),
        ("1900ff", "255 in three octets"),
        ("1a0000ffff", "65535 in five octets"),
        ("1b00000000ffffffff", "2^32-1 in nine octets"),
        ("5f4100ff", "indefinite byte string"),
        ("9fff", "indefinite array"),
        ("bfff", "indefinite map"),
        ("a201010102", "key twice"),
        ("a140f6", "byte string as key"),
        ("a1f5f6", "boolean as key"),
        ("61ff", "text that is not UTF-8"),
        ("0000", "octets behind"),
        ("42ff", "string too short"),
        ("82f6", "array too short"),
        ("a1f6", "map too short"),
        ("9b7fffffffffffffff", "array of 2^63 elements"),
        ("bb7fffffffffffffff", "map of 2^63 pairs"),
        ("5b7fffffffffffffff", "string of 2^63 octets"),
        ("1c", "reserved length"),
        ("f7", "undefined"),
        ("f820", "simple value 32"),
        ("81" * 17 + "f6", "depth 17"),
    ],
)
def test_decode_refuses(octets: str, why: str) -> None:
    with pytest.raises(EncodingError):
        cbor.decode(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "value"),
    [("17", 23), ("1818", 24), ("18ff", 255), ("190100", 256), ("1a00010000", 65536), ("20", -1)],
)
def test_decode_takes_the_shortest_form_at_the_boundary(octets: str, value: int) -> None:
    assert cbor.decode(bytes.fromhex(octets)) == value


def test_decode_takes_depth_16() -> None:
    cbor.decode(b"\x81" * 16 + b"\xf6")


@pytest.mark.parametrize("value", [b"", CBORTag(25, b"\xf6"), CBORTag(24, "x"), None])
def test_decode_embedded_wants_tag_24_around_octets(value: object) -> None:
    with pytest.raises(EncodingError):
        cbor.decode_embedded(value)


@given(st.binary(max_size=64))
def test_b64url_reads_what_it_writes(octets: bytes) -> None:
    assert jose.unb64url(jose.b64url(octets)) == octets


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "A+A=", "A/AA", "AA\n", "AAé"])
def test_unb64url_refuses_padding_other_letters_and_leftover_bits(text: str) -> None:
    with pytest.raises(EncodingError):
        jose.unb64url(text)


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', '{"a":NaN}', '{"a":Infinity}', "[1]", "{", "[" * 100_000]
)
def test_parse_object_refuses(text: str) -> None:
    with pytest.raises(EncodingError):
        jose.parse_object(text.encode())


def test_parse_object_refuses_other_encodings() -> None:
    with pytest.raises(EncodingError):
        jose.parse_object('{"a":"é"}'.encode("latin-1"))


def test_key_of_refuses_a_private_key_and_a_point_off_the_curve() -> None:
    jwk = jose.jwk_of(ec.generate_private_key(ec.SECP256R1()).public_key())
    for bad in (jwk | {"d": "AA"}, jwk | {"x": jwk["y"]}, jwk | {"crv": "P-384"}, {}, None):
        with pytest.raises(EncodingError):
            jose.key_of(bad)


def test_decode_key_refuses_private_compressed_and_other_kinds() -> None:
    key = cose.cose_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    assert cose.cose_key(cose.decode_key(key)) == key
    bads: tuple[object, ...] = (
        key | {-4: b"x"},
        key | {-3: True},
        key | {1: 1},
        key | {-1: 2},
        [],
        None,
    )
    for bad in bads:
        with pytest.raises(EncodingError):
            cose.decode_key(bad)


def test_thumbprint_is_that_of_rfc_7638() -> None:
    """The P-256 key of RFC 9901's examples; the value was computed with joserfc."""
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
        "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
    }
    theirs = ECKey.import_key(dict(jwk)).thumbprint()
    assert jose.b64url(jose.thumbprint(jose.key_of(jwk))) == theirs
