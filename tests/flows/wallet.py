"""A wallet that takes one step at a time, so that a test can repeat, mix and spoil steps."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from apdu.crypto.curves import P256
from card_sim.phone.attestation import AttestationSigner, prove
from card_sim.phone.jose import b64url, thumbprint
from card_sim.phone.offer import PRE_AUTHORIZED
from card_sim.phone.secure_element import DeviceKey

MDOC, SD_JWT = "kr.mrrc.1.mdoc", "kr.mrrc.1.sd-jwt"
CONFIGURATIONS = (MDOC, SD_JWT)
JSON = "application/json"


def new_device_key() -> DeviceKey:
    private = P256.generate()
    return DeviceKey(b64url(thumbprint(private.public_key())), private.public_key(), private)


@dataclass
class Wallet:
    """Talks to the issuer `issuer`, wherever `http` leads; keeps what it learns."""

    http: httpx.Client
    issuer: str
    signer: AttestationSigner
    clock: Callable[[], datetime]
    key: DeviceKey = field(default_factory=new_device_key)
    code: str = ""
    access_token: str = ""

    def fetch(self, uri: str) -> httpx.Response:
        """Scan the QR code."""
        answer = self.http.get(path_of(uri))
        if answer.status_code == 200:
            self.code = answer.json()["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
        return answer

    def exchange(self, tx_code: str | None, code: str | None = None) -> httpx.Response:
        """Ask for the token."""
        form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code or self.code}
        if tx_code is not None:
            form["tx_code"] = tx_code
        answer = self.http.post("/token", data=form)
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
        return answer

    def nonce(self) -> str:
        return str(self.http.post("/nonce").json()["c_nonce"])

    def attest(self, key: DeviceKey, nonce: str | None) -> str:
        return self.signer.attest((key,), nonce, self.clock())

    def proof(self, nonce: str, *, audience: str | None = None) -> str:
        attested = self.attest(self.key, nonce)
        return prove(self.key, audience or self.issuer, nonce, self.clock(), attested)

    def body(self, configuration: str, proof: str | None = None) -> bytes:
        """A credential request; with a new nonce and proof if none is given."""
        return request_body(configuration, proof or self.proof(self.nonce()))

    def credential(self, body: bytes, token: str | None = None) -> httpx.Response:
        return self._post("/credential", body, token)

    def collect(self, transaction_id: str) -> httpx.Response:
        """Ask again for what could not be issued at once."""
        said = json.dumps({"transaction_id": transaction_id}).encode()
        return self._post("/deferred_credential", said, None)

    def notify(
        self, issued: httpx.Response | Mapping[str, Any], event: str = "credential_accepted"
    ) -> httpx.Response:
        content = issued.json() if isinstance(issued, httpx.Response) else issued
        said = {"notification_id": content["notification_id"], "event": event}
        return self._post("/notification", json.dumps(said).encode(), None)

    def _post(self, path: str, body: bytes, token: str | None) -> httpx.Response:
        headers = {"Content-Type": JSON, "Authorization": f"Bearer {token or self.access_token}"}
        return self.http.post(path, content=body, headers=headers)


def request_body(configuration: str, proof: str) -> bytes:
    request = {"credential_configuration_id": configuration, "proofs": {"jwt": [proof]}}
    return json.dumps(request).encode()


def path_of(uri: str) -> str:
    """The path of the offer that an offer URI leads to."""
    [url] = parse_qs(urlsplit(uri).query)["credential_offer_uri"]
    return urlsplit(url).path


def credential_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    [issued] = answer.json()["credentials"]
    return str(issued["credential"])


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code; what is answered beside is one ASCII sentence at most."""
    content = answer.json()
    assert set(content) <= {"error", "error_description"}
    assert "Traceback" not in answer.text
    return answer.status_code, str(content["error"])
