"""What the type of the SD-JWT VC is: its names, how it looks, its claims.

Source  draft-ietf-oauth-sd-jwt-vc, Type Metadata, Display Metadata, Claim Metadata.
"""

import base64
import hashlib
from typing import Any

from station.openid4vci.claim_display import sd_jwt_claims
from station.openid4vci.metadata import IssuerDescription, appearance


def type_metadata(description: IssuerDescription, logo: bytes) -> dict[str, Any]:
    """The document of the type `vct`. Units: `logo` the octets of the image.

    Rule    Every claim must be selectively disclosable: nothing but what a view names is shown.
    """
    names = description.credential_names
    return {
        "vct": description.names.vct,
        "name": names["en"],
        "display": [
            {
                "locale": locale,
                "name": name,
                "rendering": {"simple": _rendering(description, name, logo)},
            }
            for locale, name in names.items()
        ],
        "claims": [_claim(each) for each in sd_jwt_claims()],
    }


def _rendering(description: IssuerDescription, name: str, logo: bytes) -> dict[str, Any]:
    look = appearance(description.issuer, name)
    return look | {"logo": look["logo"] | {"uri#integrity": _integrity(logo)}}


def _integrity(octets: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(octets).digest()).decode()}"


def _claim(described: dict[str, Any]) -> dict[str, Any]:
    labels = [{"locale": each["locale"], "label": each["name"]} for each in described["display"]]
    return {
        "path": described["path"],
        "display": labels,
        "mandatory": described["mandatory"],
        "sd": "always",
    }
