"""What time ends: offers, tx_codes, tokens, nonces, cases; and a clock that goes wrong."""

from collections.abc import Callable

import pytest

from card_sim.phone.jose import decode_jws
from station.domain.case import Stage
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, error_of
from tests.flows.world import OFFICER, World

SCAN_SECONDS = 90
FIVE_MINUTES = 300
INVALID_GRANT = (400, "invalid_grant")
INVALID_NONCE = (400, "invalid_nonce")
INVALID_TOKEN = (401, "invalid_token")


def test_offer_is_scannable_for_ninety_seconds(world: World) -> None:
    number = world.approved()
    uri = world.offer(number)
    world.clock.move(seconds=SCAN_SECONDS)
    assert world.wallet().fetch(uri).status_code == 200
    late = world.offer(number)
    world.clock.move(seconds=SCAN_SECONDS + 1)
    assert error_of(world.wallet().fetch(late)) == (404, "offer_not_found")
    with pytest.raises(StationError) as caught:
        world.shown(number)
    assert caught.value.code == "offer.none"


def test_offer_that_was_scanned_may_be_fetched_again_until_its_code_ends(world: World) -> None:
    number = world.approved()
    uri = world.offer(number)
    phone = world.wallet()
    phone.fetch(uri)
    world.clock.move(seconds=FIVE_MINUTES)
    assert phone.fetch(uri).status_code == 200
    world.clock.move(seconds=1)
    assert error_of(phone.fetch(uri)) == (404, "offer_not_found")


def test_fetching_again_gives_no_more_time(world: World) -> None:
    number = world.approved()
    uri = world.offer(number)
    phone = world.wallet()
    phone.fetch(uri)
    code = world.tx_code(number)
    world.clock.move(seconds=FIVE_MINUTES - 1)
    phone.fetch(uri)
    world.clock.move(seconds=2)
    assert error_of(phone.exchange(code)) == INVALID_GRANT


@pytest.mark.parametrize(("seconds", "status"), [(FIVE_MINUTES, 200), (FIVE_MINUTES + 1, 400)])
def test_tx_code_lives_five_minutes(world: World, seconds: int, status: int) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    world.clock.move(seconds=seconds)
    assert phone.exchange(code).status_code == status


def test_late_guess_costs_nothing(world: World) -> None:
    number, phone = world.offered()
    code = world.tx_code(number)
    world.clock.move(seconds=FIVE_MINUTES + 1)
    assert error_of(phone.exchange(code)) == INVALID_GRANT
    assert invariants.rows(world.folder, "SELECT guesses FROM offers") == [{"guesses": 0}]


@pytest.mark.parametrize(("seconds", "status"), [(FIVE_MINUTES, 200), (FIVE_MINUTES + 1, 401)])
def test_token_lives_five_minutes(world: World, seconds: int, status: int) -> None:
    _, phone = world.granted()
    world.clock.move(seconds=seconds)
    assert phone.credential(phone.body(MDOC)).status_code == status


def test_stored_answer_ends_with_its_token(world: World) -> None:
    _, phone = world.granted()
    body = phone.body(MDOC)
    assert phone.credential(body).status_code == 200
    world.clock.move(seconds=FIVE_MINUTES + 1)
    assert error_of(phone.credential(body)) == INVALID_TOKEN


def test_notification_ends_with_its_token(world: World) -> None:
    _, phone = world.granted()
    answer = phone.credential(phone.body(MDOC))
    world.clock.move(seconds=FIVE_MINUTES + 1)
    assert error_of(phone.notify(answer)) == INVALID_TOKEN


def test_nonce_lives_five_minutes(world: World) -> None:
    nonces = [world.wallet().nonce() for _ in range(2)]
    world.clock.move(seconds=200)
    _, phone = world.granted()
    world.clock.move(seconds=FIVE_MINUTES - 200)
    in_time = phone.body(MDOC, phone.proof(nonces[0]))
    assert phone.credential(in_time).status_code == 200
    world.clock.move(seconds=1)
    late = phone.body(SD_JWT, phone.proof(nonces[1]))
    assert error_of(phone.credential(late)) == INVALID_NONCE


def test_nonce_stays_spent_when_the_clock_goes_back(world: World) -> None:
    """What was forgotten because it had ended must not come to life again."""
    number, phone = world.granted()
    nonce = phone.nonce()
    assert phone.credential(phone.body(MDOC, phone.proof(nonce))).status_code == 200
    world.clock.move(seconds=FIVE_MINUTES + 2)
    world.station.delivery.sweep()
    world.clock.move(seconds=-4)
    assert error_of(phone.credential(phone.body(SD_JWT, phone.proof(nonce)))) == INVALID_NONCE
    assert world.stage(number) is Stage.ISSUED


def test_proof_of_another_time_is_refused(world: World) -> None:
    _, phone = world.granted()
    nonce = phone.nonce()
    for off in (-FIVE_MINUTES - 1, FIVE_MINUTES):
        world.clock.move(seconds=off)
        proof = phone.proof(nonce)
        world.clock.move(seconds=-off)
        answer = phone.credential(phone.body(MDOC, proof))
        assert error_of(answer) == (400, "invalid_proof")


@pytest.mark.parametrize("stage", ["opened", "approved", "offered", "granted", "issued"])
def test_case_ends_after_its_life(world: World, stage: str) -> None:
    ways: dict[str, Callable[[], str]] = {
        "opened": world.open,
        "approved": world.approved,
        "offered": lambda: world.offered()[0],
        "granted": lambda: world.granted()[0],
        "issued": lambda: world.issued()[0],
    }
    number = ways[stage]()
    world.clock.move(minutes=60)
    world.station.delivery.sweep()
    assert world.stage(number) is not Stage.EXPIRED
    world.clock.move(seconds=1)
    world.station.delivery.sweep()
    assert world.stage(number) is Stage.EXPIRED
    published = invariants.rows(world.folder, "SELECT published FROM credentials")
    assert all(row == {"published": "invalid"} for row in published)
    with pytest.raises(StationError):
        world.offer(number)


def test_active_case_is_closed_and_its_card_stays(world: World) -> None:
    """Nobody asked for the receipt: the portrait goes, and the receipt can still be had."""
    number, _ = world.issued()
    world.station.lifecycle.activate(number, OFFICER)
    world.clock.move(days=2)
    world.station.delivery.sweep()
    assert world.stage(number) is Stage.CLOSED
    identity = world.identity_of(number)
    assert identity is not None
    assert identity.portrait == b""
    published = invariants.rows(world.folder, "SELECT published FROM credentials")
    assert published == [{"published": "valid"}] * 2
    world.station.papers.receipt(number, OFFICER)


def test_case_past_its_life_goes_no_step_further(world: World) -> None:
    """Also before the sweep has come to it."""
    read, identified, approved = world.open(), world.open(), world.approved(world.namgung)
    for number in (read, identified):
        world.read(number, world.materials.card(world.kim), world.kim.pin)
    world.identify(identified)
    world.clock.move(minutes=60, seconds=1)
    steps = ((world.identify, read), (world.approve, identified), (world.offer, approved))
    for step, number in steps:
        with pytest.raises(StationError) as caught:
            step(number)
        assert caught.value.code == "case.expired"
    with pytest.raises(StationError) as caught:
        world.read(read, world.materials.card(world.kim), world.kim.pin)
    assert caught.value.code == "case.expired"


def test_case_past_its_life_issues_and_activates_nothing(world: World) -> None:
    number = world.approved()
    world.clock.move(minutes=58)
    phone = world.wallet()
    phone.fetch(world.offer(number))
    assert phone.exchange(world.tx_code(number)).status_code == 200
    assert phone.credential(phone.body(MDOC)).status_code == 200
    world.clock.move(minutes=2, seconds=1)
    denied = phone.credential(phone.body(SD_JWT))
    assert error_of(denied) == (400, "credential_request_denied")
    with pytest.raises(StationError) as caught:
        world.station.lifecycle.activate(number, OFFICER)
    assert caught.value.code == "case.expired"


def test_nothing_fetched_in_the_tokens_life_frees_the_case(world: World) -> None:
    """Signed, never handed out: void, and the officer offers again."""
    number, phone = world.granted()
    station = world.station
    station.issuance.issue(phone.access_token, phone.body(MDOC), "application/json")
    world.clock.move(seconds=FIVE_MINUTES)
    station.delivery.sweep()
    assert world.stage(number) is Stage.ISSUED
    world.clock.move(seconds=1)
    station.delivery.sweep()
    assert world.stage(number) is Stage.APPROVED
    voided = invariants.rows(world.folder, "SELECT state, published FROM credentials")
    assert voided == [{"state": "voided", "published": "invalid"}]
    phone = world.wallet()
    phone.fetch(world.offer(number))
    assert phone.exchange(world.tx_code(number)).status_code == 200
    for configuration in CONFIGURATIONS:
        assert phone.credential(phone.body(configuration)).status_code == 200
    station.lifecycle.activate(number, OFFICER)
    assert world.stage(number) is Stage.ACTIVE


def test_what_was_delivered_stays_when_the_rest_was_never_fetched(world: World) -> None:
    number, phone = world.granted()
    assert phone.credential(phone.body(MDOC)).status_code == 200
    issue = world.station.issuance.issue
    issue(phone.access_token, phone.body(SD_JWT), "application/json")
    world.clock.move(seconds=FIVE_MINUTES + 1)
    world.station.delivery.sweep()
    assert world.stage(number) is Stage.ISSUED
    query = "SELECT configuration, state FROM credentials ORDER BY configuration"
    assert invariants.rows(world.folder, query) == [
        {"configuration": MDOC, "state": "delivered"},
        {"configuration": SD_JWT, "state": "voided"},
    ]


@pytest.mark.parametrize("step", ["open", "offer", "exchange", "credential", "activate"])
def test_clock_that_goes_back_stops_the_station(world: World, step: str) -> None:
    """By more than the slack: what would be recorded earlier than its past is not done."""
    number = world.approved()
    phone = world.wallet()
    uri = world.offer(number)
    phone.fetch(uri)
    code = world.tx_code(number)
    if step in {"credential", "activate"}:
        phone.exchange(code)
    if step == "activate":
        phone.credential(phone.body(MDOC))
    world.clock.move(minutes=2)
    world.open()
    before = len(invariants.events(world.folder))
    world.clock.move(seconds=-60)
    if step in {"exchange", "credential"}:
        answer = phone.exchange(code) if step == "exchange" else phone.credential(phone.body(MDOC))
        assert error_of(answer) == (500, "server_error")
    else:
        ways: dict[str, Callable[[], object]] = {
            "open": world.open,
            "offer": lambda: world.offer(number),
            "activate": lambda: world.station.lifecycle.activate(number, OFFICER),
        }
        with pytest.raises(StationError) as caught:
            ways[step]()
        assert caught.value.code == "clock.wrong"
    assert len(invariants.events(world.folder)) == before


def test_clock_within_the_slack_never_takes_the_audit_back(world: World) -> None:
    world.open()
    world.clock.move(seconds=-5)
    world.open()
    query = "SELECT at FROM audit ORDER BY sequence"
    first, second = (row["at"] for row in invariants.rows(world.folder, query))
    assert first == second
    world.clock.move(microseconds=-1)
    with pytest.raises(StationError):
        world.open()


def test_status_list_times_only_rise(world: World) -> None:
    """Also of two lists in one second, and after a clock that went back a little."""
    number, phone = world.granted()

    def issued_at() -> int:
        answer = phone.http.get("/status/1")
        assert answer.headers["content-type"] == "application/statuslist+jwt"
        stated = decode_jws(answer.text).payload
        assert stated["ttl"] <= FIVE_MINUTES
        time: int = stated["iat"]
        return time

    phone.credential(phone.body(MDOC))
    times = [issued_at()]
    phone.credential(phone.body(SD_JWT))
    times.append(issued_at())
    world.clock.move(seconds=-3)
    world.station.lifecycle.activate(number, OFFICER)
    times.append(issued_at())
    phone.http = world.restarted().wallet().http
    times.append(issued_at())
    assert times == sorted(set(times))
    world.clock.move(seconds=3)


def test_status_list_is_signed_anew_before_it_ends(world: World) -> None:
    _, phone = world.granted()
    phone.credential(phone.body(MDOC))
    first = decode_jws(phone.http.get("/status/1").text).payload
    world.clock.move(hours=23)
    second = decode_jws(phone.http.get("/status/1").text).payload
    assert second["exp"] > world.clock.now().timestamp() + FIVE_MINUTES
    assert second["iat"] > first["iat"]
    assert second["status_list"] == first["status_list"]


def test_status_list_that_is_not_there_is_not_found(world: World) -> None:
    assert error_of(world.wallet().http.get("/status/7")) == (404, "no_such_status_list")
