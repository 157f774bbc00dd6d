"""Contacts with the block protocol T=1.

Rule    A character takes 12 etu, guard time included; a change of direction keeps 22 etu
        between the first edges of two characters, ten more than a character. A block is node
        address, control, length, at most 254 octets and a checksum, and every block but the
        last of a chain is acknowledged by one without data.
Source  ISO/IEC 7816-3:2006, 7.1 (etu), 11.2 (characters), 11.3 (blocks), 11.4.3 (waiting time),
        11.6.2 (chaining); 22 etu: 11.4.3.
"""

from dataclasses import dataclass

from card_sim.links.blocks import blocks, extensions

_CHARACTER = 12
_TURN = 22 - _CHARACTER
_FRAME = 4
"""Octets of a block around its data; all of one that only acknowledges."""
_MOST_DATA = 254
_WAITING_TIME_INTEGER = 4  # What a card that says nothing means.
_WAITING_TIME_REQUEST = _FRAME + 1


@dataclass(frozen=True, slots=True)
class ContactLink:
    """A T=1 link whose clock of `frequency` hertz is divided by `f / d` for one bit."""

    name: str
    f: int
    d: int
    frequency: int

    @property
    def bit_rate(self) -> float:
        return self.frequency * self.d / self.f

    @property
    def sentence(self) -> str:
        return (
            f"contact, T=1, {self.bit_rate:.0f} bit/s (F/D {self.f}/{self.d}, "
            f"{self.frequency / 1e6:.4g} MHz)"
        )

    @property
    def waiting_time(self) -> float:
        """Seconds the card may be silent before it has to ask for more."""
        return 11 / self.bit_rate + float(2**_WAITING_TIME_INTEGER) * 960 * 372 / self.frequency

    def seconds(self, command: int, answer: int) -> float:
        """What the blocks of an exchange of so many octets take."""
        count = blocks(command, answer, _MOST_DATA)
        return self._etus(command + answer + _FRAME * count, count)

    def extensions(self, busy: float) -> float:
        """What asking for more time takes while the chip is `busy` for so many seconds."""
        requests = extensions(busy, self.waiting_time)
        return requests * self._etus(2 * _WAITING_TIME_REQUEST, 2)

    def limit(self, octets: int) -> float:
        """The least for `octets` octets of data: their characters alone."""
        return self._etus(octets, 0)

    def _etus(self, characters: int, turns: int) -> float:
        return (_CHARACTER * characters + _TURN * turns) / self.bit_rate
