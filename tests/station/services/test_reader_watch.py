"""The reader is looked at beside whoever asks, whatever its service does."""

import threading

import pytest

from apdu.errors import TransportError
from station.domain.text import Words
from station.services import reader_watch
from station.services.reader_watch import ReaderWatch, Sight
from tests.station.adapters.conftest import StillClock

READER = "pcsc:"


class Service:
    """A reader service that answers, fails or hangs as it is told."""

    def __init__(self) -> None:
        self.answers: list[bool | Exception] = []
        self.asked: list[str] = []
        self.looked = threading.Semaphore(0)
        self.go_on = threading.Event()

    def attached(self, reader: str) -> bool:
        """Hangs when there is no answer left."""
        self.asked.append(reader)
        if not self.answers:
            self.looked.release()
            self.go_on.wait()
            return True
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def watch(service: Service, clock: StillClock) -> ReaderWatch:
    return ReaderWatch(service.attached, READER, clock)


@pytest.mark.parametrize("there", [True, False])
def test_what_was_seen_is_told_with_its_time(
    watch: ReaderWatch, service: Service, clock: StillClock, there: bool
) -> None:
    assert watch.last is None
    service.answers = [there]
    watch.look()
    seen_at = clock.now()
    clock.move(seconds=30)
    assert watch.last == Sight(seen_at, there)


def test_readers_that_cannot_be_listed_are_not_there(watch: ReaderWatch, service: Service) -> None:
    service.answers = [TransportError("no smart card service")]
    watch.look()
    assert watch.last is not None
    assert (watch.last.attached, watch.last.detail) == (
        False,
        Words("판독기 서비스를 쓸 수 없음", "no smart card service"),
    )


def test_a_service_that_hangs_delays_nobody_who_asks(
    watch: ReaderWatch, service: Service, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_watch, "LOOK_EVERY", 0)
    service.answers = [True]
    watch.begin()
    service.looked.acquire()  # The second look hangs.
    assert watch.last == Sight(clock.now(), attached=True)
    watch.end()
    service.go_on.set()


def test_it_is_looked_at_again_whatever_went_wrong(
    watch: ReaderWatch, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_watch, "LOOK_EVERY", 0)
    service.answers = [OSError(), TransportError("away"), MemoryError(), False]
    watch.begin()
    service.looked.acquire()
    watch.end()
    service.go_on.set()
    assert service.asked == [READER] * 5


def test_nobody_looks_after_the_end(watch: ReaderWatch, service: Service) -> None:
    service.answers = [True]
    watch.end()
    watch.begin()
    for each in threading.enumerate():
        if each.name == "reader":
            each.join()
    assert service.asked == []
