"""Answers to reset: what a card says of itself before the first command.

Source  ISO/IEC 7816-3:2006, 8.2; PC/SC part 3, 3.1.3.2.3: behind a contactless reader the answer
        is one that the reader makes up from what the card said over the air.
"""

from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from apdu.errors import EncodingError

DIRECT, INVERSE = 0x3B, 0x3F
MAX_LENGTH = 33
GLOBAL = 15
"""T=15 is no protocol: the characters after it speak of the electrical interface."""

_TD_FOLLOWS = 0x80
_DEFAULT_TA1 = 0x11
CLOCK_RATE: dict[int, tuple[int, float]] = {
    0x0: (372, 4.0), 0x1: (372, 5.0), 0x2: (558, 6.0), 0x3: (744, 8.0), 0x4: (1116, 12.0),
    0x5: (1488, 16.0), 0x6: (1860, 20.0), 0x9: (512, 5.0), 0xA: (768, 7.5), 0xB: (1024, 10.0),
    0xC: (1536, 15.0), 0xD: (2048, 20.0),
}  # fmt: skip
"""Fi and the highest clock in MHz, by the upper half of TA1 (ISO/IEC 7816-3:2006, table 7)."""
BAUD_RATE = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20}
"""Di by the lower half of TA1 (table 8)."""


@dataclass(frozen=True, slots=True)
class InterfaceCharacter:
    """TA, TB, TC or TD of one group; `protocol` is what the TD before it named, if there is one."""

    letter: str
    group: int
    value: int
    protocol: int | None = None

    @property
    def name(self) -> str:
        return f"T{self.letter}{self.group}"


@dataclass(frozen=True, slots=True)
class Atr:
    """An answer to reset, read as far as it goes; `problems` says where it breaks the standard."""

    octets: bytes
    interface: tuple[InterfaceCharacter, ...]
    historical: bytes
    check: int | None = None
    rest: bytes = b""
    problems: tuple[str, ...] = field(default=())

    def value(self, name: str) -> int | None:
        """The interface character called `name`, such as TA1."""
        return next((each.value for each in self.interface if each.name == name), None)

    @property
    def protocols(self) -> tuple[int, ...]:
        """The transmission protocols offered, the preferred one first; T=0 if none is named."""
        named = [each.value & 0x0F for each in self.interface if each.letter == "D"]
        return tuple(dict.fromkeys(each for each in named if each != GLOBAL)) or (0,)

    @property
    def speed(self) -> tuple[int, float, int] | None:
        """Fi, the highest clock in MHz, and Di; None where TA1 says what is not defined."""
        ta1 = self.value("TA1")
        coded = _DEFAULT_TA1 if ta1 is None else ta1
        fi, di = CLOCK_RATE.get(coded >> 4), BAUD_RATE.get(coded & 0x0F)
        return None if fi is None or di is None else (*fi, di)

    @property
    def made_by_contactless_reader(self) -> bool:
        """Whether it has the form that readers give contactless cards: 3B 8n 80 01."""
        return self.octets[0] == DIRECT and [(e.name, e.value) for e in self.interface] == [
            ("TD1", 0x80),
            ("TD2", 0x01),
        ]


def decode(octets: bytes) -> Atr:
    """Read an answer to reset.

    Rule    What is missing, too much or wrong is told in `problems`; the rest is still read.
    Errors  `EncodingError`: it does not begin as an answer to reset.
    """
    if len(octets) < 2 or octets[0] not in (DIRECT, INVERSE):
        raise EncodingError("an answer to reset begins with 3B or 3F and one more octet")
    problems = []
    if len(octets) > MAX_LENGTH:
        problems.append(f"{len(octets)} octets, where {MAX_LENGTH} are the most")
    interface, missing = _interface(octets)
    if missing:
        problems.append(f"it ends before {missing}")
    place, count = 2 + len(interface), octets[1] & 0x0F
    historical = octets[place : place + count]
    if len(historical) < count:
        problems.append(f"{len(historical)} historical bytes, where T0 announces {count}")
    rest = octets[place + count :]
    check = None
    if any(each.value & 0x0F for each in interface if each.letter == "D"):
        check, rest = (rest[0] if rest else None), rest[1:]
        problems += _check_problems(octets[1 : place + count], check)
    if rest:
        problems.append(f"octets behind its end: {len(rest)}")
    return Atr(octets, interface, historical, check, rest, tuple(problems))


def expected_check(body: bytes) -> int:
    """TCK: all from T0 to TCK, combined by exclusive or, is zero. Source: 8.2.5."""
    return reduce(xor, body, 0)


def _check_problems(body: bytes, check: int | None) -> list[str]:
    wanted = expected_check(body)
    if check is None:
        return ["TCK is missing"]
    return [] if check == wanted else [f"TCK is {check:02X}, where {wanted:02X} belongs"]


def _interface(octets: bytes) -> tuple[tuple[InterfaceCharacter, ...], str]:
    """The interface characters, and the name of the first that was announced in vain."""
    found: list[InterfaceCharacter] = []
    following, protocol, group = octets[1], None, 1
    rest = iter(octets[2:])
    while True:
        for letter in _letters(following):
            value = next(rest, None)
            if value is None:
                return tuple(found), f"T{letter}{group}"
            found.append(InterfaceCharacter(letter, group, value, protocol))
        if not following & _TD_FOLLOWS:
            return tuple(found), ""
        following = found[-1].value
        protocol, group = following & 0x0F, group + 1


def _letters(following: int) -> list[str]:
    """Which characters the upper half of T0 or TD announces."""
    return [letter for bit, letter in enumerate("ABCD", start=4) if following >> bit & 1]
