"""A pyscard that the child process imports in place of the real one; what it does is fixed here.

The folder in PLAYED_PCSC gets the file `entered` before a call hangs, and `calls` with a line for
each call that matters.
"""

import json
import os
import signal
import sys
from pathlib import Path
from threading import Event
from typing import Any

try:
    import resource
except ImportError:  # pragma: no cover
    resource = None  # type: ignore[assignment]

SCARD_SCOPE_USER = SCARD_PROTOCOL_T0 = SCARD_PCI_T0 = 1
SCARD_SHARE_EXCLUSIVE = SCARD_PROTOCOL_T1 = SCARD_PCI_T1 = 2
SCARD_RESET_CARD = SCARD_UNPOWER_CARD = 3

GOOD, HANGS, DIES = "good", "hangs", "dies"
_FOLDER = Path(os.environ["PLAYED_PCSC"])


def _call(*words: object) -> None:
    with (_FOLDER / "calls").open("a") as calls:
        calls.write(" ".join(map(str, words)) + "\n")


def _hang() -> None:
    (_FOLDER / "entered").touch()
    Event().wait()


def _facts() -> list[int]:
    """What this process has and knows."""
    descriptors = [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)]
    others = [
        target
        for number in os.listdir("/proc/self/fd")
        if int(number) > 2 and os.path.exists(f"/proc/self/fd/{number}")
        for target in [os.readlink(f"/proc/self/fd/{number}")]
    ]
    facts = {
        "pid": os.getpid(),
        "descriptors": [each.partition(":")[0] for each in descriptors],
        "others": [each.partition(":")[0] for each in others],
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "ours": sorted(name for name in sys.modules if name.partition(".")[0] == "apdu"),
        "path": sys.path,
    }
    return list(json.dumps(facts).encode())


def SCardEstablishContext(scope: int) -> tuple[int, int]:  # noqa: N802
    if os.environ.get("PLAYED_HANG"):
        _hang()
    return 0, 1


def SCardReleaseContext(context: int) -> int:  # noqa: N802
    _call("release")
    return 0


def SCardListReaders(context: int, groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
    return 0, [GOOD, HANGS, DIES]


def SCardConnect(context: int, name: str, mode: int, protocols: int) -> tuple[int, int, int]:  # noqa: N802
    if name == HANGS:
        _hang()
    if name == DIES:
        os._exit(9)
    return 0, 1, SCARD_PROTOCOL_T1


def SCardReconnect(card: int, mode: int, protocols: int, initialization: int) -> tuple[int, int]:  # noqa: N802
    return 0, SCARD_PROTOCOL_T1


def SCardStatus(card: int) -> tuple[int, str, int, int, list[int]]:  # noqa: N802
    return 0, GOOD, 0, SCARD_PROTOCOL_T1, [0x3B, 0x00]


def SCARD_CTL_CODE(number: int) -> int:  # noqa: N802
    return number


def SCardControl(card: int, control_code: int, octets: list[int]) -> tuple[int, list[int]]:  # noqa: N802
    return 0x8010001F, []


def SCardTransmit(card: int, protocol: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802
    match command[1]:
        case 0xEE:
            _hang()
        case 0xDD:
            os._exit(9)
        case 0xCC:
            os.write(1, b"a driver that talks")
        case 0xFA:
            return 0, _facts()
    return 0, [*command, 0x90, 0x00]


def SCardDisconnect(card: int, disposition: int) -> int:  # noqa: N802
    _call("disconnect", disposition)
    match os.environ.get("PLAYED_END"):
        case "hangs":
            _hang()
        case "stops":
            (_FOLDER / "entered").touch()
            os.kill(os.getpid(), signal.SIGSTOP)
    return 0


def SCardGetStatusChange(  # noqa: N802
    context: int, milliseconds: int, known: list[tuple[str, int]]
) -> tuple[int, list[Any]]:
    _hang()
    raise AssertionError
