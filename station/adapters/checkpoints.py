"""Signed heads of the audit chain in a file of their own, to be copied to another machine."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from station.adapters.files import append_line
from station.domain.audit import AuditEntry, Checkpoint
from station.domain.errors import StationError
from station.domain.text import Words


class FileCheckpoints:
    """`station.ports.CheckpointStore`."""

    def __init__(self, path: Path, key: ec.EllipticCurvePrivateKey) -> None:
        self._path = path
        self._key = key

    def add(self, head: AuditEntry) -> Checkpoint:
        unsigned = Checkpoint(head.sequence, head.digest, head.at, signature="")
        signature = self._key.sign(unsigned.to_sign, ec.ECDSA(hashes.SHA256()))
        signed = Checkpoint(
            head.sequence, head.digest, head.at, base64.b64encode(signature).decode()
        )
        content = {
            "sequence": signed.sequence,
            "digest": signed.digest,
            "at": signed.at.isoformat(),
            "signature": signed.signature,
        }
        append_line(self._path, json.dumps(content))
        return signed

    def all(self) -> Sequence[Checkpoint]:
        return [self._read(line, number) for number, line in enumerate(self._lines(), 1)]

    def last(self) -> Checkpoint | None:
        lines = self._lines()
        return self._read(lines[-1], len(lines)) if lines else None

    def _lines(self) -> list[str]:
        """The complete lines; what a power cut left of one was never acknowledged."""
        if not self._path.exists():
            return []
        return self._path.read_text("utf-8", errors="replace").split("\n")[:-1]

    def _read(self, line: str, number: int) -> Checkpoint:
        try:
            content = json.loads(line)
            content["at"] = datetime.fromisoformat(content["at"])
            checkpoint = Checkpoint(**content)
            self._key.public_key().verify(
                base64.b64decode(checkpoint.signature),
                checkpoint.to_sign,
                ec.ECDSA(hashes.SHA256()),
            )
        except (ValueError, KeyError, TypeError, InvalidSignature):
            raise StationError(
                "audit.broken", Words(f"{number}번째 서명", f"checkpoint {number}")
            ) from None
        return checkpoint
