"""Which step of a visit is degraded, and what that means for the counter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from apdu.errors import ApduError
from apdu.profiles.krrc import TerminalCredentials, require_terminal
from apdu.protocols.password import PasswordKind
from station.domain.audit import CLOCK_SLACK
from station.domain.grant import KST, korean_day
from station.domain.text import Words
from station.ports import Clock, IssuerKey, Records, Registry, SignerUnavailable, TerminalKey
from station.services.signing import Signing

MIN_FREE = 200 * 2**20
"""Octets: the audit log must not be the one that finds the disk full."""
_PROBE = b"is the key device there?"
"""Signed with the status lists' key: it is no JWS, no COSE structure and no certificate."""


class Phase(StrEnum):
    """The part of a visit that a step belongs to.

    Rule    The face is compared by the officer, with a portrait that comes with the identity:
            no machine of ours can be away for it.
    """

    IDENTITY = "identity"
    ISSUE = "issue"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a visit needs.

    `means`: what to do at the counter while it is not `ok`. `days_left`: until a certificate
    of it ends. `seen`: when this was so, if it is not looked at anew for whoever asks.
    """

    name: str
    phase: Phase
    ok: bool
    title: Words
    means: Words
    detail: str | Words = ""
    days_left: int | None = None
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a step."""

    ok: bool
    detail: str | Words = ""
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """Looks at what a visit needs; changes nothing and names nobody.

    `free`: the octets that are left where the database grows.
    """

    records: Records
    registry: Registry
    terminal: TerminalKey
    signing: Signing
    clock: Clock
    free: Callable[[], int]

    def steps(self) -> tuple[Step, ...]:
        """Every step, in the order of a visit."""
        now = self.clock.now()
        return (
            _step("registry", Finding(self.registry.reachable()), now),
            _step("card-pin", self._terminal(PasswordKind.PIN, now), now),
            _step("card-can", self._terminal(PasswordKind.CAN, now), now),
            _step("signer", self._signer(now), now),
            _step("status-list", self._status_list(now), now),
            _step("clock", self._clock(now), now),
            _step("disk", self._disk(), now),
        )

    def _terminal(self, kind: PasswordKind, now: datetime) -> Finding:
        try:
            terminal = TerminalCredentials(self.terminal.chain, self.terminal.sign)
            ends = min(each.expires for each in terminal.certificates)
            require_terminal(terminal, kind, now.astimezone(KST))
        except ApduError as error:
            return Finding(False, Words("단말기 인증서를 쓸 수 없음", str(error)))
        return Finding(True, ends=ends)

    def _signer(self, now: datetime) -> Finding:
        """Away if this process met it away, or if a request still waits for it."""
        keys = (self.signing.keys.mdoc, self.signing.keys.sd_jwt)
        if any(each.known for each in self.signing.outages.values()):
            return Finding(False, _AWAY)
        with self.records.reading() as tx:
            waiting = sum(len(tx.deferrals.waiting(case.id)) for case in tx.cases.unfinished())
        if waiting:
            return Finding(False, Words(f"서명 대기 {waiting}건", f"{waiting} waiting"))
        return _certified(keys, now)

    def _status_list(self, now: datetime) -> Finding:
        key = self.signing.keys.status_list
        try:
            key.sign(_PROBE)
        except SignerUnavailable:
            return Finding(False, _AWAY)
        return _certified((key,), now)

    def _clock(self, now: datetime) -> Finding:
        with self.records.reading() as tx:
            head = tx.audit.head()
        return Finding(head is None or now >= head.at - CLOCK_SLACK)

    def _disk(self) -> Finding:
        free = self.free()
        room = f"{free // 2**20:,} MiB"
        return Finding(free >= MIN_FREE, Words(f"{room} 남음", f"{room} left"))


def _certified(keys: tuple[IssuerKey, ...], now: datetime) -> Finding:
    ends = min(key.not_after for key in keys)
    begun = all(key.not_before <= now for key in keys)
    detail = "" if begun else Words("유효기간 시작 전", "not valid yet")
    return Finding(begun and now <= ends, detail, korean_day(ends))


def _step(name: str, found: Finding, now: datetime) -> Step:
    phase, title, means = _STEPS[name]
    left = (found.ends - korean_day(now)).days if found.ends is not None else None
    return Step(name, phase, found.ok, title, means, found.detail, left)


_AWAY = Words("응답 없음", "away")
_STEPS: dict[str, tuple[Phase, Words, Words]] = {
    "registry": (
        Phase.IDENTITY,
        Words("주민등록 시스템", "resident registration system"),
        Words(
            "조회, 본인확인, 승인을 할 수 없습니다. 접수를 미루고 재방문 안내문을 인쇄하세요.",
            "Nobody can be looked up, identified or approved: put cases off and print the slip.",
        ),
    ),
    "card-pin": (
        Phase.IDENTITY,
        Words("IC카드 판독 (비밀번호)", "reading IC cards with the PIN"),
        Words(
            "비밀번호로 카드를 읽을 수 없습니다. 단말기 인증서를 갱신하게 하세요.",
            "No card can be read with its PIN: have the terminal's certificates renewed.",
        ),
    ),
    "card-can": (
        Phase.IDENTITY,
        Words("IC카드 판독 (담당자 대조)", "reading IC cards on sight"),
        Words(
            "담당자 대조 방법으로 카드를 읽을 수 없습니다. 단말기 인증서를 갱신하게 하세요.",
            "No card can be read on sight: have the terminal's certificates renewed.",
        ),
    ),
    "signer": (
        Phase.ISSUE,
        Words("발급 서명 장치", "issuer key device"),
        Words(
            "휴대전화가 서명을 기다립니다. 장치가 돌아오면 접수 시간 안에서 이어집니다.",
            "Phones wait for a signature; they get it once the device is back, in the case's time.",
        ),
    ),
    "status-list": (
        Phase.ISSUE,
        Words("상태 목록 서명", "signing the status lists"),
        Words(
            "발급, 정지, 폐기가 기록되지만 공표되지 않습니다. 책임자에게 알리세요.",
            "What is issued, suspended or revoked is recorded but not published: tell the"
            " supervisor.",
        ),
    ),
    "clock": (
        Phase.ISSUE,
        Words("시계", "clock"),
        Words(
            "아무것도 기록할 수 없어 업무가 멈춥니다. 컴퓨터 시각을 맞추세요.",
            "Nothing can be recorded, so nothing goes on: set the computer's clock.",
        ),
    ),
    "disk": (
        Phase.ISSUE,
        Words("저장 공간", "disk space"),
        Words(
            "곧 아무것도 기록할 수 없게 됩니다. 저장 공간을 늘리게 하세요.",
            "Soon nothing can be recorded: have room made.",
        ),
    ),
}
