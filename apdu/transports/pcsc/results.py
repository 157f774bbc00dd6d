"""What the result codes of PC/SC mean, in one sentence each."""

from apdu.errors import CardRemoved, ReaderGone, TransportError

OK = 0
TIMEOUT = 0x8010000A
UNKNOWN_READER = 0x80100009
NOT_TRANSACTED = 0x80100016
NO_READERS = 0x8010002E

_NOT_RUNNING = "the smart card service does not run; start pcscd"
_STOPPED = "the smart card service stopped; start pcscd, then read again"
_UNPLUGGED = "the reader was unplugged; plug it in, then read again"
_MEANINGS: dict[int, tuple[type[TransportError], str]] = {
    0x8010000C: (CardRemoved, "there is no card in the reader"),
    0x80100069: (CardRemoved, "the card was taken out"),
    UNKNOWN_READER: (ReaderGone, _UNPLUGGED),
    0x80100017: (ReaderGone, _UNPLUGGED),
    NO_READERS: (ReaderGone, _UNPLUGGED),
    0x8010001D: (ReaderGone, _NOT_RUNNING),
    0x8010001E: (ReaderGone, _STOPPED),
    0x8010000B: (
        TransportError,
        "another program is using the card; end it, or take the card out and put it on again",
    ),
    0x8010000F: (TransportError, "the card speaks neither T=0 nor T=1"),
    NOT_TRANSACTED: (
        TransportError,
        "reader and card do not understand each other; put it on again",
    ),
    0x8010002F: (TransportError, "the link between reader and card is disturbed"),
    0x80100066: (
        TransportError,
        "the card does not answer to a reset; is it the right way up?",
    ),
    0x80100067: (TransportError, "the card has no power"),
    0x80100068: (TransportError, "another program reset the card"),
}


def check(code: int) -> None:
    """Raise what a result code means. Errors: `TransportError` or one of its kinds."""
    if code != OK:
        raise meaning(code)


def meaning(code: int) -> TransportError:
    """The error for a result code other than 0."""
    kind, sentence = _MEANINGS.get(code, (TransportError, f"PC/SC failed with code {code:08X}"))
    return kind(sentence)


def says_why(code: int) -> bool:
    """Whether a code means one thing, whatever was being done."""
    return code in _MEANINGS and code != NOT_TRANSACTED
