"""A wallet whose requests are bound to a DPoP key; its proofs are made by joserfc."""

import base64
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from card_sim.phone.offer import PRE_AUTHORIZED
from tests.flows.wallet import JSON, Wallet


@dataclass
class DpopWallet(Wallet):
    """As `Wallet`; takes the server's nonce from every answer."""

    dpop_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    dpop_nonce: str | None = None
    refresh_token: str = ""

    def dpop(self, path: str, token: str | None = None, **claims: Any) -> str:
        """A proof for a POST to `path`; a claim given as None is left out."""
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.dpop_key.as_dict(private=False)}
        said: dict[str, Any] = {
            "jti": uuid.uuid4().hex,
            "htm": "POST",
            "htu": f"{self.issuer}{path}",
            "iat": int(self.clock().timestamp()),
            "nonce": self.dpop_nonce,
        }
        if token is not None:
            digest = hashlib.sha256(token.encode()).digest()
            said["ath"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        kept = {name: value for name, value in (said | claims).items() if value is not None}
        return jwt.encode(header, kept, self.dpop_key)

    def exchange(
        self, tx_code: str | None, code: str | None = None, proof: str | None = None
    ) -> httpx.Response:
        form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code or self.code}
        form |= {"tx_code": tx_code} if tx_code is not None else {}
        headers = {"DPoP": proof or self.dpop("/token")}
        answer = self.noted(self.http.post("/token", data=form, headers=headers))
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
            self.refresh_token = answer.json()["refresh_token"]
        return answer

    def refresh(self, proof: str | None = None, **said: str) -> httpx.Response:
        """Ask for another access token."""
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token} | said
        headers = {"DPoP": proof or self.dpop("/token")}
        answer = self.noted(self.http.post("/token", data=form, headers=headers))
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
        return answer

    def nonce(self) -> str:
        return str(self.noted(self.http.post("/nonce")).json()["c_nonce"])

    def sent(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """A protected request with exactly these headers beside the content type."""
        return self.noted(
            self.http.post(path, content=body, headers={"Content-Type": JSON, **headers})
        )

    def noted(self, answer: httpx.Response) -> httpx.Response:
        self.dpop_nonce = answer.headers.get("dpop-nonce", self.dpop_nonce)
        return answer

    def _post(self, path: str, body: bytes, token: str | None) -> httpx.Response:
        shown = token or self.access_token
        headers = {"Authorization": f"DPoP {shown}", "DPoP": self.dpop(path, shown)}
        return self.sent(path, body, headers)
