"""The description of the HTTP registry, as something to check against."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry as Schemas
from referencing import Resource
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).resolve().parents[4] / "docs" / "registry-api.yaml"


def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


_FORMATS = FormatChecker(formats=())
_FORMATS.checkers = {"date": (_is_date, ValueError), "date-time": (_is_time, ValueError)}


@cache
def description() -> dict[str, Any]:
    content = yaml.safe_load(FILE.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


@cache
def validator(pointer: str) -> Draft202012Validator:
    """What checks values against the part of the description that `pointer` names."""
    resource = Resource.from_contents(description(), default_specification=DRAFT202012)
    schemas: Schemas[Any] = Schemas().with_resource("urn:api", resource)
    schema = {"$ref": f"urn:api#{pointer}"}
    return Draft202012Validator(schema, registry=schemas, format_checker=_FORMATS)


def schema(name: str) -> Draft202012Validator:
    return validator(f"/components/schemas/{name}")
