"""The links a card can be read over, by name, and the USB cable behind all of them."""

from typing import Protocol

from card_sim.links.contact import ContactLink
from card_sim.links.contactless import ContactlessLink


class Link(Protocol):
    """What lies between reader and chip."""

    @property
    def name(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    def seconds(self, command: int, answer: int) -> float: ...
    def extensions(self, busy: float) -> float: ...
    def limit(self, octets: int) -> float: ...


_SLOW_CLOCK = 3_571_200  # the clock at which 372 periods make 9600 bit/s
_ALL: tuple[Link, ...] = (
    ContactLink("t1-9600", 372, 1, _SLOW_CLOCK),
    ContactLink("t1-38400", 372, 4, _SLOW_CLOCK),
    ContactLink("t1-115200", 372, 12, _SLOW_CLOCK),
    ContactLink("t1-223200", 512, 32, _SLOW_CLOCK),
    ContactLink("t1-372000", 372, 32, 4_324_500),  # USB readers have 3.7, 4.0 or 4.8 MHz
    ContactlessLink("tcl-106", 128),
    ContactlessLink("tcl-212", 64),
    ContactlessLink("tcl-424", 32),
    ContactlessLink("tcl-848", 16),
)

LINKS = {link.name: link for link in _ALL}

_USB_FRAME = 0.001
_USB_OCTETS = 19 * 64
"""The most bulk data of one frame at full speed."""
_CCID_HEADER = 10


def usb_seconds(command: int, answer: int) -> float:
    """What the reader's USB cable adds to an exchange of so many octets, at full speed.

    Rule    Reader and host each begin in the frame after the one they were spoken to in; the
            reader passes an answer on once it has all of it. The programs on the host are not
            counted: they are run, not modelled.
    Source  USB 2.0, 5.8.4 and table 5-9; CCID 1.1, 6 (headers). One frame each way is an
            assumption; no figure of a reader's own delay is public.
    """
    octets = command + answer + 2 * _CCID_HEADER
    return 2 * _USB_FRAME + octets / _USB_OCTETS * _USB_FRAME
