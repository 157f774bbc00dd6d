"""A card that keeps the time it would have taken on a real reader."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from apdu.iso7816 import SECURE_MESSAGING
from card_sim.card import Passed
from card_sim.chip import Wait
from card_sim.links.chips import Chip
from card_sim.links.link import Link, usb_seconds
from card_sim.links.reading import Reading
from card_sim.links.report import FileReading, SessionTiming, Spent
from card_sim.vpcd import Card


class TellingCard(Card, Protocol):
    """A card that tells what passed inside secure messaging."""

    @property
    def passed(self) -> Passed | None: ...


class TimedCard:
    """`card` behind `link`, in the speed of `chip`.

    `wait` plays the time; without it the session is only counted. `report` is given every
    session with commands in it, at its end.

    Units   `session`, the session so far.
    """

    def __init__(
        self,
        card: TellingCard,
        link: Link,
        chip: Chip,
        *,
        wait: Wait | None = None,
        report: Callable[[SessionTiming], None] | None = None,
    ) -> None:
        self._card = card
        self._link = link
        self._chip = chip
        self._wait = wait
        self._report = report
        self._begin()

    @property
    def atr(self) -> bytes:
        return self._card.atr

    @property
    def session(self) -> SessionTiming:
        return replace(self._session, files=tuple(self._files.values()))

    def power_on(self) -> None:
        self._end()
        self._card.power_on()

    def power_off(self) -> None:
        self._end()
        self._card.power_off()

    def reset(self) -> None:
        self._end()
        self._card.reset()

    def transmit(self, octets: bytes) -> bytes:
        answer = self._card.transmit(octets)
        spent = self._spent(octets, answer)
        self._note(spent)
        if self._wait is not None:
            self._wait(spent.seconds)
        return answer

    def _begin(self) -> None:
        self._session = SessionTiming(self._link, self._chip)
        self._reading = Reading()
        self._files: dict[str, FileReading] = {}

    def _end(self) -> None:
        if self._report is not None and self._session.commands:
            self._report(self.session)
        self._begin()

    def _spent(self, octets: bytes, answer: bytes) -> Spent:
        busy = self._chip.dispatch
        passed = self._card.passed
        if passed is not None:
            busy = self._chip.seconds(passed[0])
        if octets[:1] and octets[0] & SECURE_MESSAGING == SECURE_MESSAGING:
            busy += self._chip.secure_messaging(len(octets), len(answer))
        link = self._link.seconds(len(octets), len(answer)) + self._link.extensions(busy)
        return Spent(link, busy, usb_seconds(len(octets), len(answer)))

    def _note(self, spent: Spent) -> None:
        session = self._session
        self._session = replace(session, commands=session.commands + 1, spent=session.spent + spent)
        passed = self._card.passed
        read = None if passed is None else self._reading.follow(*passed)
        if read is not None:
            name, count = read
            file = self._files.get(name, FileReading(name))
            self._files[name] = replace(
                file,
                octets=file.octets + count,
                commands=file.commands + 1,
                spent=file.spent + spent,
            )
