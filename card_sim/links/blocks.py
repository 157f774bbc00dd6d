"""What T=1 and T=CL have in common: an exchange goes in blocks that take turns."""

from math import ceil


def blocks(command: int, answer: int, most_data: int) -> int:
    """All blocks of an exchange of so many octets, `most_data` of them in one.

    Rule    Every block of a chain but its last is confirmed by one without data.
    """
    with_data = sum(max(1, ceil(octets / most_data)) for octets in (command, answer))
    return with_data + (with_data - 2)


def extensions(busy: float, waiting_time: float) -> int:
    """How often a card that is `busy` for so many seconds has to ask for more time."""
    return max(0, ceil(busy / waiting_time) - 1)
