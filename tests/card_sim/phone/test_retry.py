"""An answer lost on the way: asked for once more with the same octets, then given up."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from card_sim.phone.wallet import Phone
from tests.card_sim.phone.attacks import refused_with, take
from tests.card_sim.phone.issuer import Issuer


@pytest.mark.parametrize("path", ["/credential", "/token", "/nonce", "/offers/abc"])
def test_lost_answer_is_asked_for_once_more_with_the_same_octets(
    issuer: Issuer, phone: Phone, path: str
) -> None:
    lost: list[httpx.Response] = []

    def lose_first(honest: httpx.Response) -> httpx.Response:
        if not lost:
            lost.append(honest)
            raise httpx.ReadError("connection reset")
        # A station answers the same token request with the stored octets.
        return lost[0] if path == "/token" else honest

    issuer.alter[path] = lose_first
    remember_proofs(issuer)
    card = take(phone, issuer.offer_uri)
    assert len(card.credentials) == 2
    sent = [request for request in issuer.requests if request.url.path == path]
    assert sent[0].content == sent[1].content
    assert sent[0].headers == sent[1].headers


def remember_proofs(issuer: Issuer) -> None:
    """A request sent again meets the stored result before its nonce is looked at."""
    honest = issuer.verified_key
    known: dict[str, dict[str, Any]] = {}

    def verified(proofs: list[str]) -> dict[str, Any]:
        if proofs[0] not in known:
            known[proofs[0]] = honest(proofs)
        return known[proofs[0]]

    issuer.verified_key = verified  # type: ignore[method-assign]


def test_answer_lost_twice_is_unreachable_and_nothing_is_kept(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    def lose(_: httpx.Response) -> httpx.Response:
        raise httpx.ConnectError("refused")

    issuer.alter["/token"] = lose
    assert refused_with(phone, issuer.offer_uri, tmp_path) == "unreachable"
    assert issuer.paths().count("/token") == 2
