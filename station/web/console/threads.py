"""The console's own threads: phones that wait for a registry take none of them."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

P = ParamSpec("P")
T = TypeVar("T")
MOST = 20
_LIMITER = CapacityLimiter(MOST)


async def run_in_threadpool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As Starlette's, which shares its threads with the issuer in the same event loop."""
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=_LIMITER)
