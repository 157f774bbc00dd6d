"""Waiting until pcscd has noticed that a card came or went: it looks every 400 ms."""

from typing import Any

from card_sim.demo.scene import CommandFailed

SEEN_WITHIN_MS = 10_000
_TIMEOUT = 0x8010000A


def wait_for_presence(name: str, *, present: bool) -> None:
    """Return once the reader `name` has, or no longer has, a card. Errors: `CommandFailed`."""
    from smartcard import scard  # noqa: PLC0415 - needs a compiler to install, so optional

    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    try:
        state = scard.SCARD_STATE_UNAWARE
        while True:
            state = _next_state(scard, context, name, state)
            if bool(state & scard.SCARD_STATE_PRESENT) is present:
                return
    finally:
        scard.SCardReleaseContext(context)


def _next_state(scard: Any, context: Any, name: str, known: int) -> int:
    code, states = scard.SCardGetStatusChange(context, SEEN_WITHIN_MS, [(name, known)])
    if code & 0xFFFFFFFF == _TIMEOUT:
        raise CommandFailed(f"pcscd did not notice the card in {name}")
    if code != scard.SCARD_S_SUCCESS:
        raise CommandFailed(f"pcscd: {scard.SCardGetErrorMessage(code)}")
    return int(states[0][1]) & ~int(scard.SCARD_STATE_CHANGED)
