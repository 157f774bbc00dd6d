"""An mdoc taken apart, and put together again with digests and signature."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2

from apdu.crypto.curves import PrivateKey
from tests.station.credentials.examples import (
    DOCUMENT_SIGNER,
    MDOC_KEY,
    der,
    sign,
)

COMMON, DOMESTIC = "org.iso.23220.1", "kr.mrrc.1"


@dataclass
class Parts:
    """An mdoc taken apart with cbor2; `octets` puts it together with digests and signature."""

    items: dict[str, list[dict[str, Any]]]
    mso: dict[str, Any]
    header: dict[Any, Any] = field(default_factory=lambda: {33: der(DOCUMENT_SIGNER)})
    protected: bytes = b"\xa1\x01\x26"
    extra: dict[str, Any] = field(default_factory=dict)
    digest: Callable[[bytes], bytes] = lambda octets: hashlib.sha256(octets).digest()
    key: PrivateKey = MDOC_KEY
    after: Callable[[bytes], bytes] = lambda octets: octets
    keep_digests: bool = False

    @classmethod
    def of(cls, octets: bytes) -> "Parts":
        issuer_signed = cbor2.loads(octets)
        items = {
            namespace: [untimed(cbor2.loads(each.value)) for each in items]
            for namespace, items in issuer_signed["nameSpaces"].items()
        }
        mso = cbor2.loads(cbor2.loads(issuer_signed["issuerAuth"][2]).value)
        for name, time in mso["validityInfo"].items():
            mso["validityInfo"][name] = cbor2.CBORTag(0, f"{time:%Y-%m-%dT%H:%M:%SZ}")
        return cls(items, mso)

    def item(self, identifier: str) -> dict[str, Any]:
        return next(
            each
            for items in self.items.values()
            for each in items
            if each["elementIdentifier"] == identifier
        )

    @property
    def octets(self) -> bytes:
        tagged = {
            namespace: [cbor2.CBORTag(24, cbor2.dumps(each)) for each in items]
            for namespace, items in self.items.items()
        }
        if not self.keep_digests:
            self.mso["valueDigests"] = {
                namespace: {
                    item["digestID"]: self.digest(cbor2.dumps(octets))
                    for item, octets in zip(self.items[namespace], each, strict=True)
                }
                for namespace, each in tagged.items()
            }
        payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(self.mso)))
        signature = sign(self.key, cbor2.dumps(["Signature1", self.protected, b"", payload]))
        auth = [self.protected, self.header, payload, signature]
        whole = {"nameSpaces": tagged, "issuerAuth": auth, **self.extra}
        return self.after(cbor2.dumps(whole))


def untimed(item: dict[str, Any]) -> dict[str, Any]:
    if hasattr(item["elementValue"], "isoformat"):
        item["elementValue"] = cbor2.CBORTag(1004, item["elementValue"].isoformat())
    return item
