"""An SD-JWT VC taken apart, and put together again with its signature."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apdu.crypto.curves import PrivateKey
from station.credentials.jose import base64url
from tests.station.credentials.examples import (
    SD_JWT_KEY,
    sign,
)


def encoded(value: Any) -> str:
    return base64url(json.dumps(value, ensure_ascii=False).encode())


def decoded(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def digest_of(disclosure: str) -> str:
    return base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


@dataclass
class Parts:
    """An SD-JWT taken apart; `text` puts it together and signs it."""

    header: dict[str, Any]
    payload: dict[str, Any]
    disclosures: list[str]
    end: str = ""
    raw_payload: Callable[[str], str] = field(default=lambda text: text)
    key: PrivateKey = SD_JWT_KEY
    after: Callable[[str], str] = field(default=lambda text: text)

    @classmethod
    def of(cls, text: str) -> "Parts":
        jwt, *disclosures, end = text.split("~")
        header, payload, _ = jwt.split(".")
        return cls(decoded(header), decoded(payload), disclosures, end)

    def find(self, *content: Any) -> str:
        """The disclosure whose name (or name and value) is `content`."""
        size = len(content)
        return next(
            each for each in self.disclosures if decoded(each)[1 : 1 + size] == list(content)
        )

    def exchange(self, old: str, new: str) -> None:
        """Put a disclosure in the place of another, its digest too."""
        self.disclosures[self.disclosures.index(old)] = new
        for holder in (self.payload, self.payload["address"], self.payload["age_equal_or_over"]):
            if digest_of(old) in holder["_sd"]:
                kept = [each for each in holder["_sd"] if each != digest_of(old)]
                holder["_sd"] = sorted([*kept, digest_of(new)])
        for element in self.payload["nationalities"]:
            if element["..."] == digest_of(old):
                element["..."] = digest_of(new)

    @property
    def text(self) -> str:
        payload = base64url(self.raw_payload(json.dumps(self.payload)).encode())
        signing_input = f"{encoded(self.header)}.{payload}"
        signature = base64url(sign(self.key, signing_input.encode()))
        jwt = f"{signing_input}.{signature}"
        return self.after("~".join([jwt, *self.disclosures, self.end]))
