"""Whether a station can work: the steps of a visit, and what runs beside them."""

from dataclasses import dataclass, replace
from datetime import timedelta

from station.domain.grant import KST
from station.domain.officer import SignedIn
from station.domain.text import Words
from station.ports import CheckpointStore, Clock, Records
from station.services.authority import Authority
from station.services.reader_watch import ReaderWatch
from station.services.steps import Phase, Step, Steps
from station.services.upkeep import Upkeep

SOON = timedelta(minutes=2)
"""Within this time every entry is signed and everything that runs by itself has run."""
SEEN_WITHIN = timedelta(minutes=1)
"""What was seen of the reader longer ago says nothing of it any more."""


@dataclass(frozen=True, slots=True)
class Health:
    """Looks; changes nothing and names nobody."""

    records: Records
    authority: Authority
    steps: Steps
    checkpoints: CheckpointStore
    upkeep: Upkeep
    reader: ReaderWatch
    clock: Clock

    def look(self, officer: SignedIn) -> tuple[Step, ...]:
        """For everybody who is signed in. Errors: `StationError("officer.signed_out")`."""
        with self.records.reading() as tx:
            self.authority.signed_in(tx, officer)
        self.authority.touch(officer)
        return self._reader(), *self.steps.steps(), self._checkpoint(), self._sweep()

    def _reader(self) -> Step:
        seen = self.reader.last
        if seen is None or self.clock.now() - seen.at > SEEN_WITHIN:
            unknown = _step("reader", Phase.IDENTITY, False, "")
            return replace(unknown, means=_NOT_SEEN, seen=seen.at if seen else None)
        found = _step("reader", Phase.IDENTITY, seen.attached, seen.detail)
        return replace(found, seen=seen.at)

    def _checkpoint(self) -> Step:
        """Every entry of the audit log is signed, or is about to be."""
        last = self.checkpoints.last()
        with self.records.reading() as tx:
            after = last.sequence if last else 0
            unsigned = next(iter(tx.audit.entries(after, 1)), None)
        ok = unsigned is None or self.clock.now() - unsigned.at <= SOON
        at = f"{last.at.astimezone(KST):%Y-%m-%d %H:%M} KST" if last else ""
        return _step(
            "checkpoint", Phase.ISSUE, ok, Words(f"{at} 서명", f"signed {at}") if at else ""
        )

    def _sweep(self) -> Step:
        last = self.upkeep.last
        if last is None:
            return _step("sweep", Phase.ISSUE, False, "")
        ok = not last.failed and self.clock.now() - last.at <= SOON
        failed = [_WORK.get(each, Words(each, each)) for each in last.failed]
        detail = Words(", ".join(w.ko for w in failed), ", ".join(w.en for w in failed))
        return _step("sweep", Phase.ISSUE, ok, detail if failed else "")


def _step(name: str, phase: Phase, ok: bool, detail: str | Words) -> Step:
    title, means = _WORDS[name]
    return Step(name, phase, ok, title, means, detail)


_NOT_SEEN = Words(
    "판독기가 있는지 알 수 없습니다. 판독기를 다시 연결하고, 계속되면 책임자에게 알리세요.",
    "Nobody knows whether it is there: plug it in again; if this goes on, tell the supervisor.",
)
_WORK = {
    "cases": Words("시간이 지난 접수", "cases whose time is over"),
    "refreshes": Words("끝난 갱신 허가 정리", "clearing refresh tokens that ended"),
    "changes": Words("주민등록 변경 반영", "changes of the registry"),
    "expired": Words("기간이 끝난 신분증", "cards whose time is over"),
    "reminders": Words("갱신 안내", "reminders of renewal"),
    "notices": Words("알림 보내기", "sending notices"),
    "retention": Words("보관 기간이 끝난 자료 삭제", "erasing what was kept long enough"),
}
"""What the parts of the upkeep do."""
_WORDS: dict[str, tuple[Words, Words]] = {
    "reader": (
        Words("카드 판독기", "card reader"),
        Words(
            "카드를 읽을 수 없습니다. 판독기를 다시 연결하거나 다른 판독기를 쓰세요.",
            "No card can be read: plug the reader in again, or use another one.",
        ),
    ),
    "checkpoint": (
        Words("감사 기록 서명", "signing the audit log"),
        Words(
            "최근 기록에 서명이 없습니다. 서버가 켜져 있는지 확인하고 책임자에게 알리세요.",
            "The newest entries are not signed: see that the station serves; tell the supervisor.",
        ),
    ),
    "sweep": (
        Words("자동 처리", "what runs by itself"),
        Words(
            "시간이 지난 접수와 알림이 처리되지 않습니다. 책임자에게 알리세요.",
            "Cases do not expire and notices are not sent: tell the supervisor.",
        ),
    ),
}
