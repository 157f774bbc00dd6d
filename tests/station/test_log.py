import json
import logging
from collections.abc import Iterator

import pytest

from station import log as logs
from station.log import FIELDS, log, to_stderr

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _own_logger() -> Iterator[None]:
    logger = logging.getLogger("station")
    before = (logger.handlers[:], logger.level, logger.propagate)
    logger.handlers.clear()
    yield
    logger.handlers[:], logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


@pytest.mark.parametrize("name", ["rrn", "name", "pin", "tx_code", "detail", "token", "path", ""])
def test_an_unknown_field_raises_and_writes_nothing(capsys: Captured, name: str) -> None:
    to_stderr()
    with pytest.raises(ValueError, match="log field not allowed") as refused:
        log("x", **{name: "a secret", "case": "261123-0001"})
    assert "a secret" not in str(refused.value)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_known_field_is_written(capsys: Captured, name: str) -> None:
    to_stderr()
    log("something.happened", **{name: "value"})
    written = json.loads(capsys.readouterr().err.split(" ", 2)[2])
    assert written == {"event": "something.happened", name: "value"}


@pytest.mark.parametrize(
    "hostile",
    [
        "a\nb",
        "a\r\nfake",
        'a", "status": "200',
        "\u2028a",
        "\x1b[31m",
        "\x00",
        "\u202e\ud800",
        "가",
    ],
)
def test_a_hostile_value_stays_one_line_and_one_value(capsys: Captured, hostile: str) -> None:
    to_stderr()
    log(hostile, error=hostile)
    written = capsys.readouterr().err
    assert written.endswith("\n")
    assert len(written.splitlines()) == 1
    assert written.rstrip("\n").isprintable()
    assert json.loads(written.split(" ", 2)[2]) == {"event": hostile, "error": hostile}


def test_numbers_and_nothing_are_written_as_they_are(capsys: Captured) -> None:
    to_stderr()
    log("x", count=3, seconds=0.25, case=None)
    content = json.loads(capsys.readouterr().err.split(" ", 2)[2])
    assert content == {"event": "x", "count": 3, "seconds": 0.25, "case": None}


def test_no_field_can_hold_what_must_not_be_logged() -> None:
    for word in ("name", "rrn", "birth", "pin", "code_", "tx", "token", "key", "path", "body"):
        assert not any(word in each for each in logs.FIELDS)
