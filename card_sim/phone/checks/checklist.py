"""The record of checks that held; the first that does not ends the checking."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature

from apdu.errors import EncodingError
from card_sim.phone.errors import NotAuthentic

SKEW = timedelta(minutes=5)
"""How far the clocks of issuer and phone may differ."""

OWN = "own"


@dataclass(frozen=True, slots=True)
class Check:
    """A check that held: its stable name and whose code did it."""

    name: str
    by: str

    def as_dict(self) -> dict[str, str]:
        return {"name": self.name, "by": self.by}


@dataclass(slots=True)
class Checklist:
    """Collects checks under one `subject`, for example `mdoc`."""

    subject: str
    by: str = OWN
    held: list[Check] = field(default_factory=list)

    def require(self, condition: bool, name: str, sentence: str) -> None:
        """Record the check `name`. Errors: `NotAuthentic` if `condition` does not hold."""
        full = f"{self.subject}.{name}"
        if not condition:
            raise NotAuthentic(full, f"{sentence} ({full}, checked by {self.by})")
        self.held.append(Check(full, self.by))

    @contextmanager
    def step(self, name: str, sentence: str) -> Iterator[None]:
        """A check that is a piece of code: encoding and signature errors mean it failed."""
        try:
            yield
        except (EncodingError, InvalidSignature):
            self.require(False, name, sentence)
        self.require(True, name, sentence)


def text(value: Any) -> str:
    """`value` if it is a string. Errors: `EncodingError`."""
    if not isinstance(value, str):
        raise EncodingError("not a string")
    return value
