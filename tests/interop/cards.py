"""The cards that third parties meet: those with an eID application, and who may open them."""

from collections.abc import Mapping

from apdu.lds import mrz
from card_sim.personalize import CardType
from card_sim.persons import Person
from card_sim.pki import TerminalChain
from card_sim.session import Password
from tests.card_sim.world import World

EAC_TYPES = [each for each in CardType if each.value.startswith("krrc-1")]


def chain_of(world: World, card_type: CardType) -> TerminalChain:
    """The chain this card trusts most: on its own curve."""
    return world.home.pki.chains[card_type.model.trust[0]]


def passwords(person: Person) -> Mapping[Password, str]:
    """As libeac wants them: the machine-readable zone whole, from which it takes its part."""
    return {
        Password.MRZ: mrz.encode(person.mrz),
        Password.CAN: person.can,
        Password.PIN: person.pin,
        Password.PUK: person.puk,
    }
