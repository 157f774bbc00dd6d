"""Real readers through PC/SC, in a child process that can be killed when a driver hangs.

Raw APDUs go to the child and back; it holds no key and no password, and reads nothing of what it
carries. The resource manager converts nothing: fetching announced answers and repeating with
another Le is done above.
"""

from apdu.transports.pcsc.abilities import MAX_SHORT_ANSWER, MAX_SHORT_COMMAND
from apdu.transports.pcsc.child import DEFAULT_TIMEOUT
from apdu.transports.pcsc.events import EventKind, ReaderEvent, Sight, Watch, look
from apdu.transports.pcsc.link import ReaderLink, connect, readers, wait_for_card

__all__ = [
    "DEFAULT_TIMEOUT",
    "MAX_SHORT_ANSWER",
    "MAX_SHORT_COMMAND",
    "EventKind",
    "ReaderEvent",
    "ReaderLink",
    "Sight",
    "Watch",
    "connect",
    "look",
    "readers",
    "wait_for_card",
    "watch",
]


def watch() -> Watch:
    """Tell what happens at the readers; see `Watch`. Errors: `TransportError` without pyscard."""
    return Watch()
