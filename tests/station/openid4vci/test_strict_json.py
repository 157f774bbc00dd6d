import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.openid4vci.strict_json import JsonError, loads, loads_object

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4),
    max_leaves=12,
)


def refusal(octets: bytes, limit: int = 2_000_000) -> str:
    with pytest.raises(JsonError) as refused:
        loads(octets, limit)
    return str(refused.value)


@given(VALUES)
def test_reading_restores_what_was_written(value: Any) -> None:
    assert loads(json.dumps(value).encode(), 1 << 20) == value


@given(st.binary(max_size=80))
def test_anything_else_is_refused_in_one_way(octets: bytes) -> None:
    try:
        value = loads(octets, 80)
    except JsonError:
        return
    assert value == json.loads(octets)


def test_the_size_is_checked_first() -> None:
    assert loads(b"[1,2]", 5) == [1, 2]
    assert refusal(b"[1,2]", 4) == "longer than 4 octets"
    assert refusal(b"\xff" * 1_000_000, 64) == "longer than 64 octets"


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":{"a":1,"b":2,"a":3}}',
        b'[{"a":1,"a":2}]',
    ],
)
def test_a_member_named_twice_is_refused(text: bytes) -> None:
    assert refusal(text) == "an object names a member twice"


def test_sixteen_levels_are_the_most() -> None:
    assert loads(b"[" * 16 + b"]" * 16, 64)
    for deep in (b"[" * 17 + b"]" * 17, b'{"a":' * 17 + b"1" + b"}" * 17, b"[" * 1_000_000):
        assert refusal(deep) == "nested more than 16 deep"


def test_brackets_in_strings_do_not_nest() -> None:
    text = b'{"a":"' + b"[{" * 100 + b'\\"[[","b":"\\\\"}'
    assert loads(text, 1000)["b"] == "\\"


@pytest.mark.parametrize(
    "text", [b'"\\"' * 200_000, b'"' + b"\\" * 999_999, b'"[' * 400_000, b'["' + b'\\"' * 400_000]
)
def test_strings_that_never_end_are_read_in_one_go(text: bytes) -> None:
    # A scanner that starts again at every quote would take hours here.
    assert refusal(text)


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity", b"[1e400]", b"-1e999"])
def test_numbers_that_are_not_finite_are_refused(text: bytes) -> None:
    assert refusal(text) == "a number is not finite"


def test_numbers_of_many_digits_are_refused() -> None:
    assert loads(b"9" * 20, 100) == 10**20 - 1
    assert refusal(b"9" * 21) == "a number is too long"
    assert refusal(b"9" * 1_000_000) == "a number is too long"
    assert refusal(b"0." + b"9" * 100) == "a number is too long"


@pytest.mark.parametrize(
    "text",
    [
        b"", b" ", b"{", b"{}{}", b"{} x", b"'a'", b"{a:1}", b"[1,]", b"{,}", b"tru", b"01", b"+1",
        b"1.", b".5", b'"\t"', b'"\\x41"', b'"a', b"\xef\xbb\xbf{}", b'"\xff"', b'"\xc0\xaf"',
        b'"\xed\xa0\x80"', b'"\\ud800"', b'{"\\udfff":1}', b'{"a":["\\ud83d"]}', b"// c\n1",
        '{"a":1}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_not_json_in_utf_8_is_refused(text: bytes) -> None:
    assert refusal(text) == "not JSON in UTF-8"


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert loads(b'"\\ud83d\\ude00"', 64) == "\U0001f600"


@pytest.mark.parametrize("text", [b"[]", b"1", b'"{}"', b"null", b"true"])
def test_an_object_is_asked_for(text: bytes) -> None:
    with pytest.raises(JsonError, match="not a JSON object"):
        loads_object(text, 64)


def test_a_refusal_says_nothing_of_the_content() -> None:
    assert "canary" not in refusal(b'{"canary":1,"canary":2}')
    assert "canary" not in refusal(b"canary")
