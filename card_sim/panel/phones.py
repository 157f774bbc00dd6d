"""The phones on the bench, each a folder; a lost one goes on existing, in somebody's hand."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from card_sim.panel.changes import Changes
from card_sim.panel.errors import NotPossible
from card_sim.panel.phone import PanelPhone
from card_sim.phone.home import Home

AT_FIRST = ("phone-1", "phone-2")
MOST = 12
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){0,29}")


class Phones:
    """Every phone in `folder`; all trust `trusted` and are attested by the signer in `pki`."""

    def __init__(
        self, folder: Path, pki: Path, trusted: tuple[Path, ...], changes: Changes
    ) -> None:
        self._folder = folder
        self._pki = pki
        self._trusted = trusted
        self._changes = changes
        self._adding = threading.Lock()
        there = sorted(p.name for p in folder.glob("*") if p.is_dir() and _NAME.fullmatch(p.name))
        self._phones = {name: self._phone(name) for name in there or AT_FIRST}

    def add(self, name: str) -> None:
        """Have one more phone. Errors: `NotPossible`."""
        if not _NAME.fullmatch(name):
            raise NotPossible("A phone's name has small letters, digits and hyphens.")
        with self._adding:
            if name in self._phones:
                raise NotPossible(f"There is a {name} already.")
            if len(self._phones) >= MOST:
                raise NotPossible(f"{MOST} phones are enough.")
            self._phones |= {name: self._phone(name)}
        self._changes.note()

    def named(self, name: str) -> PanelPhone:
        """Errors: `NotPossible`."""
        try:
            return self._phones[name]
        except KeyError:
            raise NotPossible("There is no such phone.") from None

    def each(self, act: Callable[[PanelPhone], None]) -> None:
        for phone in self._phones.values():
            act(phone)

    def state(self) -> list[dict[str, Any]]:
        """What a page shows."""
        return [phone.state() for phone in self._phones.values()]

    def _phone(self, name: str) -> PanelPhone:
        home = Home(self._folder / name, self._pki, self._trusted)
        return PanelPhone(name, home, self._changes.note)
