"""The description of the HTTP registry is what client, server and domain do."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from station.adapters.registry.fields import MAX_TEXT
from station.adapters.registry.http import MAX_CHANGES, MAX_SEQUENCE, HttpRegistry
from station.adapters.registry.link import MAX_ANSWER_OCTETS
from station.adapters.registry.portraits import MAX_PORTRAIT_OCTETS, MAX_PORTRAIT_SIDE
from station.domain.identity import Rrn
from station.domain.registry import CardStatus, ChangeKind, Registration
from tests.station.adapters.registry.api import description, schema, validator
from tests.station.adapters.registry.conftest import RESIDENT, asking
from tests.station.adapters.registry.lists import SECOND_RRN
from tests.station.adapters.registry.server import Asked, Registry
from tests.station.adapters.registry.test_http import CHANGES
from tests.station.people import TEST_RRN


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = description()["components"]["schemas"]
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_is_openapi_3_1() -> None:
    assert description()["openapi"].startswith("3.1.")
    assert set(description()["paths"]) == {"/residents/find", "/changes"}


@pytest.mark.parametrize("name", schemas())
def test_each_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])
    assert schema(name).is_valid(0) in {True, False}


def test_every_reference_leads_somewhere() -> None:
    named = set(references(description()))
    for each in named:
        part: Any = description()
        for step in each.removeprefix("#/").split("/"):
            part = part[step]
    assert {f"#/components/schemas/{name}" for name in schemas()} <= named


def test_its_words_are_those_of_the_domain() -> None:
    assert schemas()["Change"]["properties"]["kind"]["enum"] == list(ChangeKind)
    assert schemas()["Resident"]["properties"]["registration"]["enum"] == list(Registration)
    assert schemas()["Card"]["properties"]["status"]["enum"] == list(CardStatus)


def test_its_bounds_are_those_of_the_client() -> None:
    resident, change = schemas()["Resident"]["properties"], schemas()["Change"]["properties"]
    assert schemas()["Text"]["maxLength"] == schemas()["TextOrNone"]["maxLength"] == MAX_TEXT
    assert schemas()["Changes"]["properties"]["changes"]["maxItems"] == MAX_CHANGES
    assert change["sequence"]["maximum"] == schemas()["Position"]["maximum"] == MAX_SEQUENCE
    assert resident["portrait"]["maxLength"] == MAX_PORTRAIT_OCTETS * 4 // 3
    assert f"{MAX_PORTRAIT_OCTETS:_}".replace("_", " ") in resident["portrait"]["description"]
    assert str(MAX_PORTRAIT_SIDE) in resident["portrait"]["description"]
    told = description()["info"]["description"]
    assert f"{MAX_ANSWER_OCTETS:_}".replace("_", " ") in told


def test_the_largest_answers_fit(server: Registry, remote: HttpRegistry) -> None:
    """The longest of everything, in the way of writing that takes most octets."""
    text = "가" * MAX_TEXT
    resident = RESIDENT | dict.fromkeys(("family_name", "given_names", "name_hanja"), text)
    resident |= {"contact": text, "portrait": "A" * (MAX_PORTRAIT_OCTETS * 4 // 3)}
    address = RESIDENT["address"] | dict.fromkeys(("province", "city", "street"), text)
    card = RESIDENT["card"] | {"document_number": text, "issuing_authority": text}
    largest = {"resident": resident | {"address": address, "card": card}}
    assert schema("Found").is_valid(largest)
    assert len(json.dumps(largest)) < MAX_ANSWER_OCTETS
    change = {"sequence": MAX_SEQUENCE, "at": "2026-11-23T13:30:15.123456+09:00"}
    change |= {"rrn": TEST_RRN, "kind": "deregistration"}
    changes = {"last": MAX_SEQUENCE, "changes": [change] * MAX_CHANGES}
    assert schema("Changes").is_valid(changes)
    assert len(json.dumps(changes, indent=1)) < MAX_ANSWER_OCTETS


def operation(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = description()["paths"][asked.path][asked.method.lower()]
    return found


def test_the_client_asks_as_described(server: Registry, url: str, tmp_path: Any) -> None:
    (tmp_path / "token").write_text("secret", "ascii")
    registry = asking(url, token=tmp_path / "token")
    registry.find(Rrn(TEST_RRN))
    registry.changes(0, 10_000)
    registry.last_change()
    registry.reachable()
    assert [each.path for each in server.asked] == ["/residents/find", *["/changes"] * 3]
    for asked in server.asked:
        described = operation(asked)
        parameters = {each["name"]: each for each in described.get("parameters", ())}
        assert set(asked.query) == set(parameters)
        for number, name in enumerate(parameters):
            pointer = f"/paths/~1changes/get/parameters/{number}/schema"
            validator(pointer).validate(int(asked.query[name]))
        if "requestBody" in described:
            assert asked.headers["content-type"] == "application/json"
            schema("Question").validate(json.loads(asked.body))
        else:
            assert asked.body == b""
        assert asked.headers["authorization"] == "Bearer secret"
        assert asked.headers["accept"] == "application/json"
        assert asked.headers["accept-encoding"] == "identity"


def test_the_server_of_the_tests_answers_as_described(server: Registry, url: str) -> None:
    server.changes = CHANGES
    for rrn in (TEST_RRN, SECOND_RRN):
        answer = httpx.post(f"{url}/residents/find", json={"rrn": rrn})
        assert answer.status_code == 200
        schema("Found").validate(answer.json())
    answer = httpx.get(f"{url}/changes", params={"after": 3, "limit": 1})
    schema("Changes").validate(answer.json())
    server.token = "another"
    for refused in (
        httpx.post(f"{url}/residents/find", json={"rrn": TEST_RRN}),
        httpx.get(f"{url}/changes", params={"after": 0, "limit": 1}),
    ):
        assert refused.status_code == 401
        schema("Error").validate(refused.json())


def test_a_question_holds_the_number_and_nothing_else() -> None:
    assert not schema("Question").is_valid({"rrn": TEST_RRN, "name": "가나"})
    assert not schema("Question").is_valid({"rrn": TEST_RRN[:-1]})
    for path, methods in description()["paths"].items():
        for described in methods.values():
            named = {each["name"] for each in described.get("parameters", ())}
            assert named <= {"after", "limit"}, path
