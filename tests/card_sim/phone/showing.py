"""A card shown to a shop: the request, the presentation, and what the shop says."""

import pytest

from card_sim.phone import shop
from card_sim.phone.claims import view
from card_sim.phone.errors import PhoneError
from card_sim.phone.http import HttpClient
from card_sim.phone.presenter import Presentation, Request, present
from card_sim.phone.status import Trust
from card_sim.phone.store import Card
from card_sim.phone.wallet import Phone
from tests.card_sim.phone.credentials import NOW
from tests.card_sim.phone.issuer import Issuer

REQUEST = Request("x509_san_dns:shop.example", "n-1", "https://shop.example/response")
FORMATS = ("dc+sd-jwt", "mso_mdoc")


def made(
    phone: Phone, card: Card, form: str, name: str, request: Request = REQUEST
) -> Presentation:
    held = card.held(form)
    assert held is not None
    return present(held, view(name), request, phone.secure_element.key(card.key_id), NOW)


def checked(issuer: Issuer, octets: bytes, request: Request = REQUEST) -> shop.Seen:
    trust = Trust((issuer.iaca.der,), NOW)
    return shop.check(octets, request, trust, HttpClient(issuer.transport, pause=0))


def refused_with(issuer: Issuer, octets: bytes, request: Request = REQUEST) -> str:
    with pytest.raises(PhoneError) as caught:
        checked(issuer, octets, request)
    return caught.value.code
