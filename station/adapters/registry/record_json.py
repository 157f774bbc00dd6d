"""A resident's record as JSON: sealed in the database, and on the way from an HTTP registry.

Source  docs/registry-api.yaml, schema Resident.
"""

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any

from station.adapters.registry import fields
from station.adapters.registry.fields import FieldError
from station.domain.identity import Address, Rrn
from station.domain.registry import CardStatus, PhysicalCard, Registration, RegistryRecord


def to_json(record: RegistryRecord) -> dict[str, Any]:
    """Everything but the number."""
    address, card = record.address, record.card
    return {
        "family_name": record.family_name,
        "given_names": record.given_names,
        "name_hanja": record.name_hanja,
        "date_of_birth": record.date_of_birth.isoformat(),
        "sex": record.sex,
        "nationality": record.nationality,
        "address": {
            "province": address.province,
            "city": address.city,
            "street": address.street,
            "postal_code": address.postal_code,
            "municipality_code": address.municipality_code,
        },
        "registration": record.registration.value,
        "card": None if card is None else _card_to_json(card),
        "has_chip_card": record.has_chip_card,
        "portrait": base64.b64encode(record.portrait).decode("ascii"),
        "contact": record.contact,
    }


def _card_to_json(card: PhysicalCard) -> dict[str, Any]:
    def iso(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "document_number": card.document_number,
        "status": card.status.value,
        "issue_date": iso(card.issue_date),
        "expiry_date": iso(card.expiry_date),
        "issuing_authority": card.issuing_authority,
        "photo_usable": card.photo_usable,
    }


def from_json(values: Mapping[str, Any], rrn: Rrn) -> RegistryRecord:
    """The record of `rrn`. Errors: `FieldError`.

    Rule    Members that are not known are passed over; whether the portrait is a picture is
            for those to check who take it in.
    """
    address = _object("address", _member(values, "address"))
    hanja = _member(values, "name_hanja")
    return RegistryRecord(
        rrn=rrn,
        family_name=fields.text("family_name", _member(values, "family_name")),
        given_names=fields.text("given_names", _member(values, "given_names")),
        name_hanja=None if hanja is None else fields.text("name_hanja", hanja),
        date_of_birth=fields.day("date_of_birth", _member(values, "date_of_birth")),
        sex=fields.sex(_member(values, "sex")),
        nationality=fields.nationality(_member(values, "nationality")),
        address=Address(
            province=fields.text("province", _member(address, "province"), optional=True),
            city=fields.text("city", _member(address, "city"), optional=True),
            street=fields.text("street", _member(address, "street"), optional=True),
            postal_code=fields.postal_code(_member(address, "postal_code")),
            municipality_code=fields.municipality_code(_member(address, "municipality_code")),
        ),
        registration=fields.choice("registration", _member(values, "registration"), Registration),
        card=_card(_member(values, "card")),
        has_chip_card=_truth("has_chip_card", _member(values, "has_chip_card")),
        portrait=_octets("portrait", _member(values, "portrait")),
        contact=fields.text("contact", _member(values, "contact"), optional=True),
    )


def _card(value: object) -> PhysicalCard | None:
    if value is None:
        return None
    values = _object("card", value)
    issue = _optional_day("issue_date", _member(values, "issue_date"))
    expiry = _optional_day("expiry_date", _member(values, "expiry_date"))
    fields.in_order(issue, expiry)
    authority = _member(values, "issuing_authority")
    return PhysicalCard(
        document_number=fields.text("document_number", _member(values, "document_number")),
        status=fields.choice("status", _member(values, "status"), CardStatus),
        issue_date=issue,
        expiry_date=expiry,
        issuing_authority=fields.text("issuing_authority", authority, optional=True),
        photo_usable=_truth("photo_usable", _member(values, "photo_usable")),
    )


def _member(values: Mapping[str, Any], name: str) -> object:
    try:
        return values[name]
    except KeyError:
        raise FieldError(f"{name} is missing") from None


def _object(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise FieldError(f"{name} is no object")
    return value


def _optional_day(name: str, value: object) -> date | None:
    return None if value is None else fields.day(name, value)


def _truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise FieldError(f"{name} is not true or false")
    return value


def _octets(name: str, value: object) -> bytes:
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
    except ValueError:
        pass
    raise FieldError(f"{name} is not base64")
