"""An Android phone: keys whose chains lead to a TEST root instead of Google's."""

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from apdu.crypto.curves import P256, PrivateKey
from tests.flows.settings import reopened
from tests.flows.wallet import Wallet
from tests.flows.world import OFFICER, World
from tests.station.openid4vci.android import (
    APPLICATION_SIGNER,
    GOOD,
    PACKAGE,
    Chain,
    Description,
    Link,
    certify,
)
from tests.station.openid4vci.wallet import jws

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
ROOT = replace(GOOD.root, first=FIRST, last=LAST)
AUTHORITY, DEVICE, _ = GOOD.links
SETTINGS = f"""
[android]
applications = {{ "{PACKAGE}" = ["{APPLICATION_SIGNER.hex(":").upper()}"] }}
"""
_ABOVE = Chain(ROOT, tuple(replace(each, first=FIRST, last=LAST) for each in (AUTHORITY, DEVICE)))
DEVICE_CHAIN = _ABOVE.encode()
DEVICE_SERIAL = f"{DEVICE.serial:x}"
PROOF_TYPE = "android_keystore_attestation"


def accepting(world: World, settings: str = "", *, listed: bool = True) -> World:
    """The station when it accepts this phone's application; `listed`: its list is fresh."""
    der = Chain(ROOT, ()).root_der()
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    opened = reopened(world, SETTINGS + settings, {"android/test.pem": pem})
    if listed:
        revoke(opened, "bad")
    return opened


def revoke(world: World, *serials: str) -> None:
    """Import a list with these serial numbers, had from Google this moment."""
    entries = {each: {"status": "REVOKED", "reason": "KEY_COMPROMISE"} for each in serials}
    content = json.dumps({"entries": entries}).encode()
    world.station.revocations.take(content, world.clock.now(), OFFICER)


@dataclass
class AndroidPhone:
    """Speaks through `wallet`; its keys are attested by its own chain."""

    wallet: Wallet
    key: PrivateKey = field(default_factory=P256.generate)

    def chain(self, nonce: str, key: PrivateKey | None = None, **says: Any) -> list[str]:
        """A chain for a key, in base64; `says` changes what it says."""
        described = Description(challenge=nonce.encode(), **says)
        leaf = Link(
            "Android Keystore Key",
            key or self.key,
            authority=False,
            extension=described.encode(),
            first=FIRST,
            last=LAST,
        )
        certificate = certify(leaf, DEVICE.name, DEVICE.key).public_bytes(Encoding.DER)
        return [base64.b64encode(each).decode() for each in (certificate, *DEVICE_CHAIN)]

    def proof(self, nonce: str, **says: Any) -> str:
        """A jwt proof with its chain in `x5c`."""
        header = {"typ": "openid4vci-proof+jwt", "alg": "ES256", "x5c": self.chain(nonce, **says)}
        now = int(self.wallet.clock().timestamp())
        return jws(header, {"aud": self.wallet.issuer, "iat": now, "nonce": nonce}, self.key)

    def body(self, configuration: str, **says: Any) -> bytes:
        return self._request(configuration, "jwt", [self.proof(self.wallet.nonce(), **says)])

    def batch(self, configuration: str, *keys: PrivateKey) -> bytes:
        """A request with the proof type of Google's documentation."""
        nonce = self.wallet.nonce()
        chains = [self.chain(nonce, each) for each in keys or (self.key,)]
        return self._request(configuration, PROOF_TYPE, chains)

    def _request(self, configuration: str, kind: str, proofs: list[Any]) -> bytes:
        request = {"credential_configuration_id": configuration, "proofs": {kind: proofs}}
        return json.dumps(request).encode()


def granted(world: World) -> AndroidPhone:
    return AndroidPhone(world.granted()[1])
