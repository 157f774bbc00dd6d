"""A shop's till: it asks the phone for a view of the card, and checks both formats."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from card_sim.phone import presenter, shop
from card_sim.phone.claims import BY_NAME, view
from card_sim.phone.errors import PhoneError, UsageProblem
from card_sim.phone.home import Home
from card_sim.phone.http import HttpClient
from card_sim.phone.output import plain
from card_sim.phone.presenter import Request
from card_sim.phone.secure_element import DeviceKey
from card_sim.phone.status import Trust
from card_sim.phone.store import Held

RESPONSE = "http://127.0.0.1:8090/response"
AUDIENCE = f"redirect_uri:{RESPONSE}"


def visit_shop(home: Home, card_id: str, view_name: str, http: HttpClient) -> dict[str, Any]:
    """What the till says of each format of a card, and what it saw and did not see.

    Errors  `PhoneError` if the phone cannot show it; what the till refuses is no error.
    """
    anchors = home.anchors()
    if not anchors:
        raise UsageProblem("no_trust_anchor", "A shop must know the issuer: give --trust.")
    view(view_name)
    card = home.store.newest(card_id)
    key = home.secure_element.key(card.key_id)
    trust = Trust(anchors, datetime.now(UTC))
    answers = [_answer(held, view_name, key, trust, http) for held in card.credentials]
    return {"card": card_id, "view": view_name, "answers": answers}


def _answer(
    held: Held, view_name: str, key: DeviceKey, trust: Trust, http: HttpClient
) -> dict[str, Any]:
    request = Request(AUDIENCE, secrets.token_urlsafe(16), RESPONSE)
    made = presenter.present(held, view(view_name), request, key, trust.now)
    answer = {"format": held.format, "withheld": _labels(made.withheld)}
    try:
        seen = shop.check(made.octets, request, trust, http)
    except PhoneError as error:
        return answer | {"accepted": False, "sentence": error.sentence, "claims": {}}
    claims = {BY_NAME[name].label: str(value) for name, value in plain(seen.claims).items()}
    sentence = f"{len(seen.checks)} checks held."
    return answer | {"accepted": True, "sentence": sentence, "claims": claims}


def _labels(names: Iterable[str]) -> list[str]:
    return [BY_NAME[name].label for name in names]
