"""What a fault does to one command and its answer, kind by kind.

Source  ISO/IEC 7816-4:2020, 5.3.4 and 5.6, for 61xx and 6Cxx.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from apdu.errors import CardRemoved, TimedOut
from apdu.iso7816 import MAX_SHORT_NE, SECURE_MESSAGING, Instruction
from apdu.tlv import build
from card_sim.card import VirtualCard
from card_sim.faults.tearing import torn
from card_sim.secure_messaging import CHECKSUM

STATUS = 2
"""Octets of a status word."""
_CHECKSUM_HEAD = build(CHECKSUM, bytes(8))[:2]

Later = Callable[[bytes], bytes | None]
"""Answers the commands that follow instead of the card, until it answers None."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One command at a card, as a fault meets it.

    `command` is on its way to `card`, `before` the answer to the one before it. `carry_out` has
    the next fault or the card answer; `from_now_on` has something else answer what follows.
    """

    command: bytes = field(repr=False)
    before: bytes = field(repr=False)
    card: VirtualCard
    random: Random
    wait: Callable[[float], None]
    carry_out: Callable[[], bytes]
    swap: Callable[[], None]
    from_now_on: Callable[[Later], None]


Act = Callable[[Scene, Any], bytes]
"""Answers one command; the second argument is what was written behind `=`."""


def removed(_: Scene, __: None) -> bytes:
    raise CardRemoved("the card was taken out before the command reached it")


def removed_after(scene: Scene, _: None) -> bytes:
    scene.carry_out()
    raise CardRemoved("the card was taken out before its answer left")


def power_fails(scene: Scene, writes: int) -> bytes:
    answer = torn(scene.card.memory, writes, scene.carry_out)
    if answer is None:
        raise CardRemoved("the card lost its power in a write")
    return answer


def mute(scene: Scene, seconds: float) -> bytes:
    if math.isfinite(seconds):
        scene.wait(seconds)
        return scene.carry_out()

    def silence(_: bytes) -> bytes:
        scene.wait(math.inf)
        raise TimedOut("the card does not answer")

    scene.from_now_on(silence)
    return silence(scene.command)


def late(scene: Scene, seconds: float) -> bytes:
    answer = scene.carry_out()
    scene.wait(seconds)
    return answer


def garbage(scene: Scene, octets: int) -> bytes:
    scene.carry_out()
    return scene.random.randbytes(octets)


def truncated(scene: Scene, octets: int) -> bytes:
    answer = scene.carry_out()
    data, word = answer[:-STATUS], answer[-STATUS:]
    return data[: max(0, len(data) - octets)] + word


def cut(scene: Scene, octets: int) -> bytes:
    answer = scene.carry_out()
    return answer[: max(0, len(answer) - octets)]


def extra(scene: Scene, octets: int) -> bytes:
    answer = scene.carry_out()
    return answer[:-STATUS] + scene.random.randbytes(octets) + answer[-STATUS:]


def empty(scene: Scene, _: None) -> bytes:
    scene.carry_out()
    return b""


def huge(scene: Scene, octets: int) -> bytes:
    word = scene.carry_out()[-STATUS:]
    return bytes(max(0, octets - STATUS)) + word


def flipped(scene: Scene, _: None) -> bytes:
    answer = bytearray(scene.carry_out())
    if len(answer) > STATUS:
        answer[scene.random.randrange(len(answer) - STATUS)] ^= 1 << scene.random.randrange(8)
    return bytes(answer)


def wrong_mac(scene: Scene, _: None) -> bytes:
    answer = bytearray(scene.carry_out())
    checksum = len(answer) - STATUS - 8
    if scene.command[0] & SECURE_MESSAGING and answer[checksum - 2 : checksum] == _CHECKSUM_HEAD:
        answer[-STATUS - 1] ^= 1
    return bytes(answer)


def replayed(scene: Scene, _: None) -> bytes:
    answer = scene.carry_out()
    return scene.before or answer


def counter(scene: Scene, _: None) -> bytes:
    scene.card.slip()
    return scene.carry_out()


def status(_: Scene, word: int) -> bytes:
    return word.to_bytes(STATUS)


def refused(scene: Scene, word: int) -> bytes:
    scene.card.refuse(word)
    return scene.carry_out()


def in_pieces(scene: Scene, octets: int) -> bytes:
    answer = scene.carry_out()
    data, word = answer[:-STATUS], answer[-STATUS:]

    def more(command: bytes) -> bytes | None:
        nonlocal data
        if command[1] != Instruction.GET_RESPONSE or not data:
            return None
        piece, data = data[:octets], data[octets:]
        return piece + (_more(len(data), octets) if data else word)

    scene.from_now_on(more)
    return _more(len(data), octets) if data else answer


def endless(scene: Scene, octets: int) -> bytes:
    scene.carry_out()

    def more(command: bytes) -> bytes | None:
        if command[1] != Instruction.GET_RESPONSE:
            return None
        return scene.random.randbytes(octets) + _more(MAX_SHORT_NE, octets)

    scene.from_now_on(more)
    return _more(MAX_SHORT_NE, octets)


def _more(left: int, octets: int) -> bytes:
    return bytes((0x61, min(left, octets or MAX_SHORT_NE) & 0xFF))


def wrong_le(_: Scene, le: int) -> bytes:
    return bytes((0x6C, le & 0xFF))


def wrong_le_again(scene: Scene, le: int) -> bytes:
    header = scene.command[:4]

    def again(command: bytes) -> bytes | None:
        return wrong_le(scene, le) if command[:4] == header else None

    scene.from_now_on(again)
    return wrong_le(scene, le)


def reset(scene: Scene, _: None) -> bytes:
    scene.card.reset()
    return scene.carry_out()


def swapped(scene: Scene, _: str) -> bytes:
    scene.swap()
    return scene.carry_out()
