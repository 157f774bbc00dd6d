"""The demo's officers as a developer plays them: accounts, TEST passwords, current codes."""

import json
import os
import stat
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from card_sim.authenticator import STEP_SECONDS, Authenticator
from card_sim.phone.secure_element import write_private


class UnusableFile(Exception):
    """The file of accounts cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in. `secret`: of the authenticator, in base 32."""

    name: str
    title: str
    roles: tuple[str, ...]
    password: str = field(repr=False)
    secret: str = field(repr=False)

    def state(self, at: float) -> dict[str, Any]:
        """What a page shows at a time; a code is taken once only."""
        return {
            "name": self.name,
            "title": self.title,
            "roles": list(self.roles),
            "password": self.password,
            "code": Authenticator(self.secret).code(at),
        }


def state(accounts: tuple[Account, ...]) -> dict[str, Any]:
    """All of them now, and for how many seconds more."""
    now = time.time()
    left = STEP_SECONDS - now % STEP_SECONDS
    return {"accounts": [each.state(now) for each in accounts], "seconds": left}


def write(path: Path, accounts: tuple[Account, ...]) -> None:
    """Write them for the panel, readable by their owner alone."""
    write_private(path, json.dumps({"officers": [asdict(each) for each in accounts]}).encode())


def read(path: Path) -> tuple[Account, ...]:
    """Errors: `UnusableFile`, also where others can read what are passwords after all."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                raise UnusableFile(f"{path} is not for your eyes alone: chmod 600")
            listed = json.load(file)["officers"]
        accounts = tuple(Account(**(each | {"roles": tuple(each["roles"])})) for each in listed)
        for each in accounts:
            Authenticator(each.secret).code(0)
    except (OSError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnusableFile(f"{path} holds no accounts ({type(error).__name__})") from None
    return accounts
