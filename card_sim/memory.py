"""What the chip remembers without power: counters, trust points, its idea of the date.

A change is written down before the answer leaves: temporary file, fsync, rename. A chip torn
from the field therefore wakes with the old state or with the new one, never between.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from apdu.errors import EncodingError
from apdu.lds.cvc import decode as decode_certificate
from card_sim.file_lock import FileLock, Held

FORMAT = 2
PIN_TRIES = 3
PIN_DIGITS = 6
PUK_USES = 10
MAX_CAN_FAILURES = 255  # where the counter stops, not the CAN
# What a state of format 1 did not say: it knew neither PIN change nor slow CANs.
_SINCE_FORMAT_2 = {"pin": None, "pin_active": True, "can_failures": 0}


class DamagedMemory(Exception):
    """The state file is not one this chip has written; its counters must not start afresh."""


class MemoryInUse(Exception):
    """Another reader has this card: two chips on one memory would win tries back."""


@dataclass(frozen=True, slots=True)
class CardState:
    """The chip's non-volatile variables.

    `trust_points` are CVCA certificates, newest first. `pin` is the PIN once it was changed;
    until then the one of personalization counts. `can_failures` are those since the last success.
    """

    current_date: date
    trust_points: tuple[bytes, ...] = field(repr=False)
    pin_tries: int = PIN_TRIES
    puk_uses: int = PUK_USES
    pin: str | None = field(default=None, repr=False)
    pin_active: bool = True
    can_failures: int = 0


class Store(Protocol):
    """Where a state is kept."""

    def load(self) -> CardState | None: ...
    def save(self, state: CardState) -> None: ...


class Volatile:
    """A store that dies with the process, for tests and throw-away cards."""

    def __init__(self, state: CardState | None = None) -> None:
        self._state = state

    def load(self) -> CardState | None:
        return self._state

    def save(self, state: CardState) -> None:
        self._state = state


class StateFile:
    """A store in one JSON file, bound to the card named `card`; ours from its first use on.

    Rule    The lock lies beside the file, whose place a new one takes at every save.
    Errors  `DamagedMemory` for a file that is torn, foreign or out of range; `MemoryInUse`.
    """

    def __init__(self, path: Path, card: str) -> None:
        self._path = path
        self._card = card
        self._lock: FileLock | None = None

    def load(self) -> CardState | None:
        self._take()
        try:
            octets = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            content = json.loads(octets.decode("utf-8"))
            if content["card"] != self._card:
                raise DamagedMemory(f"{self._path.name} is the memory of another card")
            return _decode(content)
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise DamagedMemory(f"{self._path.name} is damaged") from error

    def save(self, state: CardState) -> None:
        self._take()
        content = {"format": FORMAT, "card": self._card, **_encode(state)}
        write_atomically(self._path, json.dumps(content, indent=1).encode())

    def close(self) -> None:
        """Let others have the card."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _take(self) -> None:
        if self._lock is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = FileLock(self._path.with_name(f".{self._path.name}.lock"))
        except Held as error:
            raise MemoryInUse(f"{self._path.name} is in use by another reader") from error


class Memory:
    """The state at hand; `change` makes a new one permanent before it counts.

    `store` may be exchanged, for one that fails.
    """

    def __init__(self, store: Store, fresh: CardState) -> None:
        self.store = store
        self._fresh = fresh
        self.reload()

    @property
    def state(self) -> CardState:
        return self._state

    def reload(self) -> None:
        """Wake up: what counts is what was written down."""
        self._state = self.store.load() or self._fresh

    def change(self, **changes: Any) -> None:
        changed = replace(self._state, **changes)
        self.store.save(changed)
        self._state = changed


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content`, readable by its owner alone; a crash leaves old or new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable, where the system lets a folder be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _encode(state: CardState) -> dict[str, Any]:
    return {
        "current_date": state.current_date.isoformat(),
        "pin_tries": state.pin_tries,
        "puk_uses": state.puk_uses,
        "pin": state.pin,
        "pin_active": state.pin_active,
        "can_failures": state.can_failures,
        "trust_points": [each.hex() for each in state.trust_points],
    }


def _decode(content: Mapping[str, Any]) -> CardState:
    """Errors: `ValueError`, `KeyError`, `TypeError` for what no chip of ours has written."""
    if content["format"] == 1:
        content = {**content, **_SINCE_FORMAT_2}
    elif content["format"] != FORMAT:
        raise ValueError("unknown format")
    pin, pin_active = content["pin"], content["pin_active"]
    if not isinstance(pin_active, bool) or not (pin is None or is_pin(pin)):
        raise ValueError("impossible PIN")
    return CardState(
        current_date=date.fromisoformat(content["current_date"]),
        trust_points=tuple(_certificate(each) for each in content["trust_points"]),
        pin_tries=_count(content["pin_tries"], PIN_TRIES),
        puk_uses=_count(content["puk_uses"], PUK_USES),
        pin=pin,
        pin_active=pin_active,
        can_failures=_count(content["can_failures"], MAX_CAN_FAILURES),
    )


def _certificate(text: str) -> bytes:
    """A trust point that the chip can read. Errors: `ValueError`, `TypeError`."""
    octets = bytes.fromhex(text)
    try:
        decode_certificate(octets)
    except EncodingError as error:
        raise ValueError("a trust point is no certificate") from error
    return octets


def is_pin(text: object) -> bool:
    """Whether `text` can be a PIN of this profile: exactly six ASCII digits."""
    if not isinstance(text, str):
        return False
    return len(text) == PIN_DIGITS and text.isascii() and text.isdigit()


def _count(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("counter out of range")
    return value
