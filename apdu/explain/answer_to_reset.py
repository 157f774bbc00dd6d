"""An answer to reset in words, a line for each of its octets.

Source  ISO/IEC 7816-3:2006, 8.2 and 11.4; ISO/IEC 7816-4:2020, 12.1.1; PC/SC part 3, 3.1.3.2.3.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from apdu.atr import DIRECT, GLOBAL, Atr, InterfaceCharacter, expected_check
from apdu.explain import historical_bytes

_MEGAHERTZ = 4.0
_CLASSES = {1: "A (5 V)", 2: "B (3 V)", 4: "C (1.8 V)"}
_CLOCK_STOP = ("not supported", "state L", "state H", "no preference")


@dataclass(frozen=True, slots=True)
class Line:
    """Some octets, what they are called, and what they say; joined they are the whole answer."""

    octets: bytes
    name: str
    meaning: str


def explain(atr: Atr) -> tuple[Line, ...]:
    """Every octet of the answer once, in order."""
    return tuple(_lines(atr))


def speed(atr: Atr) -> str:
    """How fast contacts would be, from Fi and Di."""
    coded = atr.speed
    if coded is None:
        return "TA1 says a speed that is not defined"
    fi, clock, di = coded
    rates = [f"{each * 1_000_000 * di / fi:.0f} bit/s at {each:g} MHz" for each in (4.0, clock)]
    if clock == _MEGAHERTZ:
        rates.pop()
    return f"Fi={fi}, Di={di}: {fi / di:g} clock cycles per bit, {', '.join(rates)}"


def _lines(atr: Atr) -> Iterator[Line]:
    convention = "direct" if atr.octets[0] == DIRECT else "inverse"
    yield Line(atr.octets[:1], "TS", f"{convention} convention")
    t0 = atr.octets[1]
    yield Line(bytes((t0,)), "T0", f"{_following(t0, 1)}; {t0 & 0x0F} historical bytes")
    for each in atr.interface:
        yield Line(bytes((each.value,)), each.name, _interface(each, atr))
    for octets, meaning in historical_bytes.explain(
        atr.historical, contactless=atr.made_by_contactless_reader
    ):
        yield Line(octets, "historical", meaning)
    if atr.check is not None:
        yield Line(bytes((atr.check,)), "TCK", _check(atr))
    if atr.rest:
        yield Line(atr.rest, "?", "behind the end")


def _check(atr: Atr) -> str:
    wanted = expected_check(atr.octets[1 : 2 + len(atr.interface) + len(atr.historical)])
    return "right" if atr.check == wanted else f"wrong, {wanted:02X} belongs here"


def _following(octet: int, group: int) -> str:
    letters = [letter for bit, letter in enumerate("ABCD", start=4) if octet >> bit & 1]
    names = ", ".join(f"T{each}{group}" for each in letters)
    return f"{names} follow" if len(letters) > 1 else f"{names or 'nothing'} follows"


def _interface(each: InterfaceCharacter, atr: Atr) -> str:
    if each.letter == "D":
        protocol = each.value & 0x0F
        named = "global interface characters" if protocol == GLOBAL else f"protocol T={protocol}"
        return f"{named}; {_following(each.value, each.group + 1)}"
    if each.name == "TA1":
        return speed(atr)
    first = not any(
        e.letter == each.letter and e.protocol == each.protocol and 2 < e.group < each.group
        for e in atr.interface
    )
    meaning = _GLOBAL.get(each.name) or (
        _SPECIFIC.get((each.letter, each.protocol or 0)) if each.group > 2 and first else None
    )
    return meaning(each.value) if meaning else f"of T={each.protocol}, not defined"


def _voltage(_value: int) -> str:
    return "programming voltage, no longer used"


def _guard_time(value: int) -> str:
    return "guard time N=255: the shortest" if value == 0xFF else f"extra guard time N={value}"


def _specific_mode(value: int) -> str:
    change = "cannot change" if value & 0x80 else "can change"
    rate = "the default speed" if value & 0x10 else "the speed of TA1"
    return f"specific mode: T={value & 0x0F} at {rate}; the card {change} to negotiable mode"


def _waiting_integer(value: int) -> str:
    return f"waiting time integer WI={value} of T=0"


def _information_field(value: int) -> str:
    return f"IFSC={value}: the most octets in a block to the card"


def _waiting_times(value: int) -> str:
    return f"BWI={value >> 4}, CWI={value & 0x0F}: waiting times of blocks and characters"


def _redundancy(value: int) -> str:
    return f"blocks end with {'a CRC' if value & 1 else 'an LRC'}"


def _clock_and_classes(value: int) -> str:
    classes = ", ".join(name for bit, name in _CLASSES.items() if value & bit) or "none"
    return f"clock stop {_CLOCK_STOP[value >> 6]}; classes of supply {classes}"


def _contact_c6(value: int) -> str:
    if not value:
        return "contact C6 is not used"
    return f"contact C6 in {'proprietary' if value & 0x80 else 'standard'} use {value & 0x7F:02X}"


_GLOBAL: dict[str, Callable[[int], str]] = {
    "TB1": _voltage,
    "TC1": _guard_time,
    "TA2": _specific_mode,
    "TB2": _voltage,
    "TC2": _waiting_integer,
}
_SPECIFIC: dict[tuple[str, int], Callable[[int], str]] = {
    ("A", 1): _information_field,
    ("B", 1): _waiting_times,
    ("C", 1): _redundancy,
    ("A", GLOBAL): _clock_and_classes,
    ("B", GLOBAL): _contact_c6,
}
