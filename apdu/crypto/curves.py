"""Elliptic curves: the named ones, points of fixed width, and point operations on pyca keys.

A private scalar stays inside OpenSSL: `multiply` gets the full point kP from two
Diffie-Hellman computations, so that no secret is ever a Python integer (docs/decisions/0002).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apdu.errors import EncodingError

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey
Affine = tuple[int, int]
"""The coordinates of a point."""


@dataclass(frozen=True, slots=True)
class Curve:
    """y^2 = x^3 + ax + b over the prime p, generator (gx, gy) of prime order n, cofactor 1.

    `parameter_id` is the standardized domain parameter of ICAO Doc 9303-11, 9.5.1.

    Units   `size`, octets of a coordinate; `order_size`, octets of a scalar, and of each half
            of a plain signature.
    """

    name: str
    parameter_id: int
    algorithm: ec.EllipticCurve
    p: int
    a: int
    b: int
    gx: int
    gy: int
    n: int
    size: int = field(init=False)
    order_size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", (self.p.bit_length() + 7) // 8)
        object.__setattr__(self, "order_size", (self.n.bit_length() + 7) // 8)

    def generate(self) -> PrivateKey:
        """A fresh key pair from the operating system's randomness."""
        return ec.generate_private_key(self.algorithm)

    def private_key(self, scalar: int) -> PrivateKey:
        """The key pair of a known scalar in 1..n-1. Errors: `EncodingError`."""
        try:
            return ec.derive_private_key(scalar, self.algorithm)
        except ValueError as error:
            raise EncodingError(f"scalar is outside 1..n-1 of {self.name}") from error

    def decode_point(self, octets: bytes) -> PublicKey:
        """Read an uncompressed point 04||x||y and check that it is on the curve."""
        if len(octets) != 1 + 2 * self.size or octets[0] != 0x04:
            raise EncodingError(f"not an uncompressed point of {self.name}")
        try:
            return PublicKey.from_encoded_point(self.algorithm, octets)
        except ValueError as error:
            raise EncodingError(f"point is not on {self.name}") from error

    def point(self, x: int, y: int) -> PublicKey:
        """The point with these affine coordinates. Errors: `EncodingError` off the curve."""
        size = self.size
        return self.decode_point(b"\x04" + x.to_bytes(size) + y.to_bytes(size))

    @property
    def generator(self) -> PublicKey:
        return self.point(self.gx, self.gy)


def _curve(name: str, parameter_id: int, algorithm: ec.EllipticCurve, *numbers: str) -> Curve:
    p, a, b, gx, gy, n = (int(number.replace(" ", ""), 16) for number in numbers)
    return Curve(name, parameter_id, algorithm, p, a % p, b, gx, gy, n)


# SEC 2, 2.4.2, 2.5.1, 2.6.1; RFC 5639, 3.4, 3.6, 3.7.
P256 = _curve(
    "P-256", 12, ec.SECP256R1(),
    "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
    "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC",
    "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B",
    "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296",
    "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
)  # fmt: skip
P384 = _curve(
    "P-384", 15, ec.SECP384R1(),
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF",
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFC",
    "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF",
    "AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7",
    "3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F",
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
)  # fmt: skip
P521 = _curve(
    "P-521", 18, ec.SECP521R1(),
    "01FF" + "F" * 128,
    "01FF" + "F" * 127 + "C",
    "0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00",
    "00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66",
    "011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650",
    "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
)  # fmt: skip
BRAINPOOL_P256 = _curve(
    "brainpoolP256r1", 13, ec.BrainpoolP256R1(),
    "A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377",
    "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9",
    "26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6",
    "8BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262",
    "547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997",
    "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7",
)  # fmt: skip
BRAINPOOL_P384 = _curve(
    "brainpoolP384r1", 16, ec.BrainpoolP384R1(),
    "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123ACD3A729901D1A71874700133107EC53",
    "7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826",
    "04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11",
    "1D1C64F068CF45FFA2A63A81B7C13F6B8847A3E77EF14FE3DB7FCAFE0CBD10E8E826E03436D646AAEF87B2E247D4AF1E",
    "8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864E19C054FF99129280E4646217791811142820341263C5315",
    "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565",
)  # fmt: skip
BRAINPOOL_P512 = _curve(
    "brainpoolP512r1", 17, ec.BrainpoolP512R1(),
    "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA703308717D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3",
    "7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA",
    "3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CADC083E67984050B75EBAE5DD2809BD638016F723",
    "81AEE4BDD82ED9645A21322E9C4C6A9385ED9F70B5D916C1B43B62EEF4D0098EFF3B1F78E2D0D48D50D1687B93B97D5F7C6D5047406A5E688B352209BCB9F822",
    "7DDE385D566332ECC0EABFA9CF7822FDF209F70024A57B1AA000C55B881F8111B2DCDE494A5F485E5BCA4BD88A2763AED1CA2B2FA8F0540678CD1E0F3AD80892",
    "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330870553E5C414CA92619418661197FAC10471DB1D381085DDADDB58796829CA90069",
)  # fmt: skip

CURVES = (P256, BRAINPOOL_P256, P384, BRAINPOOL_P384, BRAINPOOL_P512, P521)
_BY_ID = {curve.parameter_id: curve for curve in CURVES}
_BY_ALGORITHM = {curve.algorithm.name: curve for curve in CURVES}


def by_parameter_id(parameter_id: int) -> Curve:
    """The curve of a standardized domain parameter id (ICAO Doc 9303-11, 9.5.1)."""
    try:
        return _BY_ID[parameter_id]
    except KeyError:
        raise EncodingError(
            f"standardized domain parameters {parameter_id} are not supported"
        ) from None


def from_explicit(p: int, a: int, b: int, generator: tuple[int, int], n: int) -> Curve:
    """The named curve that has exactly these parameters; any other curve is refused.

    Errors  `EncodingError`: accepting free parameters lets a forger choose the generator
            (CVE-2020-0601).
    """
    for curve in CURVES:
        if (curve.p, curve.a, curve.b, curve.gx, curve.gy, curve.n) == (p, a % p, b, *generator, n):
            return curve
    raise EncodingError("explicit curve parameters are not those of a supported named curve")


def curve_of(key: PrivateKey | PublicKey) -> Curve:
    """The curve a key lies on. Errors: `EncodingError` if it is none of ours."""
    try:
        return _BY_ALGORITHM[key.curve.name]
    except KeyError:
        raise EncodingError(f"curve {key.curve.name} is not supported") from None


def encode_point(key: PublicKey) -> bytes:
    """04||x||y, each coordinate at the full width of the field."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def x_coordinate(key: PublicKey) -> bytes:
    """Comp() of an ECDH key: its x-coordinate at full width (TR-03110-3, A.2.2.3)."""
    return encoded_x(encode_point(key))


def encoded_x(point: bytes) -> bytes:
    """The x-coordinate in 04||x||y."""
    return point[1 : 1 + len(point) // 2]


def agree(private: PrivateKey, public: PublicKey) -> bytes:
    """The shared secret: x of the product, at full width. Errors: `EncodingError`."""
    if private.curve.name != public.curve.name:
        raise EncodingError("the two keys lie on different curves")
    try:
        return private.exchange(ec.ECDH(), public)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise EncodingError("no shared secret: the public key is unusable") from error


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key, and its public key as it is sent, 04||x||y: encoded once."""

    private: PrivateKey = field(repr=False)
    point: bytes

    @classmethod
    def of(cls, private: PrivateKey) -> "KeyPair":
        return cls(private, encode_point(private.public_key()))


def multiply(private: PrivateKey, point: PublicKey) -> PublicKey:
    """kP with both coordinates, for the scalar k of `private`. Errors: as `multiply_add`."""
    public = _affine(encode_point(private.public_key()))
    xa, ya, _ = _product(private, public, point, _affine(encode_point(point)))
    return curve_of(private).point(xa, ya)


def multiply_either(private: PrivateKey, point: PublicKey) -> PublicKey:
    """kP or -kP: the public key on the generator P of which k or -k is the private key.

    Rule    Which of them does not matter where only x-coordinates are agreed on (`agree`): both
            keys make the same secret. It is the point whose y is as odd as its x, so that both
            kinds occur, and the same key gives the same point.
    Errors  `EncodingError`: the keys lie on different curves.
    """
    x = agree(private, point)
    return PublicKey.from_encoded_point(private.curve, bytes((2 | x[-1] & 1,)) + x)


def multiply_add(keys: KeyPair, point: bytes, summand: PublicKey) -> PublicKey:
    """kP + S, for the private key k and a point as received: the generic mapping of PACE.

    Errors  `EncodingError`: no point of this curve, or a formula has no answer (S = +-kP or
            P = +-G: chance 2^-256).
    """
    curve = curve_of(keys.private)
    if curve_of(summand) is not curve:
        raise EncodingError("point addition is degenerate")
    xs, ys = _affine(encode_point(summand))
    factor = curve.decode_point(point)
    xa, ya, inverse = _product(keys.private, _affine(keys.point), factor, _affine(point), xs)
    return curve.point(*_third(curve, (ys - ya) * inverse, (xs, ys), xa))


def _product(
    private: PrivateKey, public: Affine, point: PublicKey, affine: Affine, xs: int | None = None
) -> tuple[int, int, int]:
    """The coordinates of kP, P in both its forms, and the inverse of `xs` - x(kP).

    Rule    x(kP) and x(k(P+G)) come from OpenSSL's Diffie-Hellman; y(kP) follows from the
            addition law with B = kG, the public key: k(P+G) = kP + kG. Whoever makes a point of
            the result checks that it is on the curve.
    """
    curve = curve_of(private)
    p = curve.p
    (xp, yp), (xb, yb) = affine, public
    xa = int.from_bytes(agree(private, point))
    # One inversion for all divisions: it costs more than all the other arithmetic.
    by, across, beside = 2 * yb, curve.gx - xp, (xb if xs is None else xs) - xa
    try:
        inverse = pow(by * across * beside, -1, p)
    except ValueError:
        raise EncodingError("point multiplication is degenerate") from None
    raised = curve.point(
        *_third(curve, (curve.gy - yp) * by * beside * inverse, (xp, yp), curve.gx)
    )
    xc = int.from_bytes(agree(private, raised))
    # (xC + xA + xB)(xA - xB)^2 = (yA - yB)^2 = yA^2 - 2 yA yB + yB^2, solved for yA.
    right_side = xa**3 + curve.a * xa + curve.b
    squared = (xc + xa + xb) * (xa - xb) ** 2
    ya = (right_side + yb * yb - squared) * (across * beside * inverse % p) % p
    return xa, ya, by * across * inverse % p


def add(left: PublicKey, right: PublicKey) -> PublicKey:
    """The sum of two different points that are not each other's negative."""
    curve = curve_of(left)
    if curve_of(right) is not curve:
        raise EncodingError("point addition is degenerate")
    (xl, yl), (xr, yr) = (_affine(encode_point(each)) for each in (left, right))
    try:
        inverse = pow(xr - xl, -1, curve.p)
    except ValueError:
        raise EncodingError("point addition is degenerate") from None
    return curve.point(*_third(curve, (yr - yl) * inverse, (xl, yl), xr))


def _third(curve: Curve, slope: int, point: Affine, x: int) -> Affine:
    """The sum of `point` and the one at `x` that a line of this slope goes through, too."""
    slope %= curve.p
    xp, yp = point
    third = (slope * slope - xp - x) % curve.p
    return third, (slope * (xp - third) - yp) % curve.p


KeyGenerator = Callable[[Curve], PrivateKey]
"""Where ephemeral keys come from: `fresh_key` in life, known scalars in vectors."""
Product = Callable[[PrivateKey, PublicKey], PublicKey]
"""The public key on another generator: `multiply_either` in life, `multiply` in vectors."""


def fresh_key(curve: Curve) -> PrivateKey:
    return curve.generate()


def _affine(point: bytes) -> Affine:
    """The coordinates in 04||x||y."""
    half = len(point) // 2
    return int.from_bytes(point[1 : 1 + half]), int.from_bytes(point[1 + half :])
