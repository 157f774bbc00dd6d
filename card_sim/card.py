"""The virtual card: octets in, octets out, whatever the octets are.

Every command ends in a status word. A refusal leaves the session as it is, under its secure
messaging, also of a class this chip does not know, if it came well protected; a plain command in
a session, one whose protection is wrong, or one whose protection cannot be read (its lengths do
not agree, or are extended where the chip knows only short ones) ends the session with its keys
and rights (ICAO Doc 9303-11, 9.8.3; TR-03110-3, B.12.3, B.14.10, F.6).
"""

import logging
import os
from collections.abc import Callable

from apdu.crypto.curves import KeyGenerator, Product, fresh_key, multiply_either
from apdu.errors import EncodingError
from apdu.iso7816 import CHAINING, MAX_NC, SECURE_MESSAGING, CommandAPDU, ResponseAPDU, StatusWord
from apdu.iso7816 import Instruction as Ins
from card_sim.chip import CardData, Chip, RandomBytes, Wait, no_wait
from card_sim.dialogue import Dialogue
from card_sim.memory import Memory
from card_sim.refusal import Refusal
from card_sim.secure_messaging import EXTENDED_ANSWER, SHORT_ANSWER, ChipChannel

_log = logging.getLogger(__name__)

# Classes whose bits 4 and 3 say nothing of secure messaging (further interindustry, RFU, invalid).
_FOREIGN = 0x60
_PLAIN_SHORT_ANSWER = 256
Handler = Callable[[CommandAPDU, int], ResponseAPDU]
"""Carries out a command whose answer may have so many octets of data."""

Passed = tuple[CommandAPDU, ResponseAPDU]
"""A command and its answer as they were inside secure messaging."""

_GENERAL_AUTHENTICATE = int(Ins.GENERAL_AUTHENTICATE)
_PSO_FRAGMENTS = Ins.PERFORM_SECURITY_OPERATION  # the one instruction whose data may be chained


class VirtualCard:
    """A personalized card in the reader's field; powered from the start.

    `random_bytes` and `generate` are where nonces and ephemeral keys come from, `product` how
    public keys are made of these: given known ones, a dialogue can be repeated octet for octet.
    `wait` makes the delays before a CAN is looked at. `passed` is the last exchange, for
    instruments.
    """

    def __init__(
        self,
        card: CardData,
        memory: Memory,
        *,
        random_bytes: RandomBytes = os.urandom,
        generate: KeyGenerator = fresh_key,
        wait: Wait = no_wait,
        product: Product = multiply_either,
    ) -> None:
        self._chip = Chip(card, memory, random_bytes, generate, wait, product)
        self._refusal: int | None = None
        self.passed: Passed | None = None
        self.reset()

    @property
    def atr(self) -> bytes:
        return self._chip.card.atr

    @property
    def memory(self) -> Memory:
        return self._chip.memory

    def slip(self) -> None:
        """Fault: count a message of secure messaging that the terminal knows nothing of."""
        if self._channel is not None:
            self._channel.slip()

    def refuse(self, status: int) -> None:
        """Fault: answer the next command with `status`, protected where a channel is open."""
        self._refusal = status

    def power_on(self) -> None:
        """Wake up with nothing but the non-volatile memory."""
        self._chip.memory.reload()
        self.reset()

    def power_off(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget keys, rights, selection and every unfinished step."""
        self._channel: ChipChannel | None = None
        self._fragments: list[CommandAPDU] = []
        self._dialogue = Dialogue(self._chip)
        self._handlers = _handlers(self._dialogue)

    def transmit(self, octets: bytes) -> bytes:
        """Answer one command APDU."""
        self.passed = None
        try:
            return self._answer(octets)
        except OSError:
            self.reset()  # What could not be written down must not count.
            return StatusWord.MEMORY_FAILURE.to_bytes(2)
        except Exception as error:
            self.reset()
            _log.error("card.fault %s", type(error).__name__)
            return StatusWord.UNKNOWN_ERROR.to_bytes(2)
        finally:
            self._refusal = None

    def _answer(self, octets: bytes) -> bytes:
        try:
            command = CommandAPDU.decode(octets)
        except EncodingError:
            return self._unprotected(StatusWord.WRONG_LENGTH)
        if command.extended and not self._chip.card.extended:
            return self._unprotected(StatusWord.WRONG_LENGTH)
        if command.cla & (_FOREIGN | SECURE_MESSAGING) == SECURE_MESSAGING:
            return self._protected(command)
        if self._channel is not None:
            self.reset()
        capacity = EXTENDED_ANSWER if command.extended else _PLAIN_SHORT_ANSWER
        return bytes(self._respond(command, capacity))

    def _protected(self, command: CommandAPDU) -> bytes:
        channel = self._channel
        if channel is None:
            return StatusWord.SM_OBJECT_INCORRECT.to_bytes(2)
        try:
            opened = channel.open(command)
        except Refusal as refusal:
            return self._unprotected(refusal.status)
        capacity = EXTENDED_ANSWER if command.extended else SHORT_ANSWER
        # The answer goes out under the keys the command came in with, also when it changes them.
        return channel.seal(self._respond(opened, capacity), command.ins)

    def _unprotected(self, status: int) -> bytes:
        if self._channel is not None:
            self.reset()
        return status.to_bytes(2)

    def _respond(self, command: CommandAPDU, capacity: int) -> ResponseAPDU:
        response = self._response(command, capacity)
        self.passed = command, response
        return response

    def _response(self, command: CommandAPDU, capacity: int) -> ResponseAPDU:
        if self._refusal is not None:
            return ResponseAPDU(self._refusal)
        try:
            if command.cla or self._fragments:
                whole = self._collect(command)
                if whole is None:
                    return ResponseAPDU(StatusWord.OK)
                command = whole
            response = self._carry_out(command, capacity)
        except Refusal as refusal:
            return ResponseAPDU(refusal.status)
        if command.ins == _GENERAL_AUTHENTICATE:
            keys = self._dialogue.take_new_keys()
            if keys is not None:
                self._channel = ChipChannel(keys)
        return response

    def _collect(self, command: CommandAPDU) -> CommandAPDU | None:
        """Join a chain of fragments; None while more are to come.

        Errors  `Refusal` 6E00, 6884, 6700.
        """
        before, self._fragments = self._fragments, []
        if command.cla & ~CHAINING:
            raise Refusal(StatusWord.CLASS_NOT_SUPPORTED)
        if before and before[0].header[1:] != command.header[1:]:
            before = []  # Another command ends the chain; what was sent of it is forgotten.
        chained = command.cla & CHAINING
        if command.ins == _GENERAL_AUTHENTICATE:
            return command  # Its chain links whole steps, which the dialogue itself follows.
        if chained and command.ins != _PSO_FRAGMENTS:
            raise Refusal(StatusWord.CHAINING_NOT_SUPPORTED)
        fragments = [*before, command]
        data = b"".join(each.data for each in fragments)
        if len(data) > MAX_NC:
            raise Refusal(StatusWord.WRONG_LENGTH)
        if chained:
            self._fragments = fragments
            return None
        _, ins, p1, p2 = command.header
        return CommandAPDU(0x00, ins, p1, p2, data, command.ne)

    def _carry_out(self, command: CommandAPDU, capacity: int) -> ResponseAPDU:
        if command.ins != _GENERAL_AUTHENTICATE:
            self._dialogue.interrupt()
        handler = self._handlers.get(command.ins)
        if handler is None:
            raise Refusal(StatusWord.INSTRUCTION_NOT_SUPPORTED)
        return handler(command, capacity)


def _handlers(dialogue: Dialogue) -> dict[int, Handler]:
    """What each instruction does in this dialogue, whose session and selection change in it."""
    return {
        Ins.SELECT: lambda command, _: dialogue.selection.select(command),
        Ins.READ_BINARY: lambda command, capacity: dialogue.selection.read(
            command, dialogue.session, capacity
        ),
        Ins.READ_BINARY_ODD: lambda command, capacity: dialogue.selection.read_odd(
            command, dialogue.session, capacity
        ),
        Ins.MANAGE_SECURITY_ENVIRONMENT: lambda command, _: dialogue.manage(command),
        Ins.GENERAL_AUTHENTICATE: lambda command, _: dialogue.general_authenticate(command),
        Ins.PERFORM_SECURITY_OPERATION: lambda command, _: dialogue.verify_certificate(command),
        Ins.GET_CHALLENGE: lambda command, _: dialogue.get_challenge(command),
        Ins.EXTERNAL_AUTHENTICATE: lambda command, _: dialogue.external_authenticate(command),
        Ins.RESET_RETRY_COUNTER: lambda command, _: dialogue.manage_pin(command),
        Ins.ACTIVATE: lambda command, _: dialogue.manage_pin(command),
        Ins.DEACTIVATE: lambda command, _: dialogue.manage_pin(command),
    }
