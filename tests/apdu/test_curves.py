"""Curves, points of fixed width, and point operations against the textbook oracle."""

from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from apdu.crypto.curves import (
    BRAINPOOL_P256,
    CURVES,
    P256,
    P384,
    Curve,
    KeyPair,
    PublicKey,
    add,
    agree,
    by_parameter_id,
    curve_of,
    encode_point,
    fresh_key,
    from_explicit,
    multiply,
    multiply_add,
    multiply_either,
    x_coordinate,
)
from apdu.errors import EncodingError
from tests.apdu.jacobian import Jacobian, affine, generator, plus, times
from tests.apdu.jacobian import add as jacobian_add

every_curve = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)


def coordinates(key: PublicKey) -> tuple[int, int]:
    numbers = key.public_numbers()
    return numbers.x, numbers.y


def point(curve: Curve, scalar: int) -> PublicKey:
    found = times(curve, scalar, generator(curve))
    assert found
    return curve.point(*found)


def scalar_with_short_x(curve: Curve, base: tuple[int, int]) -> int:
    """The smallest k for which x(k * base) begins with a zero octet."""
    sum_: Jacobian = (*base, 1)
    for scalar in count(1):
        found = affine(curve, sum_)
        assert found
        if found[0] >> 8 * (curve.size - 1) == 0:
            return scalar
        sum_ = jacobian_add(curve, sum_, (*base, 1))
    raise AssertionError


@every_curve
def test_the_order_of_the_generator_is_n(curve: Curve) -> None:
    assert times(curve, curve.n, generator(curve)) is None
    assert coordinates(curve.generator) == generator(curve)


@every_curve
@pytest.mark.parametrize("name", ["1", "2", "3", "n-2", "n-1"])
def test_multiply_agrees_with_the_oracle_at_the_ends_of_the_range(curve: Curve, name: str) -> None:
    scalar = {"1": 1, "2": 2, "3": 3, "n-2": curve.n - 2, "n-1": curve.n - 1}[name]
    base = point(curve, 0xC0FFEE)
    product = multiply(curve.private_key(scalar), base)
    assert coordinates(product) == times(curve, scalar, coordinates(base))


@every_curve
@settings(max_examples=8)
@given(st.integers(1, 2**250), st.integers(2, 2**250))
def test_multiply_agrees_with_the_oracle(curve: Curve, scalar: int, base: int) -> None:
    factor = point(curve, base)
    product = multiply(curve.private_key(scalar), factor)
    assert coordinates(product) == times(curve, scalar, coordinates(factor))


@every_curve
@settings(max_examples=8)
@given(st.integers(1, 2**250), st.integers(1, 2**250))
def test_add_agrees_with_the_oracle(curve: Curve, left: int, right: int) -> None:
    if left == right:
        right += 1
    a, b = point(curve, left), point(curve, right)
    assert coordinates(add(a, b)) == plus(curve, coordinates(a), coordinates(b))


@every_curve
@settings(max_examples=8)
@given(st.integers(1, 2**250), st.integers(2, 2**250), st.integers(1, 2**250))
def test_multiply_add_agrees_with_the_oracle(
    curve: Curve, scalar: int, base: int, summand: int
) -> None:
    factor, other = point(curve, base), point(curve, summand)
    product = times(curve, scalar, coordinates(factor))
    assert product is not None
    sum_ = multiply_add(KeyPair.of(curve.private_key(scalar)), encode_point(factor), other)
    assert coordinates(sum_) == plus(curve, product, coordinates(other))


@every_curve
def test_multiply_add_refuses_the_product_and_its_negative(curve: Curve) -> None:
    keys, factor = KeyPair.of(curve.private_key(7)), encode_point(point(curve, 5))
    for other in (35, curve.n - 35):
        with pytest.raises(EncodingError, match="degenerate"):
            multiply_add(keys, factor, point(curve, other))


def test_multiply_add_refuses_a_summand_on_another_curve() -> None:
    keys, factor = KeyPair.of(P256.private_key(7)), encode_point(point(P256, 5))
    with pytest.raises(EncodingError, match="degenerate"):
        multiply_add(keys, factor, BRAINPOOL_P256.generator)


@every_curve
def test_multiply_add_refuses_what_is_no_point_of_the_curve(curve: Curve) -> None:
    keys, factor = KeyPair.of(curve.private_key(7)), encode_point(point(curve, 5))
    for wrong in (factor[:-1] + bytes((factor[-1] ^ 1,)), factor[:-1], b"", bytes(1)):
        with pytest.raises(EncodingError, match="point"):
            multiply_add(keys, wrong, point(curve, 3))


@every_curve
@settings(max_examples=8)
@given(st.integers(1, 2**250), st.integers(1, 2**250))
def test_multiply_either_is_the_product_or_its_negative(
    curve: Curve, scalar: int, base: int
) -> None:
    factor = point(curve, base)
    product = times(curve, scalar, coordinates(factor))
    assert product is not None
    x, y = coordinates(multiply_either(curve.private_key(scalar), factor))
    assert x == product[0]
    assert y in (product[1], curve.p - product[1])


@every_curve
def test_either_product_is_as_good_a_public_key(curve: Curve) -> None:
    """A public key on another generator, as PACE makes it, and the secret of both sides."""
    base = point(curve, 0xC0FFEE)
    ours, theirs = curve.generate(), curve.generate()
    secret = agree(ours, multiply_either(theirs, base))
    assert secret == agree(theirs, multiply_either(ours, base))
    assert secret == agree(ours, multiply(theirs, base))


@every_curve
def test_either_product_is_the_one_whose_coordinates_are_both_odd_or_both_even(
    curve: Curve,
) -> None:
    """Decided by what everybody sees: it says nothing of the scalar, and repeats itself."""
    base = point(curve, 0xC0FFEE)
    found = [coordinates(multiply_either(curve.private_key(k), base)) for k in range(1, 21)]
    assert all(x & 1 == y & 1 for x, y in found)
    assert {y & 1 for _, y in found} == {0, 1}


@every_curve
def test_multiply_refuses_the_generator_and_its_negative(curve: Curve) -> None:
    for degenerate in (1, curve.n - 1):
        with pytest.raises(EncodingError, match="degenerate"):
            multiply(curve.private_key(7), point(curve, degenerate))


@every_curve
def test_add_refuses_a_point_twice_and_its_negative(curve: Curve) -> None:
    for other in (5, curve.n - 5):
        with pytest.raises(EncodingError, match="degenerate"):
            add(point(curve, 5), point(curve, other))


@every_curve
def test_coordinates_with_leading_zeros_keep_their_width(curve: Curve) -> None:
    scalar = scalar_with_short_x(curve, generator(curve))
    key = curve.private_key(scalar).public_key()
    x, y = coordinates(key)
    assert x_coordinate(key) == x.to_bytes(curve.size)
    assert x_coordinate(key)[0] == 0
    assert encode_point(key) == b"\x04" + x.to_bytes(curve.size) + y.to_bytes(curve.size)
    assert coordinates(curve.decode_point(encode_point(key))) == (x, y)


@every_curve
def test_shared_secrets_with_leading_zeros_keep_their_width(curve: Curve) -> None:
    theirs = point(curve, 7)
    scalar = scalar_with_short_x(curve, coordinates(theirs))
    secret = agree(curve.private_key(scalar), theirs)
    assert len(secret) == curve.size
    assert secret[0] == 0
    assert x_coordinate(multiply(curve.private_key(scalar), theirs)) == secret


@every_curve
def test_points_of_another_form_are_refused(curve: Curve) -> None:
    octets = encode_point(curve.generator)
    compressed = b"\x02" + octets[1 : 1 + curve.size]
    for wrong in (b"", b"\x00", compressed, octets[:-1], octets + b"\0", b"\x06" + octets[1:]):
        with pytest.raises(EncodingError, match="not an uncompressed point"):
            curve.decode_point(wrong)


@every_curve
def test_points_off_the_curve_are_refused(curve: Curve) -> None:
    x, y = generator(curve)
    for wrong in ((x, y ^ 1), (0, 0), (x + curve.p, y)):
        if wrong[0] >> 8 * curve.size:
            continue
        with pytest.raises(EncodingError, match="not on"):
            curve.point(*wrong)


@every_curve
def test_scalars_outside_the_group_are_refused(curve: Curve) -> None:
    for scalar in (0, curve.n):
        with pytest.raises(EncodingError, match="outside"):
            curve.private_key(scalar)


def test_keys_of_different_curves_agree_on_nothing() -> None:
    with pytest.raises(EncodingError):
        agree(P256.private_key(5), BRAINPOOL_P256.generator)
    with pytest.raises(EncodingError):
        multiply(P256.private_key(5), P384.generator)
    with pytest.raises(EncodingError):
        multiply_either(P256.private_key(5), P384.generator)


@every_curve
def test_a_curve_is_found_by_number_by_key_and_by_its_parameters(curve: Curve) -> None:
    assert by_parameter_id(curve.parameter_id) is curve
    assert curve_of(fresh_key(curve)) is curve
    numbers = (curve.p, curve.a, curve.b, generator(curve), curve.n)
    assert from_explicit(*numbers) is curve


def test_a_negative_coefficient_is_the_same_modulo_p() -> None:
    assert from_explicit(P256.p, -3, P256.b, generator(P256), P256.n) is P256


def test_parameters_with_another_generator_are_refused() -> None:
    """The attack of CVE-2020-0601: the public key of a known key pair, a generator made to fit."""
    forged = coordinates(point(P256, 2))
    with pytest.raises(EncodingError, match="named curve"):
        from_explicit(P256.p, P256.a, P256.b, forged, P256.n)


@pytest.mark.parametrize("parameter_id", [0, 8, 10, 14, 19])
def test_parameters_without_support_are_refused(parameter_id: int) -> None:
    with pytest.raises(EncodingError, match="not supported"):
        by_parameter_id(parameter_id)


def test_a_key_on_another_curve_is_refused() -> None:
    with pytest.raises(EncodingError, match="secp256k1"):
        curve_of(ec.generate_private_key(ec.SECP256K1()))
