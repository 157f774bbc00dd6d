"""Receiving a credential: OpenID4VCI 1.0 with the pre-authorized code, from the wallet's side.

All or nothing: the phone keeps a card only when every credential of the offer came, passed
every check and says the same; else it tells the issuer `credential_failure` and keeps none.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from card_sim.phone import metadata, offer
from card_sim.phone.attestation import AttestationSigner, prove
from card_sim.phone.checks.checklist import Check
from card_sim.phone.checks.expected import Expected
from card_sim.phone.checks.received import check_pair, check_received
from card_sim.phone.errors import NotAuthentic, PhoneError, Refused
from card_sim.phone.http import HttpClient, is_loopback, require_success
from card_sim.phone.jose import Json
from card_sim.phone.metadata import Configuration, Issuer
from card_sim.phone.offer import PRE_AUTHORIZED, Offer, TxCodeRule
from card_sim.phone.secure_element import DeviceKey, SecureElement
from card_sim.phone.store import Card, Held, Store

AskTxCode = Callable[[TxCodeRule], str]


@dataclass(frozen=True, slots=True)
class Phone:
    """The parts of a phone a wallet works with; `signer` is asked for only when needed."""

    http: HttpClient
    secure_element: SecureElement
    store: Store
    signer: Callable[[], AttestationSigner]
    anchors: tuple[bytes, ...] = field(repr=False)
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Grant:
    """An access token, and the credential identifiers that came with it."""

    token: str = field(repr=False)
    identifiers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Received:
    configuration: Configuration
    credential: str = field(repr=False)
    notification_id: str | None


def receive(phone: Phone, text: str, ask: AskTxCode, tell: Callable[[str], None]) -> Card:
    """Take the offer `text`, check what comes, keep it.

    Rule    The device key is made only after the token was granted.
    Errors  `PhoneError`; then nothing is kept.
    """
    tell("offer: fetching")
    offered = offer.fetch(text, phone.http)
    issuer = metadata.fetch(offered, phone.http)
    tell(f"issuer: {issuer.display} ({issuer.identifier})")
    for each in issuer.configurations:
        tell(f"offered: {each.display} ({each.id}, {each.format})")
    _require_anchor(phone, issuer, tell)
    grant = _token(phone, offered, issuer, ask)
    tell("token: granted")
    key = phone.secure_element.new_key()
    received: list[_Received] = []
    try:
        for configuration in issuer.configurations:
            received.append(_request(phone, issuer, configuration, grant, key))
            tell(f"credential: {configuration.id} received")
        card = _checked(phone, issuer, received, key)
        phone.store.keep(card)
    except PhoneError:
        phone.secure_element.forget(key.id)
        _notify_all(phone, issuer, grant, received, "credential_failure")
        raise
    tell(f"stored: card {card.id}, {sum(len(h.checks) for h in card.credentials)} checks held")
    if _notify_all(phone, issuer, grant, received, "credential_accepted"):
        tell("issuer told: credential_accepted")
    else:
        tell("WARNING: the issuer could not be told that the card was accepted")
    return card


def _require_anchor(phone: Phone, issuer: Issuer, tell: Callable[[str], None]) -> None:
    """Before anything is spent: whose signature will the phone believe?"""
    if phone.anchors:
        return
    if not is_loopback(issuer.identifier):
        raise NotAuthentic("no_trust_anchor", "The phone does not know this issuer: give --trust.")
    tell("WARNING: issuer chain not anchored: no --trust given; only a loopback demo may do this")


def _token(phone: Phone, offered: Offer, issuer: Issuer, ask: AskTxCode) -> _Grant:
    fields = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": offered.code}
    if offered.tx_code is not None:
        fields["tx_code"] = offered.tx_code.require(ask(offered.tx_code))
    answer = require_success(phone.http.post_form(issuer.token, fields), "Token")
    stated = answer.json("The token answer")
    token, kind = stated.get("access_token"), stated.get("token_type")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise NotAuthentic("invalid_token_response", "The token answer holds no token.")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Refused("unsupported_token_type", "This phone uses bearer tokens only.")
    return _Grant(token, _identifiers(stated))


def _identifiers(stated: Json) -> dict[str, str]:
    """Credential identifiers by configuration, where the server gave them (6.2)."""
    details = stated.get("authorization_details", [])
    found = {}
    for each in details if isinstance(details, list) else []:
        ids = each.get("credential_identifiers") if isinstance(each, dict) else None
        if isinstance(ids, list) and ids and isinstance(ids[0], str):
            found[str(each.get("credential_configuration_id"))] = ids[0]
    return found


def _request(
    phone: Phone, issuer: Issuer, configuration: Configuration, grant: _Grant, key: DeviceKey
) -> _Received:
    """One credential for one proof over one fresh c_nonce (8.2)."""
    nonce = _nonce(phone, issuer)
    now = phone.clock()
    attestation = phone.signer().attest((key,), nonce, now) if configuration.attested else None
    body: Json = {"proofs": {"jwt": [prove(key, issuer.identifier, nonce, now, attestation)]}}
    identifier = grant.identifiers.get(configuration.id)
    if identifier is None:
        body["credential_configuration_id"] = configuration.id
    else:
        body["credential_identifier"] = identifier
    answer = phone.http.post_json(issuer.credential, body, grant.token)
    if answer.status == 202:
        raise Refused(
            "deferred", "The issuer makes the credential later; this phone waits for none."
        )
    stated = require_success(answer, configuration.id).json("The credential answer")
    return _Received(configuration, *_only_credential(stated))


def _nonce(phone: Phone, issuer: Issuer) -> str | None:
    if issuer.nonce is None:
        return None
    answer = require_success(phone.http.post_json(issuer.nonce, None), "Nonce")
    nonce = answer.json("The nonce answer").get("c_nonce")
    if not isinstance(nonce, str) or not nonce:
        raise NotAuthentic("invalid_nonce_response", "The nonce answer holds no c_nonce.")
    return nonce


def _only_credential(stated: Json) -> tuple[str, str | None]:
    found, notification_id = stated.get("credentials"), stated.get("notification_id")
    one = found[0] if isinstance(found, list) and len(found) == 1 else None
    credential = one.get("credential") if isinstance(one, dict) else None
    if not isinstance(credential, str) or not isinstance(notification_id, str | None):
        raise NotAuthentic("invalid_credential_response", "Not one credential came for one proof.")
    return credential, notification_id


def _checked(phone: Phone, issuer: Issuer, received: list[_Received], key: DeviceKey) -> Card:
    """Check each credential and both together. Errors: `NotAuthentic`."""
    now = phone.clock()
    held, readings = [], []
    for each in received:
        form, type_name = each.configuration.format, each.configuration.type_name
        expected = Expected(type_name, key.public, phone.anchors, now)
        claims, checks = check_received(form, each.credential, expected)
        readings.append((form, type_name, claims))
        held.append((each, checks))
    together: tuple[Check, ...] = check_pair(readings)
    return Card(
        id=secrets.token_hex(8),
        issuer=issuer.identifier,
        issuer_name=issuer.display,
        key_id=key.id,
        anchored=bool(phone.anchors),
        received=now,
        credentials=tuple(
            Held(
                e.configuration.id, e.configuration.format, e.configuration.type_name,
                e.credential, checks + together,
            )
            for e, checks in held
        ),
    )  # fmt: skip


def _notify_all(
    phone: Phone, issuer: Issuer, grant: _Grant, received: list[_Received], event: str
) -> bool:
    """Tell the issuer; whether all it wanted to hear got there. A failure changes nothing."""
    told = True
    for each in received:
        if issuer.notification is None or each.notification_id is None:
            continue
        body = {"notification_id": each.notification_id, "event": event}
        try:
            require_success(phone.http.post_json(issuer.notification, body, grant.token), "Notice")
        except PhoneError:
            told = False
    return told
