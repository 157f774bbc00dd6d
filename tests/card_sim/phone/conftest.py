"""A phone and an issuer facing each other, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from card_sim.phone.attestation import AttestationSigner
from card_sim.phone.http import HttpClient
from card_sim.phone.secure_element import SecureElement
from card_sim.phone.store import Card, Store
from card_sim.phone.wallet import Phone, receive
from tests.card_sim.phone.credentials import NOW
from tests.card_sim.phone.issuer import TX_CODE, Issuer


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def phone(issuer: Issuer, tmp_path: Path) -> Iterator[Phone]:
    """A phone that trusts the issuer's authority."""
    http = HttpClient(issuer.transport, pause=0)
    yield Phone(
        http=http,
        secure_element=SecureElement(tmp_path / "keys"),
        store=Store(tmp_path / "cards"),
        signer=lambda: AttestationSigner(issuer.attestation.key, (issuer.attestation.der,)),
        anchors=(issuer.iaca.der,),
        clock=lambda: NOW,
    )
    http.close()


@pytest.fixture
def card(issuer: Issuer, phone: Phone) -> Card:
    """A card in the phone that the officer has activated."""
    issuer.statuses = {5: 0, 11: 0}
    return receive(phone, issuer.offer_uri, lambda _: TX_CODE, lambda _: None)
