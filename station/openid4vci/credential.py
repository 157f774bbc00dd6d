"""The credential endpoint: one request, its proofs, a credential for each key.

Source  OpenID4VCI 1.0, 8.2, 8.3.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from station.credentials.jose import base64url
from station.openid4vci import encryption, strict_json
from station.openid4vci.encryption import RequestKey, ResponseEncryption
from station.openid4vci.errors import ErrorCode, OpenId4VciError, invalid_proof
from station.openid4vci.proofs import MAX_BATCH, Proofs, ProofType
from station.openid4vci.strict_json import JsonError

MAX_OCTETS = 256 * 1024
_MAX_NAME = 256


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """A well-formed request. `digest` is the SHA-256 of its octets: a repeated one gets the same.

    Exactly one of `credential_identifier` and `credential_configuration_id` is set.
    `encryption` None: the response is sent as it is.
    """

    credential_identifier: str | None
    credential_configuration_id: str | None
    proofs: Proofs = field(repr=False)
    digest: str
    encryption: ResponseEncryption | None = None

    def configuration(
        self, offered: Collection[str], identifiers: Mapping[str, str] | None = None
    ) -> str:
        """The configuration asked for, of those the token stands for.

        Units   `identifiers`: configuration by credential identifier, if the token answer had any.
        Errors  `OpenId4VciError`: `unknown_credential_identifier`,
                `unknown_credential_configuration`, `invalid_credential_request` where the token
                calls for the other of the two.
        """
        if self.credential_identifier is not None:
            if identifiers is None or self.credential_identifier not in identifiers:
                raise OpenId4VciError(
                    ErrorCode.UNKNOWN_CREDENTIAL_IDENTIFIER,
                    "the access token has no such credential identifier",
                )
            return identifiers[self.credential_identifier]
        configuration = self.credential_configuration_id
        if configuration is None or configuration not in offered:
            raise OpenId4VciError(
                ErrorCode.UNKNOWN_CREDENTIAL_CONFIGURATION,
                "the access token is for no such credential configuration",
            )
        if identifiers is not None:
            raise _invalid("credential_identifier is required with this access token")
        return configuration


def parse_request(body: bytes, content_type: str, key: RequestKey) -> CredentialRequest:
    """Read a credential request, sent as JSON or as a JWE for `key`.

    Errors  `OpenId4VciError`: `invalid_credential_request`, `invalid_proof`,
            `invalid_encryption_parameters`.
    """
    request, wanted = read_object(body, content_type, key)
    identifier = _name(request, "credential_identifier")
    configuration = _name(request, "credential_configuration_id")
    if (identifier is None) == (configuration is None):
        raise _invalid(
            "not exactly one of credential_identifier and credential_configuration_id is given"
        )
    digest = hashlib.sha256(body).hexdigest()
    return CredentialRequest(identifier, configuration, _proofs(request), digest, wanted)


def read_object(
    body: bytes, content_type: str, key: RequestKey
) -> tuple[Mapping[str, Any], ResponseEncryption | None]:
    """The JSON object that was sent, and how its answer is to be encrypted.

    Errors  `OpenId4VciError`: `invalid_credential_request`, `invalid_encryption_parameters`.
    """
    opened = encryption.open_request(body, content_type, key)
    if not opened.encrypted:
        _check_media_type(content_type)
    try:
        request = strict_json.loads_object(opened.octets, MAX_OCTETS)
    except JsonError as error:
        raise _invalid(f"the request is {error}") from None
    return request, encryption.response_encryption(request, encrypted=opened.encrypted)


def response(
    credentials: Sequence[str | bytes], notification_id: str | None = None
) -> dict[str, Any]:
    """The JSON answer: an SD-JWT VC as it is, an mdoc's octets in base64url."""
    answer: dict[str, Any] = {
        "credentials": [
            {"credential": base64url(each) if isinstance(each, bytes) else each}
            for each in credentials
        ]
    }
    if notification_id is not None:
        answer["notification_id"] = notification_id
    return answer


def _check_media_type(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise _invalid("the content type is neither application/json nor application/jwt")


def _name(request: Mapping[str, Any], member: str) -> str | None:
    value = request.get(member)
    if member in request and not (isinstance(value, str) and 0 < len(value) <= _MAX_NAME):
        raise _invalid(f"{member} is not a string of 1 to {_MAX_NAME} characters")
    return value


def _proofs(request: Mapping[str, Any]) -> Proofs:
    if "proofs" not in request:
        raise invalid_proof("proofs is missing")
    proofs = request["proofs"]
    if not isinstance(proofs, dict) or len(proofs) != 1:
        raise invalid_proof("proofs is not an object of exactly one proof type")
    [(name, values)] = proofs.items()
    if name not in tuple(ProofType):
        raise invalid_proof("the proof type is not supported")
    if not isinstance(values, list) or not values:
        raise invalid_proof("the proof type holds no array of proofs")
    kind = ProofType(name)
    most = 1 if kind is ProofType.ATTESTATION else MAX_BATCH
    if len(values) > most:
        raise invalid_proof(f"more than {most} proofs of this type")
    if kind is ProofType.ANDROID:
        return Proofs(kind, tuple(_chain(each) for each in values))
    if not all(isinstance(each, str) for each in values):
        raise invalid_proof("a proof is not a string")
    return Proofs(kind, tuple(values))


def _chain(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise invalid_proof("a proof is not an array of certificates")
    return tuple(value)


def _invalid(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_CREDENTIAL_REQUEST, description)
