"""The card types: their answers to reset, what EF.ATR/INFO announces, whom they trust."""

import pytest

from apdu.crypto.curves import P256, P384
from apdu.lds.security_infos import key_length
from apdu.tlv import parse, require
from card_sim.card_types import CardType
from card_sim.files import Application
from tests.card_sim.world import World

EVERY_TYPE = pytest.mark.parametrize("card_type", list(CardType))
CHAINING, EXTENDED_LENGTH, LENGTHS_IN_ATR_INFO = 0x80, 0x40, 0x20

ATRS = {
    CardType.KRRC_1: "3B8A80018031F873F741E082900075",
    CardType.KRRC_1_BP256: "3B8C80018031F873F741E0610D8290001F",
    CardType.KRRC_1_P384: "3B8C80018031F873F741E0610F8290001D",
    CardType.KRRC_1_SHORT: "3B8A80018031F873F7418082900015",
}


def capabilities(atr: bytes) -> bytes:
    """The card capabilities among the historical bytes: compact tag 7, three octets."""
    place = atr.index(b"\x73") + 1
    return atr[place : place + 3]


@EVERY_TYPE
def test_atr_is_that_of_the_type(card_type: CardType) -> None:
    assert card_type.model.atr.hex().upper() == ATRS[card_type]


@EVERY_TYPE
def test_atr_checks_and_counts_its_historical_bytes(card_type: CardType) -> None:
    atr = card_type.model.atr
    check = 0
    for octet in atr[1:]:
        check ^= octet
    assert check == 0
    assert len(atr) - 5 == atr[1] & 0x0F


def test_every_type_has_an_atr_of_its_own() -> None:
    assert len({each.model.atr for each in CardType}) == len(CardType)


@EVERY_TYPE
def test_atr_info_repeats_the_capabilities_and_says_how_long_an_apdu_may_be(
    world: World, card_type: CardType
) -> None:
    model = card_type.model
    octets = next(
        file.content
        for file in world.data(card_type).files[Application.MASTER]
        if file.identifier == 0x2F01
    )
    objects = parse(octets)
    announced = require(objects, 0x47)
    assert announced == capabilities(model.atr)
    assert announced[2] & CHAINING
    assert bool(announced[2] & EXTENDED_LENGTH) is model.extended
    assert bool(announced[2] & LENGTHS_IN_ATR_INFO) is model.extended
    assert (0x7F66 in [each.tag for each in objects]) is model.extended


@EVERY_TYPE
def test_card_is_what_its_type_says(world: World, card_type: CardType) -> None:
    card, model = world.data(card_type), card_type.model
    assert (card.atr, card.curve, card.extended) == (model.atr, model.curve, model.extended)
    assert key_length(card.protocol) == key_length(card.chip_protocol)
    assert key_length(card.protocol) == (32 if model.curve is P384 else 16)


@EVERY_TYPE
def test_card_trusts_the_root_on_its_own_curve_first(world: World, card_type: CardType) -> None:
    first, *others = card_type.model.trust
    chains = world.home.pki.chains
    key = chains[first].cvca.public_key
    assert key.curve is card_type.model.curve
    assert [chains[name].cvca.public_key.curve for name in others] == [P256] * len(others)
    trusted = world.state(card_type).trust_points
    assert trusted == tuple(chains[name].cvca.encoded for name in (first, *others))
