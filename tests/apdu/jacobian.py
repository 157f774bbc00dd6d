"""The oracle for point arithmetic: textbook double-and-add, neither fast nor constant in time.

Knows nothing of the code under test but the numbers of a curve.
"""

from apdu.crypto.curves import Curve

Point = tuple[int, int] | None
"""Affine coordinates; None is the point at infinity."""
Jacobian = tuple[int, int, int]

INFINITY: Jacobian = (1, 1, 0)


def double(curve: Curve, point: Jacobian) -> Jacobian:
    x, y, z = point
    p = curve.p
    if z == 0 or y == 0:
        return INFINITY
    s = 4 * x * y * y % p
    m = (3 * x * x + curve.a * pow(z, 4, p)) % p
    x2 = (m * m - 2 * s) % p
    return x2, (m * (s - x2) - 8 * pow(y, 4, p)) % p, 2 * y * z % p


def add(curve: Curve, left: Jacobian, right: Jacobian) -> Jacobian:
    if left[2] == 0:
        return right
    if right[2] == 0:
        return left
    p = curve.p
    (x1, y1, z1), (x2, y2, z2) = left, right
    u1, u2 = x1 * z2 * z2 % p, x2 * z1 * z1 % p
    s1, s2 = y1 * pow(z2, 3, p) % p, y2 * pow(z1, 3, p) % p
    if u1 == u2:
        return double(curve, left) if s1 == s2 else INFINITY
    h, r = u2 - u1, s2 - s1
    x3 = (r * r - pow(h, 3, p) - 2 * u1 * h * h) % p
    return x3, (r * (u1 * h * h - x3) - s1 * pow(h, 3, p)) % p, h * z1 * z2 % p


def affine(curve: Curve, point: Jacobian) -> Point:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, curve.p)
    return x * inverse**2 % curve.p, y * inverse**3 % curve.p


def times(curve: Curve, scalar: int, point: tuple[int, int]) -> Point:
    """scalar * point, any scalar from 0 on."""
    result, raised = INFINITY, (*point, 1)
    while scalar:
        if scalar & 1:
            result = add(curve, result, raised)
        raised = double(curve, raised)
        scalar >>= 1
    return affine(curve, result)


def plus(curve: Curve, left: tuple[int, int], right: tuple[int, int]) -> Point:
    return affine(curve, add(curve, (*left, 1), (*right, 1)))


def generator(curve: Curve) -> tuple[int, int]:
    return curve.gx, curve.gy
