"""Issuer keys that sign only what was recorded before, and remember what they signed."""

from dataclasses import dataclass
from pathlib import Path

from station.ports import IssuerKey
from tests.flows import invariants
from tests.flows.invariants import Signature, signature


class RecordingKey:
    """An issuer key that, at each signature, looks for the intent in the committed database."""

    def __init__(self, key: IssuerKey, folder: Path, made: list[Signature]) -> None:
        self._key = key
        self._folder = folder
        self._made = made
        self.fail: Exception | None = None
        self.chain = key.chain
        self.public_key = key.public_key
        self.not_before = key.not_before
        self.not_after = key.not_after

    def sign(self, to_sign: bytes) -> bytes:
        made = signature(to_sign)
        number, index = made.status
        query = "SELECT state FROM credentials WHERE status_list = ? AND status_index = ?"
        durable = invariants.rows(self._folder, query, int(number), index)
        assert [row["state"] for row in durable] == ["intended"], "signed without an intent"
        if self.fail is not None:
            raise self.fail
        self._made.append(made)
        return self._key.sign(to_sign)


@dataclass
class RecordingKeys:
    """The keys of one IACA; the credentials' keys record."""

    anchor: bytes
    mdoc: RecordingKey
    sd_jwt: RecordingKey
    status_list: IssuerKey
