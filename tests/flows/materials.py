"""What is made once for all tests: PKI, people with their cards, a station freshly founded."""

import socket
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.export import export_pki
from card_sim.home import HONEST, Attack, Home
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, fresh_state
from card_sim.persons import Person
from card_sim.phone.attestation import AttestationSigner
from station.bootstrap.founding import found_demo
from station.domain.roles import Role
from tests.station.signed_in import EVERYTHING_AT_A_COUNTER, signed_in


@dataclass
class Materials:
    """What is made once for all tests: PKI, people, a station freshly founded."""

    home: Home
    exported: Path
    founded: Path
    port: int
    cards: dict[tuple[Person, Attack], CardData] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def signer(self) -> AttestationSigner:
        key, chain = self.home.pki.attestation_signer()
        return AttestationSigner(key, tuple(chain))

    def data(self, person: Person, attack: Attack = HONEST) -> CardData:
        if (person, attack) not in self.cards:
            self.cards[person, attack] = self.home.card(person, CardType.KRRC_1, attack)
        return self.cards[person, attack]

    def card(self, person: Person, attack: Attack = HONEST) -> VirtualCard:
        state = fresh_state(person, self.home.pki, CardType.KRRC_1)
        return VirtualCard(self.data(person, attack), Memory(Volatile(), state))


def make_materials(folder: Path) -> Materials:
    home = Home(folder / "card-sim", date.today())
    exported, founded = folder / "pki", folder / "founded"
    export_pki(home.pki, home.residents.values(), exported)
    port = free_port()
    made = found_demo(founded, exported, f"http://127.0.0.1:{port}", f"127.0.0.1:{port}")
    for name in ("officer-kim", "officer-lee"):
        signed_in(made.station, name, EVERYTHING_AT_A_COUNTER | {Role.KEY_CUSTODIAN})
    signed_in(made.station, "officer-choi", {Role.AUDITOR})
    made.station.engine.dispose()
    return Materials(home, exported, founded, port)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        return number
