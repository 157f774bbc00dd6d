import pytest

from apdu.crypto.curves import CURVES, P256, Curve
from apdu.errors import EncodingError
from apdu.lds import subject_keys
from apdu.lds.der import BIT_STRING, integer, oid, sequence
from apdu.tlv import build

KEY = P256.private_key(11).public_key()
EXPLICIT = subject_keys.encode_explicit(KEY)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_key_reads_and_writes_in_all_three_spellings(curve: Curve) -> None:
    key = curve.private_key(11).public_key()
    for encode in (
        subject_keys.encode_named,
        subject_keys.encode_explicit,
        subject_keys.encode_standardized,
    ):
        assert subject_keys.decode_public_key(encode(key)) == key


@pytest.mark.parametrize("what", ["p", "a", "b", "gx", "gy", "n"])
def test_explicit_parameters_altered_in_one_octet_are_refused(what: str) -> None:
    octets = getattr(P256, what).to_bytes(32)
    altered = EXPLICIT.replace(octets, octets[:-1] + bytes((octets[-1] ^ 1,)))
    assert altered != EXPLICIT
    with pytest.raises(EncodingError):
        subject_keys.decode_public_key(altered)


def test_cofactor_other_than_one_is_refused() -> None:
    order = integer(P256.n)
    altered = EXPLICIT.replace(order + integer(1), order + integer(2))
    assert altered != EXPLICIT
    with pytest.raises(EncodingError, match="cofactor"):
        subject_keys.decode_public_key(altered)


def test_field_of_characteristic_two_is_refused() -> None:
    field = oid(subject_keys.PRIME_FIELD)
    assert field in EXPLICIT
    with pytest.raises(EncodingError, match="prime field"):
        subject_keys.decode_public_key(EXPLICIT.replace(field, field[:-1] + b"\x02"))


@pytest.mark.parametrize("version", [0, 4])
def test_parameters_of_unknown_version_are_refused(version: int) -> None:
    field = sequence(oid(subject_keys.PRIME_FIELD), integer(P256.p))
    assert integer(1) + field in EXPLICIT
    with pytest.raises(EncodingError, match="unknown version"):
        subject_keys.decode_public_key(
            EXPLICIT.replace(integer(1) + field, integer(version) + field)
        )


def test_compressed_generator_is_refused() -> None:
    with pytest.raises(EncodingError):
        subject_keys.uncompressed_coordinates(b"\x02" + P256.gx.to_bytes(32))


@pytest.mark.parametrize(
    "algorithm",
    [
        sequence(oid("1.2.840.113549.1.1.1"), b"\x05\x00"),
        sequence(oid(subject_keys.EC_PUBLIC_KEY), oid("1.3.132.0.10")),
        sequence(oid(subject_keys.STANDARDIZED), integer(11)),
        sequence(oid(subject_keys.EC_PUBLIC_KEY), b"\x05\x00"),
    ],
)
def test_other_algorithms_and_curves_are_refused(algorithm: bytes) -> None:
    spki = sequence(algorithm, EXPLICIT[-68:])
    with pytest.raises(EncodingError):
        subject_keys.decode_public_key(spki)


def test_point_off_the_curve_and_odd_bits_are_refused() -> None:
    algorithm = subject_keys.standardized_algorithm(12)
    for bits in (b"\x00\x04" + bytes(64), b"\x01" + EXPLICIT[-65:], b""):
        with pytest.raises(EncodingError):
            subject_keys.decode_public_key(sequence(algorithm, build(BIT_STRING, bits)))
