"""How an attack is tried: one hook changed, the refusal's code, and nothing kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from card_sim.phone.errors import PhoneError
from card_sim.phone.store import Card
from card_sim.phone.wallet import Phone, receive
from tests.card_sim.phone.issuer import TX_CODE

Change = Callable[[Any], Any]


def take(phone: Phone, text: str) -> Card:
    return receive(phone, text, lambda _: TX_CODE, lambda _: None)


def refused_with(phone: Phone, text: str, tmp_path: Path) -> str:
    """The code of the refusal; afterwards the phone holds neither card nor key."""
    with pytest.raises(PhoneError) as caught:
        take(phone, text)
    assert not phone.store.cards()
    assert not list(tmp_path.glob("keys/*"))
    if caught.value.code.startswith(("mso_mdoc.", "dc+sd-jwt.")):
        assert "checked by own" in caught.value.sentence  # Not left to the other libraries.
    return caught.value.code


def put(**members: Any) -> Change:
    return lambda honest: honest | members


def without(name: str) -> Change:
    return lambda honest: {key: value for key, value in honest.items() if key != name}
