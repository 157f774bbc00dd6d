"""PC/SC played: the functions of `smartcard.scard` in use, and the service without a process."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from apdu.transports.pcsc.service import Service

NO_CARD, NOT_TRANSACTED, NOT_SUPPORTED = 0x8010000C, 0x80100016, 0x8010001F
NO_SERVICE, NO_READERS, TIMEOUT = 0x8010001D, 0x8010002E, 0x8010000A
NAME, OTHER = "Virtual PCD 00 00", "Virtual PCD 00 01"
ATR = [0x3B, 0x80, 0x01]


@dataclass
class Scard:
    """`codes` says which functions fail, and how; `states` what each look at a reader finds.

    `driver` holds its answers by control code, `calls` what was called.
    """

    codes: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=lambda: [NAME, OTHER])
    empty: set[str] = field(default_factory=set)
    protocol: int = 2
    states: list[int] = field(default_factory=lambda: [0x10012])
    answer: list[int] = field(default_factory=lambda: [0x90, 0x00])
    driver: dict[int, list[int]] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)

    SCARD_SCOPE_USER: ClassVar = 0
    SCARD_SHARE_EXCLUSIVE: ClassVar = 1
    SCARD_PROTOCOL_T0: ClassVar = 1
    SCARD_PROTOCOL_T1: ClassVar = 2
    SCARD_PCI_T0: ClassVar = "PCI T0"
    SCARD_PCI_T1: ClassVar = "PCI T1"
    SCARD_RESET_CARD: ClassVar = "reset"
    SCARD_UNPOWER_CARD: ClassVar = "unpower"

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
        code = self._code("Connect", name, mode, protocols)
        return NO_CARD if name in self.empty else code, "card", self.protocol

    def SCardReconnect(  # noqa: N802
        self, card: str, mode: int, protocols: int, initialization: str
    ) -> tuple[int, int]:
        return self._code("Reconnect", mode, initialization), self.protocol

    def SCardStatus(self, card: str) -> tuple[int, str, int, int, list[int]]:  # noqa: N802
        return self._code("Status"), NAME, 0, self.protocol, ATR

    def SCardTransmit(  # noqa: N802
        self, card: str, protocol: str, command: list[int]
    ) -> tuple[int, list[int]]:
        return self._code("Transmit", protocol, command), self.answer

    def SCARD_CTL_CODE(self, number: int) -> int:  # noqa: N802
        return 0x42000000 + number

    def SCardControl(  # noqa: N802
        self, card: str, control_code: int, octets: list[int]
    ) -> tuple[int, list[int]]:
        code = self._code("Control", control_code)
        if control_code not in self.driver:
            return NOT_SUPPORTED, []
        return code, self.driver[control_code]

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


class NoChild(Service):
    """The service itself where a process is expected that runs it."""

    def __enter__(self) -> "NoChild":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def call(self, operation: bytes, argument: bytes = b"") -> tuple[int, bytes]:
        return self.answer(operation + argument)
