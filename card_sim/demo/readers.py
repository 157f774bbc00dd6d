"""Where the demo's cards lie: served on a socket, or in a reader of the real pcscd."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from card_sim.demo.scene import Scene, end, first_line
from card_sim.pcscd import reader_name, running_pcscd, wait_until


class Reader(ABC):
    """A place to put cards, one after the other."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @abstractmethod
    def card(self, person: str, *attack: str) -> AbstractContextManager[str]:
        """Put a person's card down; the station's URL for it."""


class SocketReader(Reader):
    """The card listens; the station dials it."""

    @contextmanager
    def card(self, person: str, *attack: str) -> Iterator[str]:
        process = self.scene.start("card-sim", "insert", person, "--listen", "0", *attack)
        try:
            yield first_line(process.stdout, "ready").removeprefix("ready ")
        finally:
            end(process)


class PcscReader(Reader):
    """The card is in the virtual reader of a real pcscd."""

    def __init__(self, scene: Scene, port: int, name: str) -> None:
        super().__init__(scene)
        self._port = port
        self._name = name

    @contextmanager
    def card(self, person: str, *attack: str) -> Iterator[str]:
        process = self.scene.start("card-sim", "insert", person, "--port", str(self._port), *attack)
        try:
            first_line(process.stdout, "ready")
            wait_until(self._port, present=True)
            yield f"pcsc:{self._name}"
        finally:
            end(process)
            wait_until(self._port, present=False)


@contextmanager
def open_reader(kind: str, scene: Scene) -> Iterator[Reader]:
    """The reader the demo was asked for: `sim` or `pcsc`."""
    if kind == "sim":
        yield SocketReader(scene)
        return
    with running_pcscd() as port:
        yield PcscReader(scene, port, reader_name(port))
