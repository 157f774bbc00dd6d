"""Which step is degraded: each thing a visit needs, taken away by itself."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from station.bootstrap import Station
from station.domain.case import Stage
from station.domain.credential import CardState
from station.domain.deferral import Deferral
from station.domain.text import Words
from station.ports import IssuerKey, SignerUnavailable
from station.services.steps import MIN_FREE, Phase, Step, Steps
from tests.station.people import CARD, CASE, IDENTITY, OFFER, SUBJECT, TOKEN

NAMES = ("registry", "card-pin", "card-can", "signer", "status-list", "clock", "disk")


@dataclass
class At:
    """A clock that says what it is told to."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class Away:
    """A registry that does not answer."""

    def reachable(self) -> bool:
        return False


class DeadKey:
    """A key in a device that is away."""

    def __init__(self, key: IssuerKey) -> None:
        self.chain, self.public_key = key.chain, key.public_key
        self.not_before, self.not_after = key.not_before, key.not_after

    def sign(self, _to_sign: bytes) -> bytes:
        raise SignerUnavailable


@pytest.fixture
def steps(station: Station) -> Steps:
    return station.steps


def degraded(steps: Steps) -> set[str]:
    return {each.name for each in steps.steps() if not each.ok}


def named(steps: Steps, name: str) -> Step:
    return next(each for each in steps.steps() if each.name == name)


def later(steps: Steps, **by: float) -> Steps:
    return replace(steps, clock=At(steps.clock.now() + timedelta(**by)))


def test_all_is_well_with_a_new_station(steps: Steps) -> None:
    found = steps.steps()
    assert tuple(each.name for each in found) == NAMES
    assert degraded(steps) == set()


def test_every_step_says_in_two_languages_what_to_do(steps: Steps) -> None:
    for each in steps.steps():
        for words in (each.title, each.means):
            assert words.ko
            assert not words.ko.isascii()
            assert words.en.isascii()


def test_looking_changes_nothing(station: Station, steps: Steps) -> None:
    with station.counter.records.reading() as tx:
        before = tx.audit.head()
    steps.steps()
    with station.counter.records.reading() as tx:
        assert tx.audit.head() == before


def test_a_registry_that_is_away_degrades_identity_alone(steps: Steps) -> None:
    away = replace(steps, registry=Away())  # type: ignore[arg-type]
    assert degraded(away) == {"registry"}
    assert named(away, "registry").phase is Phase.IDENTITY


def test_terminal_certificates_tell_their_days_and_their_end(steps: Steps) -> None:
    left = named(steps, "card-pin").days_left
    assert left is not None
    assert left > 0
    last, over = later(steps, days=left), later(steps, days=left + 1)
    assert (named(last, "card-pin").ok, named(last, "card-pin").days_left) == (True, 0)
    assert {"card-pin", "card-can"} <= degraded(over)
    assert named(over, "card-pin").detail


def test_terminal_certificates_that_cannot_be_read_are_told(steps: Steps) -> None:
    terminal = replace_chain(steps, (b"damaged",))
    assert {"card-pin", "card-can"} <= degraded(terminal)


def replace_chain(steps: Steps, chain: tuple[bytes, ...]) -> Steps:
    @dataclass
    class Terminal:
        chain: tuple[bytes, ...]

        def sign(self, challenge: bytes) -> bytes:
            return challenge

    return replace(steps, terminal=Terminal(chain))


def test_an_outage_this_process_met_is_told_until_it_ends(steps: Steps) -> None:
    outage = next(iter(steps.signing.outages.values()))
    outage.begin(steps.clock.now())
    assert degraded(steps) == {"signer"}
    outage.end()
    assert degraded(steps) == set()


def test_a_request_that_waits_for_the_device_tells_other_processes(
    station: Station, steps: Steps
) -> None:
    """The server met the outage; the officer asks in a program of their own."""
    now = station.clock.now()
    case = replace(CASE, stage=Stage.KEY_BOUND, subject=SUBJECT, opened_at=now,
                   expires_at=now + timedelta(hours=1))  # fmt: skip
    deferral = Deferral(
        id="9" * 32, transaction_hash="8" * 64, token_hash=TOKEN.token_hash, case_id=case.id,
        card_id=CARD.id, configuration="kr.mrrc.1.mdoc", request="7" * 64, keys=(b"point",),
        made_at=now, expires_at=case.expires_at,
    )  # fmt: skip
    with station.counter.records.transaction() as tx:
        tx.cases.add(case)
        tx.credentials.add_card(replace(CARD, state=CardState.PENDING_ACTIVATION))
        tx.grants.add_offer(OFFER)
        tx.grants.add_token(replace(TOKEN, expires_at=case.expires_at))
        assert tx.deferrals.add(deferral)
    assert named(steps, "signer").detail == Words("서명 대기 1건", "1 waiting")
    with station.counter.records.transaction() as tx:
        tx.deferrals.give_up(case.id)
    assert degraded(steps) == set()


def test_a_status_key_in_a_device_that_is_away_is_told(steps: Steps) -> None:
    keys = steps.signing.keys
    dead = replace(keys, status_list=DeadKey(keys.status_list))  # type: ignore[type-var]
    away = replace(steps, signing=replace(steps.signing, keys=dead))
    assert degraded(away) == {"status-list"}
    assert named(away, "status-list").detail == Words("응답 없음", "away")


def test_issuer_certificates_tell_their_days_and_their_end(steps: Steps) -> None:
    for name in ("signer", "status-list"):
        left = named(steps, name).days_left
        assert left is not None
        assert left > 300
        assert name not in degraded(later(steps, days=left - 1))
        assert name in degraded(later(steps, days=left + 2))


def test_issuer_certificates_of_the_future_are_told(steps: Steps) -> None:
    assert {"signer", "status-list"} <= degraded(later(steps, days=-3))


@pytest.mark.parametrize(("seconds", "ok"), [(0, True), (-5, True), (-6, False)])
def test_a_clock_behind_the_newest_entry_is_told(
    station: Station, steps: Steps, seconds: int, ok: bool
) -> None:
    with station.counter.records.transaction() as tx:
        head = tx.audit.append("something.happened", "test")
    behind = replace(steps, clock=At(head.at + timedelta(seconds=seconds)))
    assert named(behind, "clock").ok is ok


@pytest.mark.parametrize(("free", "ok"), [(MIN_FREE, True), (MIN_FREE - 1, False), (0, False)])
def test_a_disk_that_is_nearly_full_is_told(steps: Steps, free: int, ok: bool) -> None:
    assert named(replace(steps, free=lambda: free), "disk").ok is ok


def test_no_step_names_anybody(station: Station, steps: Steps) -> None:
    with station.counter.records.transaction() as tx:
        tx.cases.add(replace(CASE, subject=SUBJECT))
        tx.cases.put_identity(CASE.id, IDENTITY)
    told = repr(steps.steps())
    for secret in (SUBJECT, IDENTITY.full_name, IDENTITY.rrn.digits, CASE.number, "officer-kim"):
        assert secret not in told
