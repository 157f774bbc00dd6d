"""The TEST world of one run: a person, her cards, a terminal, and taps of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from cryptography.hazmat.primitives import hashes

from apdu.crypto.signatures import sign_plain
from apdu.exchange import Transport, run
from apdu.profiles.icao import read_document
from apdu.profiles.krrc import TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from card_sim.card import VirtualCard
from card_sim.card_types import CardType
from card_sim.home import Home
from card_sim.memory import Memory, Volatile
from card_sim.personalize import fresh_state

PERSON = "kim-minji"
KOREA = timezone(timedelta(hours=9))


@dataclass
class Meter:
    """Counts what goes over the link; the time it takes is part of no sample."""

    link: Transport
    commands: int = 0
    octets: int = 0

    def transmit(self, command: bytes) -> bytes:
        answer = self.link.transmit(command)
        self.commands += 1
        self.octets += len(command) + len(answer)
        return answer


class World:
    """Made in an empty folder.

    Rule    A tap must pass every check. The terminal's chain is the one on P-256, whatever the
            curve of the card.
    """

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder, date.today())
        self.person = self.home.person(PERSON)
        chain = self.home.pki.chain
        self._terminal = TerminalCredentials(
            tuple(each.encoded for each in (chain.cvca, chain.dv, chain.terminal)),
            lambda message: sign_plain(chain.terminal_key, message, hashes.SHA256()),
        )
        self._trust = TrustStore((self.home.pki.csca.der,))

    def virtual_card(self, card_type: CardType) -> VirtualCard:
        """A card whose memory dies with it."""
        card = self.home.card(self.person, card_type)
        memory = Memory(Volatile(), fresh_state(self.person, self.home.pki, card_type))
        return VirtualCard(card, memory)

    def read(self, link: Transport, block: int | None) -> None:
        """A whole `krrc-1` tap by PIN."""
        found = run(survey(block), link)
        pin = Password.pin(self.person.pin)
        reading = run(read_card(found, pin, self._terminal, self._trust, datetime.now(KOREA)), link)
        _require(reading.genuine)

    def read_document(self, link: Transport, block: int | None) -> None:
        """EF.SOD, DG1 and DG2 by PACE with the CAN, and passive authentication."""
        now = datetime.now(KOREA)
        can = Password.can(self.person.can)
        exchange = read_document(
            can, self._trust, now, groups=(1, 2), prove_chip=False, max_block=block
        )
        _require(run(exchange, link).content is not None)


def _require(passed: bool) -> None:
    if not passed:
        raise AssertionError("the card did not pass every check")
