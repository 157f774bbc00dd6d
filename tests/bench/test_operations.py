"""What a tap computes, counted exactly, and that the floors are made of nothing else.

A count that changes is a decision: it belongs into these numbers, and so into the floor.
"""

from pathlib import Path

import pytest

from apdu.crypto.curves import (
    P256,
    P384,
    Curve,
    KeyPair,
    agree,
    encode_point,
    multiply,
    multiply_add,
    multiply_either,
)
from bench.floor import operations_floor
from bench.operations import Kind, Operation, Operations, essential, recount
from bench.pace import floor, points, sides
from bench.world import World
from card_sim.card_types import CardType

BY_PIN = {
    Kind.GENERATION: 5,
    Kind.DERIVATION: 2,
    Kind.AGREEMENT: 10,
    Kind.PRODUCT: 2,
    Kind.EITHER: 2,
}
"""PACE on each side: two keys, s*G, a product of two agreements, one up to its sign of one, the
secret. Then the terminal's ephemeral key, and chip authentication on each side."""
ESSENTIAL = {Kind.GENERATION: 5, Kind.AGREEMENT: 8}
SIDE_OF_PACE = {
    Kind.GENERATION: 2,
    Kind.DERIVATION: 1,
    Kind.AGREEMENT: 4,
    Kind.PRODUCT: 1,
    Kind.EITHER: 1,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("bench") / "home")


def of(curve: Curve, counts: dict[Kind, int]) -> Operations:
    return Operations({Operation(kind, curve.name): times for kind, times in counts.items()})


def signatures(by_p384: int = 0) -> Operations:
    """The terminal's signature. The card: two certificates and it; the reader: two signed files,
    each with its signer's certificate. All lies on P-256 but files that a P-384 signer signed.
    """
    counted = of(P256, {Kind.SIGNATURE: 1, Kind.VERIFICATION: 7 - by_p384})
    return counted + of(P384, {Kind.VERIFICATION: by_p384})


@pytest.mark.parametrize(
    ("card_type", "by_p384"),
    [(CardType.KRRC_1, 0), (CardType.KRRC_1_BP256, 0), (CardType.KRRC_1_P384, 2)],
)
def test_a_tap_computes_exactly_this(world: World, card_type: CardType, by_p384: int) -> None:
    card = world.virtual_card(card_type)
    world.read(card, None)  # The first one reads certificates that later ones know.
    counted = recount(lambda: world.read(card, None))
    curve = card_type.model.curve
    assert counted == of(curve, BY_PIN) + signatures(by_p384)
    assert essential(counted) == of(curve, ESSENTIAL) + signatures(by_p384)


def test_smaller_blocks_compute_nothing_more(world: World) -> None:
    card = world.virtual_card(CardType.KRRC_1)
    assert recount(lambda: world.read(card, 223)) == recount(lambda: world.read(card, None))


def test_a_certificate_seen_before_is_verified_again(world: World) -> None:
    """What is kept is how certificates read, never that they were good."""
    card = world.virtual_card(CardType.KRRC_1)
    verifications = Operation(Kind.VERIFICATION, P256.name)
    for _ in range(3):
        assert recount(lambda: world.read(card, None))[verifications] == 7


@pytest.mark.parametrize("card_type", [CardType.KRRC_1, CardType.KRRC_1_P384])
def test_a_side_of_pace_computes_what_its_floor_says(world: World, card_type: CardType) -> None:
    curve = card_type.model.curve
    for side in (points(curve), *sides(world, card_type)):
        counted = recount(side)
        assert counted == of(curve, SIDE_OF_PACE)
        assert essential(counted) == floor(curve)


def test_a_floor_does_what_was_counted_and_no_more(world: World) -> None:
    counted = of(P256, ESSENTIAL) + signatures()
    assert recount(operations_floor(counted)) == counted


def test_every_operation_is_counted_on_its_curve() -> None:
    ours, theirs = P256.generate(), P256.generate().public_key()
    assert recount(lambda: agree(ours, theirs)) == of(P256, {Kind.AGREEMENT: 1})
    assert recount(P384.generate) == of(P384, {Kind.GENERATION: 1})
    assert recount(lambda: P384.private_key(7)) == of(P384, {Kind.DERIVATION: 1})
    product = of(P256, {Kind.AGREEMENT: 2, Kind.PRODUCT: 1})
    assert recount(lambda: multiply(ours, theirs)) == product
    keys, point = KeyPair.of(ours), encode_point(theirs)
    assert recount(lambda: multiply_add(keys, point, ours.public_key())) == product
    either = of(P256, {Kind.AGREEMENT: 1, Kind.EITHER: 1})
    assert recount(lambda: multiply_either(ours, theirs)) == either


def test_no_profile_is_left_behind_where_work_fails(tmp_path: Path) -> None:
    def fails() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        recount(fails)
    assert recount(lambda: None) == Operations()
