"""Credential requests and responses encrypted on top of TLS: JWE, ECDH-ES on P-256, AES-GCM.

Source  OpenID4VCI 1.0, 8.2, 8.3, 10; RFC 7516, 5; RFC 7518, 4.6, 5.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from apdu.crypto.curves import P256, PrivateKey, PublicKey, agree
from station.credentials.jose import base64url, compact_json, public_jwk
from station.credentials.unsigned import SaltSource
from station.openid4vci import jwk, strict_json
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.jws import JwsError, decode_base64url
from station.openid4vci.strict_json import JsonError

ALGORITHM = "ECDH-ES"
ENCODINGS = {"A128GCM": 16, "A256GCM": 32}
"""Content encryption by its name, with the octets of its key."""
MEDIA_TYPE = "application/jwt"
SCALAR_OCTETS = 40
"""FIPS 186-5, A.2.1: 64 bits more than the order has, so that no scalar is likelier."""
_MAX_HEADER = 4 * 1024
_MAX_NAME = 256
_IV, _TAG = 12, 16
# Compression tells the length of what it compresses, and unpacks without end.
_REFUSED_HEADERS = ("zip", "crit")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The issuer's key that requests are encrypted to."""

    private: PrivateKey = field(repr=False)

    @property
    def kid(self) -> str:
        return jwk.thumbprint(self.private.public_key())

    @property
    def public_jwk(self) -> dict[str, str]:
        """As the metadata name it; `alg` and `kid` are required there."""
        public = public_jwk(self.private.public_key())
        return {**public, "use": "enc", "alg": ALGORITHM, "kid": self.kid}


@dataclass(frozen=True, slots=True)
class ResponseEncryption:
    """How a wallet wants the response encrypted; `kid` None: its key has no name."""

    key: PublicKey = field(repr=False)
    encoding: str
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The octets of a request and whether they came encrypted."""

    octets: bytes = field(repr=False)
    encrypted: bool


def key_of(octets: bytes) -> PrivateKey:
    """The P-256 key of `SCALAR_OCTETS` secret octets. Source: FIPS 186-5, A.2.1."""
    if len(octets) != SCALAR_OCTETS:
        raise ValueError(f"a key is made of {SCALAR_OCTETS} octets")
    return P256.private_key(int.from_bytes(octets) % (P256.n - 1) + 1)


def metadata(key: RequestKey) -> dict[str, Any]:
    """The members `credential_request_encryption` and `credential_response_encryption`."""
    common = {"enc_values_supported": list(ENCODINGS), "encryption_required": False}
    return {
        "credential_request_encryption": {"jwks": {"keys": [key.public_jwk]}} | common,
        "credential_response_encryption": {"alg_values_supported": [ALGORITHM]} | common,
    }


def open_request(body: bytes, content_type: str, key: RequestKey) -> Opened:
    """A request as its content type says it was sent.

    Errors  `OpenId4VciError` with `invalid_encryption_parameters` for a JWE that is not for `key`.
    """
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        return Opened(body, encrypted=False)
    try:
        return Opened(_decrypt(body, key), encrypted=True)
    except (JwsError, JsonError) as error:
        raise _invalid(f"the encrypted request: {error}") from None


def response_encryption(
    request: Mapping[str, Any], *, encrypted: bool
) -> ResponseEncryption | None:
    """What the member `credential_response_encryption` asks for; None where there is none.

    Rule    Only an encrypted request may have it: on the way it could be exchanged for another.
    Errors  `OpenId4VciError` with `invalid_encryption_parameters`.
    """
    if "credential_response_encryption" not in request:
        return None
    if not encrypted:
        raise _invalid("a request for an encrypted response must be encrypted itself")
    wanted = request["credential_response_encryption"]
    if not isinstance(wanted, dict):
        raise _invalid("credential_response_encryption is not an object")
    if "zip" in wanted:
        raise _invalid("compression is not offered")
    encoding = wanted.get("enc")
    if not isinstance(encoding, str) or encoding not in ENCODINGS:
        raise _invalid("enc of the response is not supported")
    try:
        return ResponseEncryption(_wallet_key(wanted.get("jwk")), encoding, _kid(wanted["jwk"]))
    except JwsError as error:
        raise _invalid(f"the key for the response: {error}") from None


def encrypt(plaintext: bytes, to: ResponseEncryption, random: SaltSource) -> bytes:
    """A compact JWE of `plaintext`, under an ephemeral key made with `random`."""
    ephemeral = key_of(random(SCALAR_OCTETS))
    header: dict[str, Any] = {"alg": ALGORITHM, "enc": to.encoding, "typ": "JWT"}
    header |= {"kid": to.kid} if to.kid is not None else {}
    header["epk"] = public_jwk(ephemeral.public_key())
    protected = base64url(compact_json(header)).encode("ascii")
    content_key = _content_key(agree(ephemeral, to.key), to.encoding, b"", b"")
    iv = random(_IV)
    sealed = AESGCM(content_key).encrypt(iv, plaintext, protected)
    parts = (b"", iv, sealed[:-_TAG], sealed[-_TAG:])
    return b".".join([protected, *(base64url(each).encode("ascii") for each in parts)])


def is_encrypted(response: bytes) -> bool:
    """Whether a response, as `encrypt` or as a JSON object, is the former."""
    return not response.startswith(b"{")


def _decrypt(body: bytes, key: RequestKey) -> bytes:
    try:
        parts = body.decode("ascii").split(".")
    except UnicodeDecodeError:
        raise JwsError("not a compact JWE") from None
    if len(parts) != 5:
        raise JwsError("not a compact JWE of five parts")
    protected, encrypted_key, iv, ciphertext, tag = (decode_base64url(each) for each in parts)
    header = strict_json.loads_object(protected, _MAX_HEADER)
    _check_header(header, key)
    if encrypted_key or len(iv) != _IV or len(tag) != _TAG:
        raise JwsError("a part has another length than its algorithm gives it")
    shared = agree(key.private, jwk.parse_point(header.get("epk")))
    parties = _party(header, "apu"), _party(header, "apv")
    content_key = _content_key(shared, header["enc"], *parties)
    try:
        return AESGCM(content_key).decrypt(iv, ciphertext + tag, parts[0].encode("ascii"))
    except InvalidTag:
        raise JwsError("it cannot be decrypted") from None


def _check_header(header: Mapping[str, Any], key: RequestKey) -> None:
    if header.get("alg") != ALGORITHM:
        raise JwsError(f"alg is not {ALGORITHM}")
    if header.get("enc") not in tuple(ENCODINGS):
        raise JwsError("enc is not supported")
    if header.get("kid") != key.kid:
        raise JwsError("kid names no key of this issuer")
    for name in _REFUSED_HEADERS:
        if name in header:
            raise JwsError(f"header {name} is not accepted")


def _content_key(shared: bytes, encoding: str, party_u: bytes, party_v: bytes) -> bytes:
    """Source: RFC 7518, 4.6.2; NIST SP 800-56A, 5.8.1."""
    length = ENCODINGS[encoding]
    parties = (encoding.encode("ascii"), party_u, party_v)
    information = b"".join(len(each).to_bytes(4) + each for each in parties)
    information += (8 * length).to_bytes(4)
    return ConcatKDFHash(hashes.SHA256(), length, information).derive(shared)


def _wallet_key(value: Any) -> PublicKey:
    key = jwk.parse_point(value)
    if value.get("alg") != ALGORITHM:
        raise JwsError(f"alg of a JWK is not {ALGORITHM}")
    if value.get("use", "enc") != "enc":
        raise JwsError("a JWK is not meant for encryption")
    return key


def _kid(value: Mapping[str, Any]) -> str | None:
    kid = value.get("kid")
    if kid is not None and not (isinstance(kid, str) and len(kid) <= _MAX_NAME):
        raise JwsError(f"kid is not a string of at most {_MAX_NAME} characters")
    return kid


def _party(header: Mapping[str, Any], name: str) -> bytes:
    value = header.get(name, "")
    if not isinstance(value, str) or len(value) > _MAX_NAME:
        raise JwsError(f"{name} is not a string of at most {_MAX_NAME} characters")
    return decode_base64url(value)


def _invalid(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_ENCRYPTION_PARAMETERS, description)
