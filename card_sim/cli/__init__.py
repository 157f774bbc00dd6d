"""`card-sim`: the people, their cards in a reader, and the PKI behind them."""

from card_sim.cli.root import main

__all__ = ["main"]
