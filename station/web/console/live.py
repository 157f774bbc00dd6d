"""Streams that tell a page when something changed; the page then asks for itself again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import StreamingResponse

LOOK_EVERY = 0.7
"""Seconds between two looks at the records, which other processes change, too."""
SAY_SOMETHING = 20
"""After so many looks without news a comment is sent: a dead connection shows."""
_CHANGED = "event: changed\ndata:\n\n"

Look = Callable[[], Awaitable[str | None]]
"""What the page would show now, as a fingerprint; None: the stream is over."""


def stream(look: Look, ending: asyncio.Event) -> StreamingResponse:
    """An event stream with `changed` after the first look, and whenever a look sees another thing.

    Rule    A page that asks for itself at the first `changed` is behind nothing: what changed
            before that look is in the answer, what changes after it is told. When the stream
            opened says nothing: its headers are sent before anybody looks.
    Source  HTML, 9.2 (server-sent events).
    """
    return StreamingResponse(_events(look, ending), media_type="text/event-stream")


async def _events(look: Look, ending: asyncio.Event) -> AsyncIterator[str]:
    seen = await look()
    quiet = 0
    yield f"retry: 1000\n\n{_CHANGED}"
    while seen is not None and not await _over(ending):
        now = await look()
        quiet += 1
        if now != seen:
            seen, quiet = now, 0
            yield _CHANGED
        elif quiet >= SAY_SOMETHING:
            quiet = 0
            yield ":\n\n"


async def _over(ending: asyncio.Event) -> bool:
    """Wait for the next look; True if the server stops first."""
    try:
        await asyncio.wait_for(ending.wait(), LOOK_EVERY)
    except TimeoutError:
        return False
    return True
