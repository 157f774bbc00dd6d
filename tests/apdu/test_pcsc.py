"""Readers through PC/SC: order of calls and what failures are called, with pyscard played.

The real daemon has tests of its own; what it cannot be made to answer is answered here.
"""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from apdu.errors import CardRemoved, TransportError
from apdu.transports import pcsc

NO_SERVICE, NO_READERS, TIMEOUT = 0x8010001D, 0x8010002E, 0x8010000A
NAME = "Virtual PCD 00 00"
ATR = [0x3B, 0x80, 0x01]


class Scard(SimpleNamespace):
    """The functions of `smartcard.scard` in use; `codes` says which of them fail, and how."""

    SCARD_SCOPE_USER = 0
    SCARD_SHARE_EXCLUSIVE = 1
    SCARD_PROTOCOL_T0 = 1
    SCARD_PROTOCOL_T1 = 2
    SCARD_PCI_T0 = "PCI T0"
    SCARD_PCI_T1 = "PCI T1"
    SCARD_RESET_CARD = "reset"
    SCARD_UNPOWER_CARD = "unpower"
    SCARD_STATE_UNAWARE = 0
    SCARD_STATE_CHANGED = 0x2
    SCARD_STATE_PRESENT = 0x20

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, int] = {}
        self.names = [NAME, "Virtual PCD 00 01"]
        self.protocol = self.SCARD_PROTOCOL_T1
        self.states = [0x10012]
        self.calls: list[tuple[object, ...]] = []

    def _code(self, name: str, *arguments: object) -> int:
        self.calls.append((name, *arguments))
        return self.codes.get(name, 0)

    @property
    def called(self) -> list[object]:
        return [call[0] for call in self.calls]

    def SCardEstablishContext(self, scope: int) -> tuple[int, str]:  # noqa: N802
        return self._code("EstablishContext"), "context"

    def SCardReleaseContext(self, context: str) -> int:  # noqa: N802
        return self._code("ReleaseContext")

    def SCardListReaders(self, context: str, groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
        return self._code("ListReaders"), self.names

    def SCardConnect(  # noqa: N802
        self, context: str, name: str, mode: int, protocols: int
    ) -> tuple[int, str, int]:
        return self._code("Connect", name, mode, protocols), "card", self.protocol

    def SCardReconnect(  # noqa: N802
        self, card: str, mode: int, protocols: int, initialization: str
    ) -> tuple[int, int]:
        return self._code("Reconnect", mode, initialization), self.protocol

    def SCardStatus(self, card: str) -> tuple[int, str, int, int, list[int]]:  # noqa: N802
        return self._code("Status"), NAME, 0, self.protocol, ATR

    def SCardTransmit(  # noqa: N802
        self, card: str, protocol: str, command: list[int]
    ) -> tuple[int, list[int]]:
        return self._code("Transmit", protocol, command), [0x90, 0x00]

    def SCardDisconnect(self, card: str, disposition: str) -> int:  # noqa: N802
        return self._code("Disconnect", disposition)

    def SCardGetStatusChange(  # noqa: N802
        self, context: str, timeout: int, known: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        code = self._code("GetStatusChange", timeout, known)
        state = self.states.pop(0) if self.states else 0
        if state == TIMEOUT:
            return TIMEOUT, []
        return code, [(known[0][0], state, [])]


@pytest.fixture
def scard(monkeypatch: pytest.MonkeyPatch) -> Scard:
    played, package = Scard(), ModuleType("smartcard")
    package.scard = played  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "smartcard", package)
    return played


def test_the_card_is_taken_alone_reset_and_left_without_power(scard: Scard) -> None:
    with pcsc.connect(NAME) as link:
        assert link.atr == bytes(ATR)
        assert link.transmit(b"\x00\x84\x00\x00\x08") == b"\x90\x00"
    assert scard.calls[-6:] == [
        ("Connect", NAME, 1, 3),
        ("Reconnect", 1, "reset"),
        ("Status",),
        ("Transmit", "PCI T1", [0x00, 0x84, 0x00, 0x00, 0x08]),
        ("Disconnect", "unpower"),
        ("ReleaseContext",),
    ]


def test_the_protocol_of_the_card_is_used(scard: Scard) -> None:
    scard.protocol = scard.SCARD_PROTOCOL_T0
    with pcsc.connect(NAME) as link:
        link.transmit(bytes(5))
    assert ("Transmit", "PCI T0", [0] * 5) in scard.calls


def test_readers_are_listed_by_name(scard: Scard) -> None:
    assert pcsc.readers() == (NAME, "Virtual PCD 00 01")
    scard.codes["ListReaders"] = NO_READERS
    assert pcsc.readers() == ()
    assert scard.called.count("EstablishContext") == scard.called.count("ReleaseContext") == 2


def test_a_reader_is_found_by_a_part_that_only_it_has(scard: Scard) -> None:
    with pcsc.connect("00 00"):
        assert ("Connect", NAME, 1, 3) in scard.calls


@pytest.mark.parametrize("name", ["Virtual", "Gemalto", ""])
def test_a_name_of_no_reader_or_of_two_is_refused_with_those_there_are(
    scard: Scard, name: str
) -> None:
    with pytest.raises(TransportError, match="there is: Virtual PCD 00 00, Virtual PCD 00 01"):
        pcsc.connect(name)
    scard.names = []
    with pytest.raises(TransportError, match="there is: none"):
        pcsc.connect(name)


@pytest.mark.parametrize(
    ("function", "code", "error", "sentence"),
    [
        ("EstablishContext", NO_SERVICE, TransportError, "start pcscd"),
        ("EstablishContext", NO_SERVICE - (1 << 32), TransportError, "start pcscd"),
        ("ListReaders", NO_SERVICE, TransportError, "start pcscd"),
        ("Connect", 0x8010000C, CardRemoved, "there is no card in the reader"),
        ("Connect", 0x8010000B, TransportError, "another program is using the card"),
        ("Connect", 0x80100066, TransportError, "does not answer to a reset"),
        ("Connect", 0x80100017, TransportError, "unplugged"),
        ("Reconnect", 0x80100069, CardRemoved, "the card was taken out"),
        ("Status", 0x80100069, CardRemoved, "the card was taken out"),
        ("Connect", 0x80100001, TransportError, "PC/SC failed with code 80100001"),
    ],
)
def test_a_failure_to_connect_is_one_sentence_and_leaves_nothing_open(
    scard: Scard, function: str, code: int, error: type[TransportError], sentence: str
) -> None:
    scard.codes[function] = code
    with pytest.raises(error, match=sentence) as failed:
        pcsc.connect(NAME)
    assert type(failed.value) is error
    connected = function in ("Reconnect", "Status")
    assert scard.called.count("Disconnect") == connected
    opened = scard.called.count("EstablishContext") - (function == "EstablishContext")
    assert scard.called.count("ReleaseContext") == opened


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        (0x80100069, CardRemoved, "the card was taken out"),
        (0x80100068, TransportError, "another program reset the card"),
        (0x80100016, TransportError, "the reader cannot carry this command"),
    ],
)
def test_a_failure_on_the_way_is_one_sentence(
    scard: Scard, code: int, error: type[TransportError], sentence: str
) -> None:
    with pcsc.connect(NAME) as link:
        scard.codes["Transmit"] = code
        scard.states = [0x10022, TIMEOUT]  # The card is there, and stays.
        with pytest.raises(error, match=sentence):
            link.transmit(bytes(4))
    assert scard.called[-2:] == ["Disconnect", "ReleaseContext"]


@pytest.mark.parametrize("states", [[0x20012], [0x10022, 0x20012]], ids=["at once", "later"])
def test_a_command_that_failed_because_the_card_left_says_so(
    scard: Scard, states: list[int]
) -> None:
    with pcsc.connect(NAME) as link:
        scard.codes["Transmit"] = 0x80100016
        scard.states = states
        with pytest.raises(CardRemoved, match="taken out"):
            link.transmit(bytes(4))
    assert scard.called[-2:] == ["Disconnect", "ReleaseContext"]


def test_a_closed_link_carries_nothing_and_closes_again_without_error(scard: Scard) -> None:
    link = pcsc.connect(NAME)
    link.close()
    link.close()
    with pytest.raises(TransportError, match="no longer connected"):
        link.transmit(bytes(4))
    assert scard.called.count("Disconnect") == 1


def test_a_card_that_lies_there_is_not_waited_for(scard: Scard) -> None:
    scard.states = [0x10022]
    pcsc.wait_for_card(NAME, 5)
    assert scard.called.count("GetStatusChange") == 1


def test_a_card_is_waited_for(scard: Scard) -> None:
    scard.states = [0x10012, 0x20022]
    pcsc.wait_for_card(NAME, 5)
    assert ("GetStatusChange", 5000, [(NAME, 0x10010)]) in scard.calls
    assert scard.called[-1] == "ReleaseContext"


@pytest.mark.parametrize("then", [TIMEOUT, 0x10012])
def test_no_card_in_time_is_said(scard: Scard, then: int) -> None:
    scard.states = [0x10012, then]
    with pytest.raises(CardRemoved, match="no card came in time"):
        pcsc.wait_for_card(NAME, 5)
    assert scard.called[-1] == "ReleaseContext"


def test_without_pyscard_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(TransportError, match="pyscard: install"):
        pcsc.readers()
