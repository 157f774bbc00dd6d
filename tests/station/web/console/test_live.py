"""Streams that tell a page when something changed: nothing falls between two looks."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from station.web.console import live

CHANGED = "event: changed\ndata:\n\n"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_EVERY", 0)


class Stage:
    """`shown` is what a page would show; None ends the stream."""

    def __init__(self, *shown: str | None) -> None:
        self.looks = 0
        self._shown = shown

    async def look(self) -> str | None:
        self.looks += 1
        return self._shown[self.looks - 1]

    def stream(self) -> AsyncIterator[str]:
        return live._events(self.look, asyncio.Event())


def told(stage: Stage) -> list[str]:
    async def everything() -> list[str]:
        return [each async for each in stage.stream()]

    return asyncio.run(everything())


def test_page_is_sent_for_once_somebody_looks_and_not_before() -> None:
    """What changes between the page and the first look is told by nothing else."""

    async def first(stage: Stage) -> str:
        return await anext(stage.stream())

    stage = Stage("reading")
    assert CHANGED in asyncio.run(first(stage))
    assert stage.looks == 1


def test_every_change_is_told_once() -> None:
    [first, *later] = told(Stage("reading", "reading", "failed", "failed", "reading", None))
    assert CHANGED in first
    assert later == [CHANGED, CHANGED, CHANGED]


def test_stream_that_is_over_before_it_began_says_so_and_ends() -> None:
    assert len(told(Stage(None))) == 1
