"""The console's own threads: phones that wait for a registry take none of them.

Work that hashes a password has threads apart, as many as the hash is computed at once: whoever
waits for one, and be it a crowd, keeps no page waiting.
"""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from station.adapters.passwords import AT_ONCE

P = ParamSpec("P")
T = TypeVar("T")
MOST = 20
_LIMITER = CapacityLimiter(MOST)
PROVING = CapacityLimiter(AT_ONCE)


async def run_in_threadpool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As Starlette's, which shares its threads with the issuer in the same event loop."""
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=_LIMITER)


async def prove(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """For what hashes a password, and nothing that waits for others; in the order they came."""
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=PROVING)
