"""What the issuer tells wallets about itself.

Source  OpenID4VCI 1.0, 12.2, appendices A.2.2, A.3.2; RFC 8414, 2, 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from station.credentials.claims import MDOC_CONFIGURATION, SD_JWT_CONFIGURATION, Names
from station.openid4vci import encryption
from station.openid4vci.claim_display import mdoc_claims, sd_jwt_claims
from station.openid4vci.encryption import RequestKey
from station.openid4vci.offer import GRANT_TYPE
from station.openid4vci.proofs import MAX_BATCH, ProofType
from station.openid4vci.token import REFRESH
from station.openid4vci.wallet_attestation import WalletPolicy

CREDENTIAL_ISSUER = "openid-credential-issuer"
AUTHORIZATION_SERVER = "oauth-authorization-server"
SIGNED_TYP = "openidvci-issuer-metadata+jwt"
LOGO = "logo.png"
_BLUE, _WHITE = "#183a6e", "#ffffff"
_COSE_ES256 = -7


@dataclass(frozen=True, slots=True)
class IssuerDescription:
    """What goes into the metadata beside the fixed parts.

    Units   `key_attestations_required` as `AttestationTrust.required()` gives it; None where no
            attestation is asked for. `android`: chains of Android devices are accepted. Names by
            language tag.
    """

    issuer: str
    key_attestations_required: Mapping[str, list[str]] | None
    request_key: RequestKey
    android: bool = False
    names: Names = field(default_factory=Names)
    issuer_names: Mapping[str, str] = field(
        default_factory=lambda: {
            "ko": "모바일 주민등록증 발급소",
            "en": "Mobile ID issuance station",
        }
    )
    credential_names: Mapping[str, str] = field(
        default_factory=lambda: {
            "ko": "모바일 주민등록증",
            "en": "Mobile Resident Registration Card",
        }
    )


def well_known_path(issuer: str, name: str) -> str:
    """The path of a metadata document: inserted between the issuer's host and path."""
    return f"/.well-known/{name}{urlsplit(issuer).path}"


def credential_issuer_metadata(description: IssuerDescription) -> dict[str, Any]:
    """The credential issuer metadata."""
    issuer = description.issuer
    return {
        "credential_issuer": issuer,
        "credential_endpoint": f"{issuer}/credential",
        "nonce_endpoint": f"{issuer}/nonce",
        "deferred_credential_endpoint": f"{issuer}/deferred_credential",
        "notification_endpoint": f"{issuer}/notification",
        **encryption.metadata(description.request_key),
        "batch_credential_issuance": {"batch_size": MAX_BATCH},
        "display": _display(description, description.issuer_names),
        "credential_configurations_supported": {
            MDOC_CONFIGURATION: _mdoc_configuration(description),
            SD_JWT_CONFIGURATION: _sd_jwt_configuration(description),
        },
    }


def authorization_server_metadata(
    issuer: str, wallets: WalletPolicy = WalletPolicy.IGNORED
) -> dict[str, Any]:
    """The metadata of the issuer as its own, pre-authorized-only authorization server.

    Source  RFC 8414, 2; OpenID4VCI 1.0, 12.3; draft-ietf-oauth-attestation-based-client-auth, 10.
    """
    methods = [] if wallets is WalletPolicy.REQUIRED else ["none"]
    answer = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "grant_types_supported": [GRANT_TYPE, REFRESH],
        "token_endpoint_auth_methods_supported": methods,
        "authorization_details_types_supported": ["openid_credential"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "pre-authorized_grant_anonymous_access_supported": wallets is not WalletPolicy.REQUIRED,
        "status_list_aggregation_endpoint": f"{issuer}/status",
    }
    if wallets is not WalletPolicy.IGNORED:
        methods.append("attest_jwt_client_auth")
        for name in ("client_attestation", "client_attestation_pop"):
            answer[f"{name}_signing_alg_values_supported"] = ["ES256"]
    return answer


def _mdoc_configuration(description: IssuerDescription) -> dict[str, Any]:
    return {
        "format": "mso_mdoc",
        "doctype": description.names.doctype,
        "scope": MDOC_CONFIGURATION,
        "credential_signing_alg_values_supported": [_COSE_ES256],
        "cryptographic_binding_methods_supported": ["cose_key"],
        "proof_types_supported": _proof_types(description),
        "credential_metadata": {
            "display": _credential_display(description),
            "claims": mdoc_claims(description.names),
        },
    }


def _sd_jwt_configuration(description: IssuerDescription) -> dict[str, Any]:
    return {
        "format": "dc+sd-jwt",
        "vct": description.names.vct,
        "scope": SD_JWT_CONFIGURATION,
        "credential_signing_alg_values_supported": ["ES256"],
        "cryptographic_binding_methods_supported": ["jwk"],
        "proof_types_supported": _proof_types(description),
        "credential_metadata": {
            "display": _credential_display(description),
            "claims": sd_jwt_claims(),
        },
    }


def _proof_types(description: IssuerDescription) -> dict[str, Any]:
    proof_type: dict[str, Any] = {"proof_signing_alg_values_supported": ["ES256"]}
    if description.key_attestations_required is not None:
        proof_type["key_attestations_required"] = dict(description.key_attestations_required)
    types = {ProofType.JWT.value: proof_type}
    if description.key_attestations_required is not None:
        types[ProofType.ATTESTATION.value] = proof_type
    if description.android:
        types[ProofType.ANDROID.value] = {"proof_signing_alg_values_supported": ["ES256"]}
    return types


def _credential_display(description: IssuerDescription) -> list[dict[str, Any]]:
    return [
        {"name": name, "locale": locale, **appearance(description.issuer, name)}
        for locale, name in description.credential_names.items()
    ]


def _display(description: IssuerDescription, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "locale": locale, "logo": logo(description.issuer, name)}
        for locale, name in names.items()
    ]


def logo(issuer: str, name: str) -> dict[str, str]:
    """Where the logo lies: a file of this issuer, so that nobody else learns who looks."""
    return {"uri": f"{issuer}/{LOGO}", "alt_text": name}


def appearance(issuer: str, name: str) -> dict[str, Any]:
    """How a credential looks. Units: colours as in CSS."""
    return {"logo": logo(issuer, name), "background_color": _BLUE, "text_color": _WHITE}
