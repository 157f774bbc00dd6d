"""One PKI and its cards, made once for all tests of the virtual card."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from apdu.crypto.curves import KeyGenerator, Product, fresh_key, multiply_either
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.home import Home
from card_sim.memory import CardState, Memory, Store, Volatile
from card_sim.personalize import CardType, fresh_state
from card_sim.persons import Person
from card_sim.pki import TerminalChain
from card_sim.session import Password
from tests.card_sim.terminal import AES_128, AES_256, FULL_CHAT, Terminal

TODAY = date(2026, 11, 23)


@dataclass
class World:
    """A home, the everyday person, and her card as data."""

    home: Home
    person: Person
    cards: dict[CardType, CardData] = field(default_factory=dict)

    def data(self, card_type: CardType = CardType.KRRC_1) -> CardData:
        if card_type not in self.cards:
            self.cards[card_type] = self.home.card(self.person, card_type)
        return self.cards[card_type]

    def state(self, card_type: CardType = CardType.KRRC_1) -> CardState:
        return fresh_state(self.person, self.home.pki, card_type)

    def memory(self, store: Store | None = None, state: CardState | None = None) -> Memory:
        return Memory(store or Volatile(), state or self.state())

    def card(
        self,
        memory: Memory | None = None,
        card_type: CardType = CardType.KRRC_1,
        random_bytes: Callable[[int], bytes] = os.urandom,
        generate: KeyGenerator = fresh_key,
        product: Product = multiply_either,
    ) -> VirtualCard:
        memory = memory or Memory(Volatile(), self.state(card_type))
        return VirtualCard(
            self.data(card_type),
            memory,
            random_bytes=random_bytes,
            generate=generate,
            product=product,
        )

    def terminal(
        self, memory: Memory | None = None, card_type: CardType = CardType.KRRC_1
    ) -> Terminal:
        data = self.data(card_type)
        suite = AES_256 if data.key_length == 32 else AES_128
        return Terminal(self.card(memory, card_type), data.curve, suite)

    @property
    def chain(self) -> TerminalChain:
        return self.home.pki.chain

    def secret(self, password: Password) -> str:
        person = self.person
        return {
            Password.CAN: person.can,
            Password.PIN: person.pin,
            Password.PUK: person.puk,
        }[password]

    def after_pace(
        self,
        password: Password = Password.PIN,
        chat: bytes | None = FULL_CHAT,
        memory: Memory | None = None,
    ) -> Terminal:
        terminal = self.terminal(memory)
        assert terminal.pace(password, self.secret(password), chat) == 0x9000
        return terminal

    def after_terminal_authentication(
        self,
        password: Password = Password.PIN,
        chat: bytes | None = FULL_CHAT,
        memory: Memory | None = None,
    ) -> Terminal:
        terminal = self.after_pace(password, chat, memory)
        chain = self.chain
        certificates = (chain.dv, chain.terminal)
        assert terminal.authenticate_terminal(certificates, chain.terminal_key) == 0x9000
        return terminal

    def after_chip_authentication(
        self,
        password: Password = Password.PIN,
        chat: bytes | None = FULL_CHAT,
        memory: Memory | None = None,
    ) -> Terminal:
        terminal = self.after_terminal_authentication(password, chat, memory)
        status, nonce, token = terminal.authenticate_chip()
        assert status == 0x9000
        assert terminal.switch_to_chip_keys(self.data().chip_key.public_key(), nonce, token)
        return terminal


def make_world(folder: Path) -> World:
    home = Home(folder, TODAY)
    return World(home, home.person("kim-minji"))
