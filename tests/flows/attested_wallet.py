"""A wallet whose provider attests it, and every way to spoil what it shows."""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import ECKey

from card_sim.phone.offer import PRE_AUTHORIZED
from tests.flows.settings import reopened
from tests.flows.wallet import Wallet
from tests.flows.world import World
from tests.station.openid4vci.wallet import Certified, Made, certify

ALWAYS = (-3650, 36500)
PROVIDER_ROOT = certify(Made("TEST provider root", ca=True, days=ALWAYS), None)
PROVIDER = certify(Made("TEST provider", days=ALWAYS), PROVIDER_ROOT)
CLIENT = "https://wallet.example.kr"
Changes = Mapping[str, Any]


def known(world: World, settings: str = "") -> World:
    """The station when it knows the provider."""
    pem = PROVIDER_ROOT.certificate.public_bytes(Encoding.PEM)
    return reopened(world, settings, {"wallets/provider.pem": pem})


def _signed(header: Changes, claims: Changes, changes: Changes | None, key: ECKey) -> str:
    said = {name: each for name, each in {**claims, **(changes or {})}.items() if each is not None}
    return jwt.encode(dict(header), said, key)


@dataclass
class AttestedWallet(Wallet):
    """As `Wallet`; shows an attestation with every token request."""

    instance: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    def attestation(self, changes: Changes | None = None, signer: Certified = PROVIDER) -> str:
        x5c = [base64.b64encode(PROVIDER.der).decode()]
        header = {"typ": "oauth-client-attestation+jwt", "alg": "ES256", "x5c": x5c}
        claims = {
            "sub": CLIENT,
            "exp": int(self.clock().timestamp()) + 3600,
            "cnf": {"jwk": self.instance.as_dict(private=False)},
        }
        return _signed(header, claims, changes, ECKey.import_key(signer.key))

    def possession(self, changes: Changes | None = None, key: ECKey | None = None) -> str:
        header = {"typ": "oauth-client-attestation-pop+jwt", "alg": "ES256"}
        now = int(self.clock().timestamp())
        claims = {"aud": self.issuer, "jti": uuid.uuid4().hex, "iat": now}
        return _signed(header, claims, changes, key or self.instance)

    def headers(self, attestation: str | None = None, proof: str | None = None) -> dict[str, str]:
        return {
            "OAuth-Client-Attestation": attestation or self.attestation(),
            "OAuth-Client-Attestation-PoP": proof or self.possession(),
        }

    def ask(self, tx_code: str, headers: Mapping[str, str], **form: str) -> httpx.Response:
        """A token request with exactly these headers."""
        content = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": self.code}
        content |= {"tx_code": tx_code, **form}
        answer = self.http.post("/token", data=content, headers=dict(headers))
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
        return answer


def scanned(world: World) -> tuple[str, AttestedWallet]:
    """The tx_code on the display, and a wallet that scanned the offer."""
    number = world.approved()
    plain = world.wallet()
    phone = AttestedWallet(plain.http, plain.issuer, plain.signer, plain.clock)
    assert phone.fetch(world.offer(number)).status_code == 200
    return world.tx_code(number), phone
