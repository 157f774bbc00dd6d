"""What the running issuer does beside answering: publish once, sweep on, believe no dead socket."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from station.services.upkeep import Upkeep
from station.web import issuer
from tests.flows import invariants
from tests.flows.wallet import MDOC
from tests.flows.world import World, in_threads


def test_change_of_a_status_list_is_signed_once_however_many_ask(world: World) -> None:
    world.issued()
    tokens = in_threads(16, lambda _: world.station.status.token(1))
    assert len(set(tokens)) == 1  # No two signatures over one text are alike.


@pytest.mark.parametrize("step", ["upkeep", "checkpoint"])
def test_sweep_goes_on_after_an_error_nobody_foresaw(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[str] = []

    def sweep(*_: object) -> None:
        swept.append(step)
        if len(swept) == 1:
            raise RuntimeError

    async def until_swept_twice() -> None:
        task = asyncio.create_task(issuer._sweep(station))
        while len(swept) < 2:
            assert not task.done()
            await asyncio.sleep(0)
        task.cancel()

    steps = {"cases": sweep} if step == "upkeep" else {}
    station = replace(world.station, upkeep=Upkeep(steps, world.clock))
    if step == "checkpoint":
        monkeypatch.setattr("station.services.review.Review.checkpoint", sweep)
    monkeypatch.setattr(issuer, "SWEEP_SECONDS", 0)
    asyncio.run(until_swept_twice())


def test_credential_for_a_socket_that_closed_is_not_delivered(world: World) -> None:
    _, phone = world.granted()
    body = phone.body(MDOC)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": body},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"authorization": f"Bearer {phone.access_token}", "content-type": "application/json"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/credential",
        "raw_path": b"/credential",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(issuer.issuer_app(world.station)(scope, receive, send))
    assert sent
    assert invariants.rows(world.folder, "SELECT state FROM credentials") == [{"state": "signed"}]
