"""Everything on the panel: one card, some phones, the officers; and what can be asked of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from card_sim.panel import officers
from card_sim.panel.bench import Bench
from card_sim.panel.changes import Changes
from card_sim.panel.errors import NotPossible
from card_sim.panel.officers import Account
from card_sim.panel.order import Order
from card_sim.panel.phones import Phones
from card_sim.phone.claims import VIEWS

Asked = Mapping[str, Any]
"""What a page sent, as JSON."""
Act = Callable[["Panel", Asked], None]


@dataclass(frozen=True, slots=True)
class Panel:
    """What one page shows."""

    bench: Bench
    phones: Phones
    accounts: tuple[Account, ...]
    changes: Changes

    def state(self) -> dict[str, Any]:
        version = self.changes.version  # Before the rest, so that no change is missed.
        return {
            "version": version,
            "card": self.bench.state(),
            "phones": self.phones.state(),
            "views": list(VIEWS),
            "officers": officers.state(self.accounts),
        }


def _text(asked: Asked, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise NotPossible(f"There is no {name}.")
    return value


def _of_phone(act: Callable[[Any, Asked], None]) -> Act:
    return lambda panel, asked: act(panel.phones.named(_text(asked, "phone")), asked)


ACTS: dict[str, Act] = {
    "/card/insert": lambda panel, asked: panel.bench.insert(Order.read(asked)),
    "/card/pull": lambda panel, _: panel.bench.pull(),
    "/phones/add": lambda panel, asked: panel.phones.add(_text(asked, "phone")),
    "/phones/scan": _of_phone(lambda phone, asked: phone.scan(_text(asked, "uri"))),
    "/phones/tx-code": _of_phone(lambda phone, asked: phone.type_code(_text(asked, "code"))),
    "/phones/refresh": _of_phone(lambda phone, _: phone.refresh()),
    "/phones/show": _of_phone(
        lambda phone, asked: phone.show(_text(asked, "card"), _text(asked, "view"))
    ),
    "/phones/lose": _of_phone(lambda phone, _: phone.lose()),
    "/phones/find": _of_phone(lambda phone, _: phone.find()),
}
"""Every path a page may POST to."""
