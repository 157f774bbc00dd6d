"""`python -m card_sim`."""

from card_sim.cli import main

main()
