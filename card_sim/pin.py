"""How often a password may be tried, and what the chip says about it.

Rule    PIN: three tries, given back by the right PIN; the last one only after the CAN in the
        same session (suspended); then blocked. PUK: ten uses, right or wrong, never given back.
        MRZ and CAN never block.
Source  TR-03110-2, 2.3, 3.3; docs/card-profile 'Passwords'.
"""

from apdu.iso7816 import StatusWord
from card_sim.memory import PIN_TRIES, Memory
from card_sim.refusal import Refusal
from card_sim.session import Password

WARNING = 0x63C0  # plus the tries left
SUSPENDED = 1  # tries left at which the PIN needs the CAN first


class TryCounters:
    """The counters of the PIN and the PUK, kept in the chip's memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def announcement(self, password: Password) -> int:
        """The status word of MSE:Set AT: 9000, or 63Cx for a counter that is not full."""
        state = self._memory.state
        if password is Password.PIN and state.pin_tries < PIN_TRIES:
            return WARNING | state.pin_tries
        if password is Password.PUK and state.puk_uses == 0:
            return WARNING
        return StatusWord.OK

    def permit(self, password: Password, *, resumed: bool) -> None:
        """Whether a try may begin. Errors: `Refusal` 6983 blocked, 6985 suspended."""
        state = self._memory.state
        left = {Password.PIN: state.pin_tries, Password.PUK: state.puk_uses}.get(password)
        if left == 0:
            raise Refusal(StatusWord.AUTHENTICATION_METHOD_BLOCKED)
        if password is Password.PIN and left == SUSPENDED and not resumed:
            raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)

    def spend(self, password: Password) -> None:
        """Take one try away, for good, before the guess is looked at."""
        state = self._memory.state
        if password is Password.PIN:
            self._memory.change(pin_tries=state.pin_tries - 1)
        elif password is Password.PUK:
            self._memory.change(puk_uses=state.puk_uses - 1)

    def restore(self, password: Password) -> None:
        """The guess was right."""
        if password is Password.PIN:
            self._memory.change(pin_tries=PIN_TRIES)

    def failure(self, password: Password) -> Refusal:
        """What a wrong guess is answered: 63Cx for PIN and PUK, 6300 for MRZ and CAN."""
        state = self._memory.state
        if password is Password.PIN:
            return Refusal(WARNING | state.pin_tries)
        if password is Password.PUK:
            return Refusal(WARNING | state.puk_uses)
        return Refusal(StatusWord.AUTHENTICATION_FAILED)
