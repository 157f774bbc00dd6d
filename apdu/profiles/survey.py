"""What a card tells anybody, in clear, before a password is asked for.

Whether long commands get through is found out here too: EF.CardAccess is asked for with the
length the card announces, and where that fails, everything goes in short blocks.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from apdu.errors import (
    ApduError,
    CommandTooLong,
    EncodingError,
    ProtocolError,
    StatusError,
    TransportError,
)
from apdu.exchange import Exchange, Transport, run
from apdu.files import (
    SHORT_BLOCK,
    SHORT_DATA,
    BlockSize,
    capacity,
    read_file,
    read_whole_file,
)
from apdu.iso7816 import CommandAPDU, StatusWord
from apdu.lds import security_infos
from apdu.lds.security_infos import PaceInfo, SecurityInfos
from apdu.protocols.pace import PaceSuite
from apdu.protocols.pin import PinStatus, pin_status
from apdu.secure_messaging import SecureMessagingLost

_ATR_INFO, _CARD_ACCESS = 0x01, 0x1C


class SurveySpent(ApduError):
    """A password was presented on this survey already: the card has to be surveyed again.

    So nobody tries a password twice without having read the counter in between.
    """


@dataclass(slots=True)
class _Once:
    spent: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """EF.CardAccess, and how much goes into one command and one answer.

    Units   `block`, plain octets of an answer; `data`, plain octets of a command.
    Rule    All of it is unsigned until the card's signed copy is compared with it.
    """

    card_access: bytes = field(repr=False)
    infos: SecurityInfos
    block: int
    data: int

    @property
    def pace_info(self) -> PaceInfo:
        return choose_pace(self.infos)


@dataclass(frozen=True, slots=True)
class Survey(Announcement):
    """An announcement with the state of the card's PIN; good for one password presented."""

    pin: PinStatus
    _once: _Once = field(default_factory=_Once, repr=False, compare=False)

    def spend(self) -> None:
        """Errors: `SurveySpent` the second time."""
        if self._once.spent:
            raise SurveySpent("this survey is spent: survey the card again, and look at its tries")
        self._once.spent = True


def survey(
    max_block: int | None = None,
    *,
    max_command: int | None = None,
    max_answer: int | None = None,
) -> Exchange[Survey]:
    """Read EF.ATR/INFO, EF.CardAccess and the PIN's retry counter, all in clear.

    `max_block` caps the plain octets of one answer; `max_command` and `max_answer` are the
    longest APDUs the reader passes on, None if it does not say.
    """
    card = yield from announcement(max_block, max_command=max_command, max_answer=max_answer)
    pin = yield from pin_status(card.pace_info)
    return Survey(card.card_access, card.infos, card.block, card.data, pin)


def announcement(
    max_block: int | None = None,
    *,
    max_command: int | None = None,
    max_answer: int | None = None,
) -> Exchange[Announcement]:
    """As `survey`, of a card that may have no PIN."""
    atr_info = yield from _atr_info()
    most = capacity(atr_info, max_command, max_answer)
    size = BlockSize(min(most.block, max_block or most.block))
    # In clear a short answer carries EF.CardAccess whole, however small the blocks are to be.
    asked = BlockSize(max(size.octets, SHORT_BLOCK))
    card_access = yield from read_file(_CARD_ACCESS, asked)
    data = most.data if asked.extended else SHORT_DATA
    infos = security_infos.decode(card_access)
    return Announcement(card_access, infos, min(size.octets, asked.octets), data)


def survey_over(link: Transport, max_block: int | None = None) -> Survey:
    """Survey a card, a second time in short blocks if the link failed at a long command.

    Rule    The reader's own limits, `max_command` and `max_answer`, count where it knows them.
    """
    limits = {name: getattr(link, name, None) for name in ("max_command", "max_answer")}
    probed = _Probed(link)
    try:
        return run(survey(max_block, **limits), probed)
    except TransportError as error:
        shorter = max_block_after(error)
        if shorter is None or not probed.long:
            raise
        return run(survey(shorter), link)


@dataclass(slots=True)
class _Probed:
    """A link that remembers whether the last command was a long one."""

    link: Transport
    long: bool = False

    def transmit(self, command: bytes) -> bytes:
        self.long = CommandAPDU.decode(command).extended
        return self.link.transmit(command)


def max_block_after(error: ApduError) -> int | None:
    """The `max_block` of the next tap, if `error` may come of a long command; else None.

    Rule    It is for a person to begin the next tap: no password is presented by itself.
    """
    if isinstance(error, SecureMessagingLost):
        return SHORT_BLOCK if error.status == StatusWord.WRONG_LENGTH else None
    # A link that failed without saying why: some readers name a long command no other way.
    unexplained = isinstance(error, CommandTooLong) or type(error) is TransportError
    return SHORT_BLOCK if unexplained else None


def choose_pace(infos: SecurityInfos) -> PaceInfo:
    """The first PACE variant this package can run. Errors: `ProtocolError` if there is none."""
    for info in infos.pace:
        with suppress(ProtocolError, EncodingError):
            PaceSuite.of(info)
            return info
    raise ProtocolError("the card offers no PACE variant that is supported")


def _atr_info() -> Exchange[bytes]:
    """The file if it can be had: some documents have none, some show it to nobody."""
    try:
        return (yield from read_whole_file(_ATR_INFO, SHORT_BLOCK))
    except StatusError:
        return b""
