"""The public application of a demo station, and cases put straight into its records."""

import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from station.bootstrap import Station, build
from station.domain.case import Stage
from station.web.issuer import issuer_app
from tests.flows.world import OFFICER
from tests.station.conftest import ISSUER
from tests.station.people import CASE, IDENTITY, SUBJECT

with warnings.catch_warnings():  # It would rather have another HTTP library under it.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

__all__ = ["FORM", "JSON", "Offered", "TestClient", "approve", "client_of", "offer_path"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def client_of(station: Station) -> TestClient:
    return TestClient(issuer_app(station), base_url=ISSUER, raise_server_exceptions=False)


@pytest.fixture
def client(station: Station) -> Iterator[TestClient]:
    with client_of(station) as made:
        yield made


@pytest.fixture(scope="module")
def public(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """For requests that change nothing: one application for all of them."""
    station = build(shutil.copytree(founded, tmp_path_factory.mktemp("public") / "station"))
    with client_of(station) as made:
        yield made
    station.engine.dispose()


@dataclass(frozen=True)
class Offered:
    """An offer a phone has just fetched."""

    path: str
    code: str
    tx_code: str
    number: str = CASE.number

    def form(self, tx_code: str | None = None) -> dict[str, str]:
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
            "pre-authorized_code": self.code,
            "tx_code": tx_code or self.tx_code,
        }


def approve(station: Station) -> None:
    """Put an approved case into the records."""
    now = datetime.now(UTC)
    case = replace(
        CASE,
        stage=Stage.APPROVED,
        subject=SUBJECT,
        opened_at=now,
        expires_at=now + timedelta(hours=1),
    )
    with station.counter.records.transaction() as tx:
        tx.cases.add(case)
        tx.cases.put_identity(case.id, IDENTITY)


def offer_path(station: Station) -> str:
    _, shown = station.offering.offer(CASE.number, OFFICER)
    assert shown.uri is not None
    [url] = parse_qs(urlsplit(shown.uri).query)["credential_offer_uri"]
    assert url.startswith(f"{ISSUER}/offers/")
    return url.removeprefix(ISSUER)


@pytest.fixture
def offered(station: Station, client: TestClient) -> Offered:
    approve(station)
    path = offer_path(station)
    content = client.get(path).json()
    [grant] = content["grants"].values()
    tx_code = station.offering.show(CASE.number, OFFICER).tx_code
    assert tx_code is not None
    return Offered(path, grant["pre-authorized_code"], tx_code)
