"""The files of one tap: read by name, kept octet for octet as they came."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from apdu.exchange import Exchange
from apdu.files import BlockSize, read_file

Progress = Callable[[str, int, int], None]
"""Told a file's name, how many of its octets are there, and of how many."""


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """`content` holds every file that was read whole."""

    block: BlockSize
    progress: Progress | None = None
    content: dict[str, bytes] = field(default_factory=dict, repr=False)

    def read(self, name: str, sfi: int) -> Exchange[bytes]:
        """Read the file with this short identifier in the current application."""
        told = partial(self.progress, name) if self.progress else None
        octets = self.content[name] = yield from read_file(sfi, self.block, progress=told)
        return octets
