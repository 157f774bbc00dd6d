"""Requests for card-verifiable certificates: how a terminal or a verifier asks for its own.

A request is signed with the key it asks for, which proves that the applicant has it. Whoever
holds a certificate already signs a second time with that key, around the first.

Source  TR-03110-3, C.2; DER throughout.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from apdu.crypto.signatures import verify_plain
from apdu.errors import EncodingError
from apdu.lds.cvc_keys import (
    PUBLIC_KEY,
    CvcPublicKey,
    decode_key,
    decode_reference,
    encode_key,
    encode_reference,
)
from apdu.tlv import Tlv, build, parse, parse_one

_AUTHENTICATION = 0x67
_REQUEST = 0x7F21
_BODY = 0x7F4E
_SIGNATURE = 0x5F37
_PROFILE, _CAR, _HOLDER, _EXTENSIONS = 0x5F29, 0x42, 0x5F20, 0x65
_PROFILE_1 = b"\x00"

Sign = Callable[[bytes], bytes]
"""Gets the octets to be signed, returns r||s."""


@dataclass(frozen=True, slots=True)
class RequestFields:
    """What an applicant states: the name and the key to be certified.

    `authority` names the key that is wished to sign; `extensions` is the content of 65, not
    interpreted. Rights and dates are the issuer's to give.
    """

    holder: str
    public_key: CvcPublicKey
    authority: str | None = None
    extensions: bytes = b""


@dataclass(frozen=True, slots=True)
class CertificateRequest(RequestFields):
    """A request with its signed octets `body` (7F4E) and `signature` (r||s)."""

    body: bytes = field(kw_only=True)
    signature: bytes = field(kw_only=True)

    @property
    def encoded(self) -> bytes:
        """The whole request, 7F21."""
        return build(_REQUEST, self.body, build(_SIGNATURE, self.signature))


@dataclass(frozen=True, slots=True)
class AuthenticatedRequest:
    """A request that the holder of the key `signer` vouches for."""

    request: CertificateRequest
    signer: str
    signature: bytes

    @property
    def to_be_signed(self) -> bytes:
        """The request and the signer's name, both whole."""
        return self.request.encoded + build(_CAR, encode_reference(self.signer))

    @property
    def encoded(self) -> bytes:
        """The whole authenticated request, 67."""
        return build(_AUTHENTICATION, self.to_be_signed, build(_SIGNATURE, self.signature))


def make(fields: RequestFields, sign: Sign) -> CertificateRequest:
    """Ask for a certificate; `sign` has the key it is asked for.

    Rule    The domain parameters are always in it: an applicant has nobody to inherit from.
    Errors  `EncodingError` if a field does not fit the profile.
    """
    body = _encode_body(fields)
    return decode(build(_REQUEST, body, build(_SIGNATURE, sign(body))))


def authenticate(request: CertificateRequest, signer: str, sign: Sign) -> AuthenticatedRequest:
    """Vouch for a request with the key that `signer` names. Errors: `EncodingError`."""
    unsigned = AuthenticatedRequest(request, signer, b"")
    return AuthenticatedRequest(request, signer, sign(unsigned.to_be_signed))


def decode(octets: bytes) -> CertificateRequest:
    """Read a request 7F21. Errors: `EncodingError` for anything but the profile in DER."""
    objects = parse(parse_one(octets, _REQUEST).value)
    if [each.tag for each in objects] != [_BODY, _SIGNATURE]:
        raise EncodingError("certificate request does not consist of 7F4E and 5F37")
    fields = _decode_body(objects[0])
    request = CertificateRequest(
        fields.holder,
        fields.public_key,
        fields.authority,
        fields.extensions,
        body=_encode_body(fields),
        signature=objects[1].value,
    )
    if request.encoded != octets:
        raise EncodingError("certificate request is not in DER")
    return request


def decode_authenticated(octets: bytes) -> AuthenticatedRequest:
    """Read an authenticated request 67. Errors: `EncodingError`."""
    objects = parse(parse_one(octets, _AUTHENTICATION).value)
    if [each.tag for each in objects] != [_REQUEST, _CAR, _SIGNATURE]:
        raise EncodingError("authenticated request does not consist of 7F21, 42 and 5F37")
    inner, signer, signature = objects
    request = decode(bytes(inner))
    found = AuthenticatedRequest(request, decode_reference(signer.value), signature.value)
    if found.encoded != octets:
        raise EncodingError("authenticated request is not in DER")
    return found


def verify(request: CertificateRequest) -> None:
    """Check that the applicant holds the key the request is for.

    Errors  pyca's `InvalidSignature`.
    """
    key = request.public_key
    verify_plain(key.key, request.signature, request.body, key.hash_algorithm)


def verify_authenticated(found: AuthenticatedRequest, signer_key: CvcPublicKey) -> None:
    """Check both signatures; `signer_key`, with its curve, is the one `signer` names.

    Errors  pyca's `InvalidSignature`; `EncodingError` if `signer_key` is unusable.
    """
    verify(found.request)
    verify_plain(signer_key.key, found.signature, found.to_be_signed, signer_key.hash_algorithm)


def _encode_body(fields: RequestFields) -> bytes:
    if fields.public_key.curve is None:
        raise EncodingError("certificate request without domain parameters")
    return build(
        _BODY,
        build(_PROFILE, _PROFILE_1),
        build(_CAR, encode_reference(fields.authority)) if fields.authority else b"",
        encode_key(fields.public_key, with_curve=True),
        build(_HOLDER, encode_reference(fields.holder)),
        build(_EXTENSIONS, fields.extensions) if fields.extensions else b"",
    )


def _decode_body(body: Tlv) -> RequestFields:
    objects = {each.tag: each for each in parse(body.value)}
    profile, key, holder = (objects.get(tag) for tag in (_PROFILE, PUBLIC_KEY, _HOLDER))
    if profile is None or key is None or holder is None:
        raise EncodingError("certificate request lacks its profile, key or holder")
    if profile.value != _PROFILE_1:
        raise EncodingError("certificate request is not of profile 1")
    authority, extensions = objects.get(_CAR), objects.get(_EXTENSIONS)
    # Whatever else is there, or stands elsewhere, makes other octets when it is written again.
    return RequestFields(
        decode_reference(holder.value),
        decode_key(key),
        None if authority is None else decode_reference(authority.value),
        b"" if extensions is None else extensions.value,
    )
