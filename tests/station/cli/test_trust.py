"""`station trust` as the operator uses it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.station.cli.conftest import AUDITOR, Run, only_object, refused

LIST = json.dumps({"entries": {"c0ffee": {"status": "REVOKED"}, "bad": {"status": "SUSPENDED"}}})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "status.json"
    path.write_text(LIST, "ascii")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def stored(home: Path) -> dict[str, object]:
    return dict(json.loads((home / "trust" / "android" / "revocations.json").read_text("ascii")))


def test_a_list_is_as_old_as_its_file(run: Run, home: Path, file: Path) -> None:
    content = only_object(run("trust", "import-revocations", str(file), "--json"))
    fetched = datetime.fromtimestamp(1_700_000_000, UTC).isoformat()
    assert content == {"revoked": 2, "fetched": fetched}
    assert stored(home) == {"fetched": fetched, "serials": ["bad", "c0ffee"]}
    entries = only_object(run("audit", "show", "--json", officer=AUDITOR))["entries"]
    assert [each["event"] for each in entries] == ["revocations.taken"]


def test_its_age_may_be_told(run: Run, home: Path, file: Path) -> None:
    arguments = ("trust", "import-revocations", str(file))
    run(*arguments, "--fetched", "2026-01-01T09:00:00+09:00")
    assert stored(home)["fetched"] == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "fetched", "detail"),
    [
        ("{}", None, "entries is not an object"),
        (LIST, "yesterday", "--fetched is not a time"),
        (LIST, "2026-01-01T00:00:00", "--fetched has no zone"),
        (LIST, "2999-01-01T00:00:00Z", "from the future"),
        (LIST, "2020-01-01T00:00:00Z", "older than the present one"),
    ],
)
def test_another_list_stays_outside(
    run: Run, home: Path, file: Path, content: str, fetched: str | None, detail: str
) -> None:
    run("trust", "import-revocations", str(file))
    before = stored(home)
    file.write_text(content, "ascii")
    options = ("--fetched", fetched) if fetched else ()
    told = run("trust", "import-revocations", str(file), *options, "--json")
    assert detail in refused(told, "input.invalid", 2)["detail"]
    assert stored(home) == before
