"""`card-sim insert` and `card-sim remove`: a card in a reader, and out of it again."""

from contextlib import ExitStack

import click

from card_sim.cli.cards import Choice, another_card, card_options, open_card
from card_sim.cli.errors import NoReader, NotFound
from card_sim.cli.faults import Circumstances, dressed, fault_options
from card_sim.cli.slots import Slot, serve, slot_options
from card_sim.ending import until_stopped
from card_sim.home import Home
from card_sim.insertions import Insertions


@click.command()
@card_options
@slot_options
@fault_options
@click.pass_obj
def insert(home: Home, /, choice: Choice, slot: Slot, circumstances: Circumstances) -> None:
    """Put CARD into a reader, until Ctrl-C or `card-sim remove`.

    CARD is a person of `card-sim persons`, or a card file whose name ends in .toml. Without
    --port or --slot the card listens on a free port of this machine. The first line on standard
    output is `ready` and the address; it comes when the reader can begin.
    """
    with until_stopped(), ExitStack() as inserted:
        insertions = home.insertions
        _require_empty(slot, insertions)
        own = open_card(home, choice)
        card = dressed(own, circumstances, lambda name: another_card(home, choice, name))

        def announce(ready: str) -> None:
            address = ready.removeprefix("ready ")
            inserted.enter_context(insertions.listed(choice.known_as, address))
            click.echo(ready)

        serve(card, slot, circumstances.limit, announce)


@click.command()
@click.argument("card", required=False)
@click.pass_obj
def remove(home: Home, card: str | None) -> None:
    """Take CARD, or every card of this home, out of its reader."""
    wanted = None if card is None else Choice(card).known_as
    running = [each for each in home.insertions.running() if wanted in (None, each.card)]
    if not running:
        raise NotFound(f"{card or 'Every card'} of this home is out of its reader already.")
    for each in running:
        try:
            home.insertions.end(each)
        except TimeoutError as error:
            raise NoReader(f"{error}; end it yourself.") from error
        click.echo(f"removed {each.card} {each.address}")


def _require_empty(slot: Slot, insertions: Insertions) -> None:
    """A second card on one slot would wait unseen until the first leaves."""
    for each in insertions.running():
        if each.address == slot.address:
            raise NoReader(f"{each.card} is in that slot: `card-sim remove` takes it out.")
