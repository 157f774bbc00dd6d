from datetime import UTC, datetime
from pathlib import Path

import pytest

from station.adapters.android_revocations import RevocationFile
from station.domain.errors import StationError
from station.openid4vci.android_attestation import RevocationList

FIRST = RevocationList(frozenset({"a", "b"}), datetime(2026, 11, 1, tzinfo=UTC))
SECOND = RevocationList(frozenset({"c"}), datetime(2026, 11, 2, tzinfo=UTC))


def test_there_may_be_none(tmp_path: Path) -> None:
    assert RevocationFile(tmp_path / "none.json").current() is None


def test_a_list_is_read_as_it_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "android" / "list.json"
    RevocationFile(path).replace(FIRST)
    assert RevocationFile(path).current() == FIRST
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_process_s_list_is_noticed(tmp_path: Path) -> None:
    server, command = (RevocationFile(tmp_path / "list.json") for _ in range(2))
    command.replace(FIRST)
    assert server.current() == FIRST
    assert server.current() is server.current()
    command.replace(SECOND)
    assert server.current() == SECOND


@pytest.mark.parametrize("octets", [b"", b"{}", b'{"fetched":"x","serials":[]}', b"[]"])
def test_a_broken_file_is_an_error(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "list.json").write_bytes(octets)
    with pytest.raises(StationError) as refused:
        RevocationFile(tmp_path / "list.json").current()
    assert refused.value.code == "config.invalid"
