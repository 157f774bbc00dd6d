"""How long the console's pages take with the cases of years in the database.

    python -m bench.console [--rounds N] [--json FILE] [--smoke]

The application is asked without a socket, one request at a time, by officers whose sessions are
looked up in the database as always. What a browser makes of a page is not measured.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import httpx

from bench.crowd import ROLES, cookie_of, crowded
from bench.measure import Effort
from bench.results import Result, Unit, benchmark
from station.bootstrap import Station
from station.web.console.app import ConsoleApp

CASES, FEW = 100_000, 50
REQUESTS = 15
GOAL_MS = 200
HERE = "http://127.0.0.1:8081"
COUNTER, AUDITOR = ROLES
ASKED = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


def measure(effort: Effort, smoke: bool) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name, redirect_stderr(StringIO()):
        station = crowded(Path(name), FEW if smoke else CASES)
        app = ConsoleApp(station)
        app.begin()
        for page, (officer, path) in pages(station).items():
            taken = asyncio.run(asked(app, officer, path, 1 if smoke else REQUESTS * effort.rounds))
            yield Result({"page": page}, figures(taken))
        app.end()
        station.engine.dispose()


def pages(station: Station) -> dict[str, tuple[str, str]]:
    """Who asks for what. The cases in the middle were closed long ago."""
    with station.engine.begin() as connection:
        number = connection.exec_driver_sql(
            "SELECT number FROM cases WHERE stage = 'closed' ORDER BY id LIMIT 1"
        ).scalar_one()
        newest = connection.exec_driver_sql("SELECT number FROM cases ORDER BY id DESC").first()
        card = connection.exec_driver_sql("SELECT id FROM mobile_cards ORDER BY id DESC").first()
    assert newest is not None
    assert card is not None
    return {
        "today": (COUNTER, "/"),
        "old case": (COUNTER, f"/cases/{number}"),
        "new case": (COUNTER, f"/cases/{newest[0]}"),
        "approvals": (COUNTER, "/approvals"),
        "cards": (COUNTER, "/cards"),
        "card": (COUNTER, f"/cards/{card[0]}"),
        "figures": (COUNTER, "/figures"),
        "audit": (AUDITOR, "/audit"),
        "audit, case": (AUDITOR, f"/audit?case={number}"),
        "audit, event": (AUDITOR, "/audit?event=officer.added"),
        "accesses": (AUDITOR, "/audit/accesses"),
        "health": (COUNTER, "/health"),
        "display": (COUNTER, "/display"),
    }


async def asked(app: ConsoleApp, officer: str, path: str, count: int) -> list[float]:
    """Seconds for each answer; the first, cold one is thrown away."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE, headers=ASKED) as client:
        client.cookies.set("session", cookie_of(officer))
        if path == "/display":
            first = await client.get("/")
            token = first.text.split('name="csrf" value="')[1].split('"')[0]
            paired = await client.post(
                "/open-display", data={"csrf": token}, headers={"Origin": HERE}
            )
            client.cookies.set("display", paired.cookies["display"])
        return [await _seconds(client, path) for _ in range(count + 1)][1:]


async def _seconds(client: httpx.AsyncClient, path: str) -> float:
    begin = time.perf_counter()
    answer = await client.get(path)
    taken = time.perf_counter() - begin
    if answer.status_code != httpx.codes.OK:
        raise AssertionError(f"{path}: {answer.status_code}")
    return taken


def figures(taken: list[float]) -> dict[str, int]:
    """Units: milliseconds, rounded up."""
    ordered = sorted(taken)
    at = {"median ms": len(ordered) // 2, "p95 ms": (len(ordered) * 95 - 1) // 100, "max ms": -1}
    return {name: int(ordered[place] * 1000) + 1 for name, place in at.items()}


def remarks(results: list[Result]) -> Iterable[str]:
    slow = [each.case["page"] for each in results if each.figures["p95 ms"] > GOAL_MS]
    yield f"goal: {GOAL_MS} ms at the 95th percentile with {CASES} cases; over it: {slow or 'none'}"


main = benchmark(__doc__ or "", Unit.MILLISECONDS, measure, remarks)

if __name__ == "__main__":
    main()
