"""How much one execution may take: processor time and memory.

Processor time, not time on the wall: a busy machine changes nothing. Memory as a limit on the
address space, so that what asks for more meets `MemoryError` at once.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_SECONDS = 0.2
MAX_OCTETS = 64 << 20
_PAGES = 0  # First field of /proc/self/statm: the address space in pages.


class TooSlow(AssertionError):
    """One execution took more processor time than it may."""


def timed(run: Callable[[bytes], None], octets: bytes) -> float:
    """Run once. Units: seconds of processor time. Errors: `TooSlow`, and what `run` raises."""
    started = time.thread_time()
    run(octets)
    taken = time.thread_time() - started
    if taken > MAX_SECONDS:
        raise TooSlow(f"{taken:.3f} s for {len(octets)} octets")
    return taken


@contextmanager
def memory_limit() -> Iterator[None]:
    """Let this process grow by no more than `MAX_OCTETS`, where the system can be asked to."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        yield
        return
    now = int(statm.read_text("ascii").split()[_PAGES]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + MAX_OCTETS, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
