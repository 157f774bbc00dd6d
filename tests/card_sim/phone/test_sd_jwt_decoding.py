"""Disclosures put in their places (RFC 9901, 7.1): each rule broken on its own."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from card_sim.phone.checks.sd_jwt import decode
from tests.card_sim.phone.credentials import b64url

SALT = "s" * 16


def disclosure(*content: Any) -> str:
    return b64url(json.dumps(content).encode())


def digest(text: str) -> str:
    return b64url(hashlib.sha256(text.encode()).digest())


def sd_jwt(payload: dict[str, Any], *texts: str) -> str:
    """An SD-JWT with a signature of zeros: decoding looks at none."""
    header = b64url(b'{"alg":"ES256"}')
    compact = f"{header}.{b64url(json.dumps(payload).encode())}.{b64url(bytes(64))}"
    return "~".join([compact, *texts, ""])


ONE = disclosure(SALT, "name", "Kim")
ELEMENT = disclosure(SALT, "KR")


def test_decode_puts_members_and_elements_in_their_places() -> None:
    inner = disclosure(SALT, "street", "x")
    outer = disclosure(SALT, "address", {"_sd": [digest(inner)], "country": "KR"})
    payload = {"_sd": [digest(ONE), digest(outer)], "nat": ["DE", {"...": digest(ELEMENT)}]}
    read = decode(sd_jwt(payload, ONE, inner, outer, ELEMENT))
    assert read.claims == {
        "name": "Kim",
        "address": {"street": "x", "country": "KR"},
        "nat": ["DE", "KR"],
    }
    paths = [each.path for each in read.disclosures]
    assert paths == [("name",), ("address", "street"), ("address",), ("nat", 1)]


def test_decode_leaves_out_decoys_and_what_was_not_disclosed() -> None:
    payload = {"_sd": [digest(ONE), "d" * 43], "nat": [{"...": digest(ELEMENT)}]}
    assert decode(sd_jwt(payload)).claims == {"nat": []}


def test_decode_takes_a_salt_of_16_letters_and_not_of_15() -> None:
    short = disclosure(SALT[1:], "name", "Kim")
    decode(sd_jwt({"_sd": [digest(ONE)]}, ONE))
    with pytest.raises(EncodingError):
        decode(sd_jwt({"_sd": [digest(short)]}, short))


BAD: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "_sd is text": ({"_sd": "x"}, ()),
    "_sd is an object": ({"_sd": {"a": 1}}, ()),
    "digest is a list": ({"_sd": [[]]}, ()),
    "decoy twice": ({"_sd": ["d" * 43, "d" * 43]}, ()),
    "decoy twice, apart": ({"_sd": ["d" * 43], "a": {"_sd": ["d" * 43]}}, ()),
    "placeholder as a member": ({"a": {"...": "d" * 43}}, ()),
    "placeholder with company": ({"a": [{"...": "d" * 43, "b": 1}]}, ()),
    "placeholder that is a number": ({"a": [{"...": 1}]}, ()),
    "element where a member belongs": ({"_sd": [digest(ELEMENT)]}, (ELEMENT,)),
    "member where an element belongs": ({"a": [{"...": digest(ONE)}]}, (ONE,)),
    "salt is a number": (
        {"_sd": [digest(disclosure(1, "a", 2))]},
        (disclosure(1, "a", 2),),
    ),
    "name is a number": (
        {"_sd": [digest(disclosure(SALT, 1, 2))]},
        (disclosure(SALT, 1, 2),),
    ),
    "disclosure is an object": ({"_sd": [digest("e30")]}, ("e30",)),
    "name taken by a hidden one": (
        {"_sd": [digest(ONE), digest(disclosure(SALT + "x", "name", "Lee"))]},
        (ONE, disclosure(SALT + "x", "name", "Lee")),
    ),
    "disclosure not referenced": ({"_sd": []}, (ONE,)),
    "disclosure twice": ({"_sd": [digest(ONE)]}, (ONE, ONE)),
    "disclosure not ASCII": ({"_sd": []}, ("é",)),
    "disclosure referenced by a hidden decoy only": ({"_sd": ["d" * 43]}, (ONE,)),
}


@pytest.mark.parametrize("case", BAD)
def test_decode_refuses(case: str) -> None:
    payload, texts = BAD[case]
    with pytest.raises(EncodingError):
        decode(sd_jwt(payload, *texts))


@pytest.mark.parametrize("text", ["", "~", "a.b.c", "a.b.c~", "..~", "é~"])
def test_decode_refuses_what_is_no_sd_jwt(text: str) -> None:
    with pytest.raises(EncodingError):
        decode(text)


JSON = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(st.sampled_from(["_sd", "...", "a", "b"]), v, max_size=3)
    ),
    max_leaves=10,
)


def names_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


def test_decode_refuses_a_jwt_without_a_tilde() -> None:
    decode(sd_jwt({}))
    with pytest.raises(EncodingError):
        decode(sd_jwt({}).removesuffix("~"))


@given(JSON)
def test_decode_of_any_payload_leaves_no_reserved_name_or_is_an_encoding_error(value: Any) -> None:
    try:
        claims = decode(sd_jwt({"a": value, "_sd": [digest(ONE)]}, ONE)).claims
    except EncodingError:
        return
    assert not {"_sd", "..."} & names_in(claims)
