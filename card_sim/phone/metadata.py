"""What the issuer and its authorization server say of themselves (OpenID4VCI 1.0, 12; RFC 8414)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from card_sim.phone.checks import mdoc, sd_jwt
from card_sim.phone.errors import NotAuthentic, Refused
from card_sim.phone.http import HttpClient, require_success, require_url
from card_sim.phone.jose import Json
from card_sim.phone.offer import PRE_AUTHORIZED, Offer

_TYPE_MEMBER = {mdoc.FORMAT: "doctype", sd_jwt.FORMAT: "vct"}
_ES256 = {mdoc.FORMAT: -7, sd_jwt.FORMAT: "ES256"}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A kind of credential the issuer makes and this phone can hold."""

    id: str
    format: str
    type_name: str
    display: str
    attested: bool


@dataclass(frozen=True, slots=True)
class Issuer:
    """Where to go for what. `notification` is None where the issuer wants none."""

    identifier: str
    display: str
    token: str
    nonce: str | None
    credential: str
    notification: str | None
    configurations: tuple[Configuration, ...]


def well_known(identifier: str, name: str) -> str:
    """Insert /.well-known/NAME between host and path (OpenID4VCI 1.0, 12.2.2; RFC 8414, 3)."""
    parts = urlsplit(identifier)
    path = parts.path.removesuffix("/")
    return urlunsplit((parts.scheme, parts.netloc, f"/.well-known/{name}{path}", "", ""))


def fetch(offer: Offer, http: HttpClient) -> Issuer:
    """Fetch and check the metadata for an offer.

    Rule    `credential_issuer` and the server's `issuer` equal, octet for octet, what was asked.
    Errors  `NotAuthentic` where the standard is broken, `Refused` where this phone cannot follow.
    """
    stated = _fetch(offer.issuer, "openid-credential-issuer", "The issuer's metadata", http)
    if stated.get("credential_issuer") != offer.issuer:
        raise NotAuthentic("issuer_mismatch", "The metadata is of another issuer than the offer.")
    _require_plain_answers(stated)
    configurations = tuple(_configuration(stated, each) for each in offer.configuration_ids)

    def endpoint(name: str) -> str | None:
        url = stated.get(name)
        return None if url is None else require_url(url, name, beside=offer.issuer)

    credential = endpoint("credential_endpoint")
    if credential is None:
        raise NotAuthentic("invalid_metadata", "The issuer names no credential endpoint.")
    return Issuer(
        identifier=offer.issuer,
        display=_display(stated.get("display"), offer.issuer),
        token=_token_endpoint(offer, stated, http),
        nonce=endpoint("nonce_endpoint"),
        credential=credential,
        notification=endpoint("notification_endpoint"),
        configurations=configurations,
    )


def _fetch(identifier: str, name: str, what: str, http: HttpClient) -> Json:
    return require_success(http.get(well_known(identifier, name)), what).json(what)


def _require_plain_answers(stated: Json) -> None:
    for name in ("credential_response_encryption", "credential_request_encryption"):
        rule = stated.get(name)
        if isinstance(rule, dict) and rule.get("encryption_required"):
            raise Refused(
                "encryption_required", "The issuer wants encryption; this phone has none."
            )


def _token_endpoint(offer: Offer, stated: Json, http: HttpClient) -> str:
    """The token endpoint; without `authorization_servers` the issuer is its own server."""
    servers = stated.get("authorization_servers", [offer.issuer])
    if not isinstance(servers, list) or not servers:
        raise NotAuthentic("invalid_metadata", "The issuer's authorization_servers is malformed.")
    if offer.authorization_server not in (None, *servers):
        raise NotAuthentic("invalid_offer", "The offer names a server the issuer does not know.")
    server = offer.authorization_server or servers[0]
    require_url(server, "The authorization server", beside=offer.issuer)
    found = _fetch(server, "oauth-authorization-server", "The server's metadata", http)
    if found.get("issuer") != server:
        raise NotAuthentic("issuer_mismatch", "The metadata is of another authorization server.")
    grants = found.get("grant_types_supported")
    if isinstance(grants, list) and PRE_AUTHORIZED not in grants:
        raise NotAuthentic("unsupported_grant_type", "The server takes no pre-authorized code.")
    if found.get("pre-authorized_grant_anonymous_access_supported") is not True:
        raise Refused(
            "invalid_client", "The server wants registered wallets; this one has no name."
        )
    return require_url(found.get("token_endpoint"), "token_endpoint", beside=server)


def _configuration(stated: Json, configuration_id: str) -> Configuration:
    supported = stated.get("credential_configurations_supported")
    found = supported.get(configuration_id) if isinstance(supported, dict) else None
    if not isinstance(found, dict):
        raise NotAuthentic(
            "unknown_credential_configuration", "The issuer does not make what is offered."
        )
    form = found.get("format")
    if not isinstance(form, str) or form not in _TYPE_MEMBER:
        raise Refused("unsupported_format", "This phone holds mso_mdoc and dc+sd-jwt only.")
    type_name = found.get(_TYPE_MEMBER[form])
    if not isinstance(type_name, str):
        raise NotAuthentic("invalid_metadata", f"{configuration_id} names no type.")
    algorithms = found.get("credential_signing_alg_values_supported")
    if isinstance(algorithms, list) and _ES256[form] not in algorithms:
        raise Refused("unsupported_algorithm", "This phone checks ES256 signatures only.")
    described = found.get("credential_metadata")
    shown = described.get("display") if isinstance(described, dict) else None
    display = _display(shown, configuration_id)
    return Configuration(configuration_id, form, type_name, display, _attested(found))


def _attested(found: Json) -> bool:
    """Whether a key attestation is asked for; `Refused` if the proof is not one we make."""
    types = found.get("proof_types_supported")
    jwt = types.get("jwt") if isinstance(types, dict) else None
    algorithms = jwt.get("proof_signing_alg_values_supported") if isinstance(jwt, dict) else None
    if not isinstance(jwt, dict) or not isinstance(algorithms, list) or "ES256" not in algorithms:
        raise Refused("unsupported_proof", "This phone proves its key by an ES256 JWT only.")
    return "key_attestations_required" in jwt


def _display(entries: Any, default: str) -> str:
    """The Korean name, else the first, else `default`; control characters are dropped."""
    named = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    korean = [e for e in named if str(e.get("locale", "")).startswith("ko")]
    for entry in korean + named:
        if isinstance(entry.get("name"), str) and entry["name"]:
            return "".join(c for c in entry["name"][:100] if c.isprintable())
    return default
