"""Contactless, type A, with the block protocol of ISO/IEC 14443-4 (T=CL).

Rule    An octet takes nine bits with its parity, a frame three more for its start and end. A
        block is its control octet, at most 253 octets and two of CRC, and every block but the
        last of a chain is acknowledged. Before every frame passes the least frame delay.
Source  ISO/IEC 14443-2:2020, 8 (bit rates); 14443-3:2018, 6.2.1.1 (frame delay), 6.2.3.2
        (frames); 14443-4:2018, 5.2.3 (frame size), 7.1 (blocks), 7.2 (waiting time), 7.3.
        Assumptions: frames of 256 octets both ways, no CID; start and end marks counted as
        three bits at every rate; a frame waiting time integer of 8.
"""

from dataclasses import dataclass

from card_sim.links.blocks import blocks, extensions

CARRIER = 13_560_000
"""Hertz."""
_OCTET = 9
_MARKS = 3
_FRAME = 3
"""Octets of a block around its data; all of one that only acknowledges."""
_MOST_DATA = 256 - _FRAME
_FRAME_DELAY = 1172 / CARRIER
_WAITING_TIME_INTEGER = 8
_WAITING_TIME_REQUEST = _FRAME + 1


@dataclass(frozen=True, slots=True)
class ContactlessLink:
    """A T=CL link on which one bit lasts `divisor` periods of the carrier."""

    name: str
    divisor: int

    @property
    def bit_rate(self) -> float:
        return CARRIER / self.divisor

    @property
    def sentence(self) -> str:
        return f"contactless, ISO 14443-4 type A, {self.bit_rate / 1000:.0f} kbit/s"

    @property
    def waiting_time(self) -> float:
        """Seconds the card may be silent before it has to ask for more."""
        return 256 * 16 / CARRIER * float(2**_WAITING_TIME_INTEGER)

    def seconds(self, command: int, answer: int) -> float:
        """What the frames of an exchange of so many octets take."""
        count = blocks(command, answer, _MOST_DATA)
        return self._frames(command + answer + _FRAME * count, count)

    def extensions(self, busy: float) -> float:
        """What asking for more time takes while the chip is `busy` for so many seconds."""
        requests = extensions(busy, self.waiting_time)
        return requests * self._frames(2 * _WAITING_TIME_REQUEST, 2)

    def limit(self, octets: int) -> float:
        """The least for `octets` octets of data: their bits alone."""
        return _OCTET * octets / self.bit_rate

    def _frames(self, octets: int, frames: int) -> float:
        return (_OCTET * octets + _MARKS * frames) / self.bit_rate + _FRAME_DELAY * frames
