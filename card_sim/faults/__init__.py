"""Cards that go wrong at a command of one's choice, from Python and from the command line."""

from card_sim.faults.faulty_card import FaultyCard
from card_sim.faults.kinds import KINDS, Kind
from card_sim.faults.notation import Fault, FaultSyntax, parse_fault, random_faults

__all__ = [
    "KINDS",
    "Fault",
    "FaultSyntax",
    "FaultyCard",
    "Kind",
    "parse_fault",
    "random_faults",
]
