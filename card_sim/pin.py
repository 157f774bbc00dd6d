"""How often a password may be tried, and what the chip says about it.

Rule    PIN: three tries, given back by the right PIN; the last one only after the CAN in the
        same session (suspended); then blocked. PUK: ten uses, right or wrong, never given back.
        MRZ and CAN never block, but every wrong CAN makes the next one slower.
Source  TR-03110-2, 2.2, 2.4; TR-03110-3, B.14.1, B.14.2; docs/card-profile 'Passwords'.
"""

from apdu.iso7816 import StatusWord
from card_sim.memory import MAX_CAN_FAILURES, PIN_TRIES, Memory
from card_sim.refusal import Refusal
from card_sim.session import Password

WARNING = 0x63C0  # plus the tries left
SUSPENDED = 1  # tries left at which the PIN needs the CAN first
FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0  # seconds; each is twice the one before


class TryCounters:
    """The counters of PIN, PUK and CAN, kept in the chip's memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def announcement(self, password: Password) -> int:
        """The status word of MSE:Set AT: 9000, 63Cx for a counter that is not full, 6283."""
        state = self._memory.state
        if password is Password.PIN and not state.pin_active:
            return StatusWord.DEACTIVATED_WARNING
        if password is Password.PIN and state.pin_tries < PIN_TRIES:
            return WARNING | state.pin_tries
        if password is Password.PUK and state.puk_uses == 0:
            return WARNING
        return StatusWord.OK

    def permit(self, password: Password, *, resumed: bool) -> None:
        """Whether a try may begin. Errors: `Refusal` 6984 deactivated, 6983 blocked, 6985."""
        state = self._memory.state
        if password is Password.PIN and not state.pin_active:
            raise Refusal(StatusWord.REFERENCE_DATA_NOT_USABLE)
        left = {Password.PIN: state.pin_tries, Password.PUK: state.puk_uses}.get(password)
        if left == 0:
            raise Refusal(StatusWord.AUTHENTICATION_METHOD_BLOCKED)
        if password is Password.PIN and left == SUSPENDED and not resumed:
            raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)

    def delay(self, password: Password) -> float:
        """Seconds the next guess has to wait: for the CAN more after every failure, up to a bound.

        Rule    The failures are remembered without power, so that pulling the plug saves no time.
        """
        failures = self._memory.state.can_failures
        if password is not Password.CAN or failures == 0:
            return 0.0
        return min(FIRST_DELAY * 2.0 ** (failures - 1), LONGEST_DELAY)

    def spend(self, password: Password) -> None:
        """Take one try away, for good, before the guess is looked at."""
        state = self._memory.state
        if password is Password.PIN:
            self._memory.change(pin_tries=state.pin_tries - 1)
        elif password is Password.PUK:
            self._memory.change(puk_uses=state.puk_uses - 1)
        elif password is Password.CAN:
            self._memory.change(can_failures=min(state.can_failures + 1, MAX_CAN_FAILURES))

    def restore(self, password: Password) -> None:
        """The guess was right."""
        if password is Password.PIN:
            self._memory.change(pin_tries=PIN_TRIES)
        elif password is Password.CAN:
            self._memory.change(can_failures=0)

    def failure(self, password: Password) -> Refusal:
        """What a wrong guess is answered: 63Cx for PIN and PUK, 6300 for MRZ and CAN."""
        state = self._memory.state
        if password is Password.PIN:
            return Refusal(WARNING | state.pin_tries)
        if password is Password.PUK:
            return Refusal(WARNING | state.puk_uses)
        return Refusal(StatusWord.AUTHENTICATION_FAILED)
