"""Asymmetric operations, counted while some work does them, and what of them could not be less."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import FrameType
from typing import Any

from apdu.crypto import curves
from apdu.crypto.curves import Curve, PrivateKey, PublicKey, curve_of


class Kind(Enum):
    """What is done with a key; the values are what `cryptography` calls it."""

    GENERATION = "generate_private_key"
    DERIVATION = "derive_private_key"
    AGREEMENT = "exchange"
    SIGNATURE = "sign"
    VERIFICATION = "verify"
    PRODUCT = "kP with both coordinates"
    EITHER = "kP or -kP"


@dataclass(frozen=True, slots=True)
class Operation:
    kind: Kind
    curve: str


Operations = Counter[Operation]
"""How often each is done."""

_KINDS = {kind.value: kind for kind in Kind}
_PRODUCTS = {
    curves._product.__code__: Kind.PRODUCT,
    curves.multiply_either.__code__: Kind.EITHER,
}


def recount(work: Callable[[], object]) -> Operations:
    """Do `work` once and see every call of the library. A product is counted with its parts."""
    counted: Operations = Counter()

    def watch(frame: FrameType, event: str, called: Any) -> None:
        if event == "call" and frame.f_code in _PRODUCTS:
            curve = curve_of(frame.f_locals["private"])
            counted[Operation(_PRODUCTS[frame.f_code], curve.name)] += 1
        elif event == "c_call" and called.__name__ in _KINDS:
            key = getattr(called, "__self__", None)
            if isinstance(key, PrivateKey | PublicKey):
                counted[Operation(_KINDS[called.__name__], curve_of(key).name)] += 1
            elif called.__name__ in _MADE_BY_CURVE:
                curve = _calling_curve(frame)
                counted[Operation(_KINDS[called.__name__], curve.name)] += 1

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


_MADE_BY_CURVE = (Kind.GENERATION.value, Kind.DERIVATION.value)


def _calling_curve(frame: FrameType | None) -> Curve:
    """Keys are made by methods of `Curve`."""
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, Curve):
            return owner
        frame = frame.f_back
    raise AssertionError("a key was not made by a curve")


def essential(counted: Operations) -> Operations:
    """What a library that multiplies points would need for the same result.

    Rule    A product is one multiplication; without such a library it takes two agreements. One
            up to its sign takes one, and in PACE the public key on the standard generator, which
            nobody sees: a generation less. A derivation is a multiplication of the generator,
            as a generation is.
    """
    least: Operations = Counter()
    for operation, times in counted.items():
        kind = Kind.GENERATION if operation.kind is Kind.DERIVATION else operation.kind
        if kind in _SPARED:
            least[Operation(_SPARED[kind], operation.curve)] -= times
        else:
            least[Operation(kind, operation.curve)] += times
    return least


_SPARED = {Kind.PRODUCT: Kind.AGREEMENT, Kind.EITHER: Kind.GENERATION}
"""What a library that multiplies points would not need for it."""
