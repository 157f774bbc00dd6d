"""Real readers through PC/SC. pyscard is imported only when a reader is asked for.

The resource manager converts nothing: fetching announced answers and repeating with another Le
is done above.
"""

from types import TracebackType
from typing import Any, Self

from apdu.errors import CardRemoved, TransportError

_OK = 0
_NO_READERS = 0x8010002E
_TIMEOUT = 0x8010000A
_NOT_TRANSACTED = 0x80100016
_NOTICE_MILLISECONDS = 1000
"""By then the service has noticed that a card is gone: pcscd looks every 400 ms."""
_REASONS = {
    0x8010000B: "another program is using the card",
    0x8010000F: "the card speaks neither T=0 nor T=1",
    0x80100009: "the reader is not known",
    _NOT_TRANSACTED: "the reader cannot carry this command, perhaps it takes short ones only",
    0x80100017: "the reader was unplugged",
    0x8010001D: "the smart card service does not run; start pcscd",
    0x8010001E: "the smart card service stopped; start pcscd",
    0x8010002F: "the link between reader and card is disturbed",
    0x80100066: "the card does not answer to a reset; is it the right way up?",
    0x80100067: "the card has no power",
    0x80100068: "another program reset the card",
}
_REMOVED = {
    0x8010000C: "there is no card in the reader",
    0x80100069: "the card was taken out",
}


class ReaderLink:
    """One card in one reader, ours alone, beginning with a reset; `atr` is what it answered."""

    def __init__(self, name: str) -> None:
        self._scard = _pyscard()
        self._context = _establish(self._scard)
        self._name = name
        self._card: Any = None
        try:
            self._connect(name)
        except BaseException:
            self.close()
            raise

    def _connect(self, name: str) -> None:
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        exclusive = scard.SCARD_SHARE_EXCLUSIVE
        code, card, _ = scard.SCardConnect(self._context, name, exclusive, protocols)
        _check(code)
        self._card = card
        # Whoever was here before may have left a session open: never build on it.
        code, active = scard.SCardReconnect(card, exclusive, protocols, scard.SCARD_RESET_CARD)
        _check(code)
        is_t0 = active == scard.SCARD_PROTOCOL_T0
        self._protocol = scard.SCARD_PCI_T0 if is_t0 else scard.SCARD_PCI_T1
        code, _, _, _, atr = scard.SCardStatus(card)
        _check(code)
        self.atr = bytes(atr)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def transmit(self, command: bytes) -> bytes:
        """Send one command, wait for its answer. Errors: `CardRemoved`, `TransportError`."""
        if self._card is None:
            raise TransportError("the reader is no longer connected")
        code, answer = self._scard.SCardTransmit(self._card, self._protocol, list(command))
        if code & 0xFFFFFFFF == _NOT_TRANSACTED and self._card_is_gone():
            raise CardRemoved("the card was taken out")
        _check(code)
        return bytes(answer)

    def _card_is_gone(self) -> bool:
        """Why a command failed: a card pulled in the middle of one is noticed only later."""
        scard, unknown = self._scard, self._scard.SCARD_STATE_UNAWARE
        states = _states(scard, self._context, (self._name, unknown), 0)
        if states & scard.SCARD_STATE_PRESENT:
            seen = (self._name, states & ~scard.SCARD_STATE_CHANGED)
            states = _states(scard, self._context, seen, _NOTICE_MILLISECONDS)
        return not states & scard.SCARD_STATE_PRESENT

    def close(self) -> None:
        """Take the card's power, and with it its session; again is no error."""
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_UNPOWER_CARD)
            self._card = None
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
            self._context = None


def readers() -> tuple[str, ...]:
    """The names of the readers that are plugged in. Errors: `TransportError` without pcscd."""
    scard = _pyscard()
    context = _establish(scard)
    try:
        return _list_readers(scard, context)
    finally:
        scard.SCardReleaseContext(context)


def connect(name: str) -> ReaderLink:
    """Take the card in the reader with this name, or with the only name that contains it.

    Errors  `CardRemoved`: no card. `TransportError`: no such reader, or why it cannot be used.
    """
    return ReaderLink(_one_of(readers(), name))


def wait_for_card(name: str, timeout: float) -> None:
    """Return once a card is in the reader.

    Units   `timeout` in seconds.
    Errors  `CardRemoved`: none came in time. `TransportError`: as `connect`.
    """
    scard = _pyscard()
    context = _establish(scard)
    try:
        reader = _one_of(_list_readers(scard, context), name)
        states = _states(scard, context, (reader, scard.SCARD_STATE_UNAWARE), 0)
        if not states & scard.SCARD_STATE_PRESENT:
            empty = (reader, states & ~scard.SCARD_STATE_CHANGED)
            states = _states(scard, context, empty, round(timeout * 1000))
        if not states & scard.SCARD_STATE_PRESENT:
            raise CardRemoved("no card came in time")
    finally:
        scard.SCardReleaseContext(context)


def _states(scard: Any, context: Any, known: tuple[str, int], milliseconds: int) -> int:
    """What the reader is in now, or as soon as it is no longer `known`."""
    code, states = scard.SCardGetStatusChange(context, milliseconds, [known])
    if code & 0xFFFFFFFF == _TIMEOUT:
        return known[1]
    _check(code)
    state: int = states[0][1]
    return state


def _list_readers(scard: Any, context: Any) -> tuple[str, ...]:
    code, names = scard.SCardListReaders(context, [])
    if code & 0xFFFFFFFF == _NO_READERS:
        return ()
    _check(code)
    return tuple(names)


def _one_of(names: tuple[str, ...], wanted: str) -> str:
    if wanted in names:
        return wanted
    found = [name for name in names if wanted in name]
    if len(found) != 1:
        known = ", ".join(names) or "none"
        raise TransportError(f"no reader, or more than one, is called {wanted}; there is: {known}")
    return found[0]


def _pyscard() -> Any:
    try:
        from smartcard import scard  # noqa: PLC0415 - needs a compiler to install, so optional
    except ImportError as error:
        raise TransportError("PC/SC readers need pyscard: install the extra 'pcsc'") from error
    return scard


def _establish(scard: Any) -> Any:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _check(code)
    return context


def _check(code: int) -> None:
    """Raise what a result code means, in one sentence."""
    if code == _OK:
        return
    code &= 0xFFFFFFFF  # Some builds give it signed.
    if code in _REMOVED:
        raise CardRemoved(_REMOVED[code])
    raise TransportError(_REASONS.get(code, f"PC/SC failed with code {code:08X}"))
