"""Google's revocation list as it is published."""

import json
from typing import Any

import pytest

from station.openid4vci.android_revocations import RevocationsError, parse

REVOKED = {"status": "REVOKED", "reason": "KEY_COMPROMISE", "comment": "x"}


def listed(entries: Any, **members: Any) -> bytes:
    return json.dumps({"entries": entries, **members}).encode()


def test_serial_numbers_are_read_in_one_spelling() -> None:
    entries = {"2c8cdddfd5e03bfc": REVOKED, "0A": {"status": "SUSPENDED"}, "7": REVOKED}
    assert parse(listed(entries, version=1)) == {"2c8cdddfd5e03bfc", "a", "7"}


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "entries is not an object"),
        (listed({}), "entries is not an object"),
        (listed([]), "entries is not an object"),
        (b'{"entries":{"a":{"status":"REVOKED"},"a":{"status":"REVOKED"}}}', "a member twice"),
        (listed({"xyz": REVOKED}), "not hexadecimal"),
        (listed({"": REVOKED}), "not hexadecimal"),
        (listed({"0": REVOKED}), "not hexadecimal"),
        (listed({"a" * 65: REVOKED}), "not hexadecimal"),
        (listed({"a": {"status": "GOOD"}}), "neither REVOKED nor SUSPENDED"),
        (listed({"a": {}}), "neither REVOKED nor SUSPENDED"),
        (listed({"a": "REVOKED"}), "neither REVOKED nor SUSPENDED"),
    ],
)
def test_a_list_that_is_not_one_is_refused(octets: bytes, reason: str) -> None:
    with pytest.raises(RevocationsError, match=reason):
        parse(octets)
