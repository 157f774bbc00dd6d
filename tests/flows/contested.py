"""Processes on one database that try the same thing at the same moment."""

import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from station.bootstrap import Outside, Station, build
from station.domain.errors import StationError
from station.openid4vci.errors import OpenId4VciError
from station.ports import IssuerKeys
from tests.flows.invariants import Signature
from tests.flows.recording import RecordingKey, RecordingKeys
from tests.flows.world import World

PROCESSES = 8
DONE = "done"
PATIENCE_SECONDS = 60.0
"""Only ends a test that hangs."""


@dataclass(frozen=True)
class Attempt:
    """What one process tries: `deed`, a function of a module, on the station of the process."""

    deed: Callable[..., object]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Round:
    """One attempt for each process.

    `lost`: what whoever loses is told; `effects`: how often it was done, by the database;
    `winners`: who is told that it is done; `after` makes way for the next round.
    """

    attempts: Sequence[Attempt]
    lost: frozenset[str]
    effects: Callable[[], int]
    winners: int = 1
    after: Callable[[], object] = lambda: None


@dataclass
class Hall:
    """A station, and the processes that contend for what is in it."""

    world: World
    lines: list[Connection]

    def together(self, attempts: Sequence[Attempt]) -> list[str]:
        """What became of each attempt; all are made at the same signal."""
        for line, attempt in zip(self.lines, attempts, strict=True):
            line.send((self.world.clock.now(), attempt))
        answers = [_answer(line) for line in self.lines]
        for _, signatures in answers:
            self.world.signatures += signatures
        return [said for said, _ in answers]


def _answer(line: Connection) -> tuple[str, list[Signature]]:
    assert line.poll(PATIENCE_SECONDS), "a process hangs"
    answer: tuple[str, list[Signature]] = line.recv()
    return answer


@contextmanager
def hall_of(world: World) -> Iterator[Hall]:
    """`PROCESSES` processes, each with a station of its own on the folder of `world`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    together = context.Barrier(PROCESSES)
    lines: list[Connection] = []
    processes = []
    for _ in range(PROCESSES):
        here, there = context.Pipe()
        process = context.Process(target=_contend, args=(world.folder, there, together))
        process.start()
        there.close()
        lines.append(here)
        processes.append(process)
    try:
        assert [_answer(line) for line in lines] == [(DONE, [])] * PROCESSES
        yield Hall(world, lines)
    finally:
        for line in lines:
            line.close()
        for process in processes:
            process.join(PATIENCE_SECONDS)
            process.kill()


class HeldClock:
    """Shows the time it was told."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def _contend(folder: Path, line: Connection, together: Barrier) -> None:
    """What a process does until its line is closed: wait for the others, then try."""
    clock = HeldClock(datetime.now().astimezone())
    signatures: list[Signature] = []
    station = _station(folder, clock, signatures)
    line.send((DONE, []))
    while True:
        try:
            clock.at, attempt = line.recv()
        except EOFError:
            break
        together.wait(PATIENCE_SECONDS)
        line.send((_outcome(station, attempt), signatures))
        signatures.clear()
    station.engine.dispose()


def _station(folder: Path, clock: HeldClock, signatures: list[Signature]) -> Station:
    def recording(keys: IssuerKeys) -> IssuerKeys:
        return RecordingKeys(
            anchor=keys.anchor,
            mdoc=RecordingKey(keys.mdoc, folder, signatures),
            sd_jwt=RecordingKey(keys.sd_jwt, folder, signatures),
            status_list=keys.status_list,
        )

    station = build(folder, Outside(clock=clock, wrap_keys=recording))
    station.runs.begin()
    signing_in = replace(station.signing_in, passwords=PlainPasswords())
    return replace(station, signing_in=signing_in)


class PlainPasswords:
    """`station.ports.Passwords` without the work."""

    def digest(self, password: str) -> str:
        return f"plain {password}"

    def match(self, password: str, stored: str | None) -> bool:
        return stored == self.digest(password)


def _outcome(station: Station, attempt: Attempt) -> str:
    """`DONE`, the code of the refusal, or how the program failed."""
    try:
        attempt.deed(station, *attempt.arguments)
    except StationError as error:
        return error.code
    except OpenId4VciError as error:
        return error.code.value
    except Exception:
        return traceback.format_exc()
    return DONE
