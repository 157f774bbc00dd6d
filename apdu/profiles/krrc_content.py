"""What a `krrc-1` card says of its holder, and whether its two applications say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from apdu.errors import EncodingError
from apdu.lds import eid_groups, mrz
from apdu.lds.data_groups import (
    AdditionalDetails,
    DocumentDetails,
    decode_dg1,
    decode_dg11,
    decode_dg12,
)
from apdu.lds.eid_groups import EidData
from apdu.lds.mrz import Td1
from apdu.lds.portrait import Portrait, decode_dg2
from apdu.profiles.checks import CheckTable

_STATE = "KOR"
CROSS_CHECKS = (
    "data_well_formed",
    "issuing_state_agrees",
    "name_agrees",
    "date_of_birth_agrees",
    "sex_agrees",
    "date_of_expiry_agrees",
    "date_of_issue_agrees",
    "dates_in_range",
)


@dataclass(frozen=True, slots=True)
class CardContent:
    """The decoded files of both applications."""

    eid: EidData = field(repr=False)
    zone: Td1 = field(repr=False)
    portrait: Portrait = field(repr=False)
    person: AdditionalDetails = field(repr=False)
    document: DocumentDetails = field(repr=False)

    @property
    def document_number(self) -> str:
        return self.zone.document_number

    @property
    def name_hanja(self) -> str | None:
        return next(iter(self.person.other_names), None)

    @property
    def issuing_authority(self) -> str:
        return self.document.issuing_authority or ""


def decode_content(
    eid: Mapping[int, bytes], lds: Mapping[int, bytes], checks: CheckTable
) -> CardContent | None:
    """Read every group; None, with the check failed, if one does not have its form."""
    try:
        content = CardContent(
            eid=eid_groups.decode_all(dict(eid)),
            zone=mrz.decode(decode_dg1(lds[1])),
            portrait=decode_dg2(lds[2]),
            person=decode_dg11(lds[11]),
            document=decode_dg12(lds[12]),
        )
    except EncodingError:
        checks.note("data_well_formed", False, "malformed")
        return None
    complete = bool(content.issuing_authority and content.person.name)
    checks.note("data_well_formed", complete, "missing_field")
    return content


def cross_check(content: CardContent, now: datetime, checks: CheckTable) -> None:
    """Hold the eID application, which is unsigned, against the signed LDS1 files."""
    eid, zone, person, document = content.eid, content.zone, content.person, content.document
    states = {eid.issuing_state, eid.nationality, zone.issuing_state, zone.nationality}
    checks.note("issuing_state_agrees", states == {_STATE}, "differs")
    checks.note("name_agrees", person.name == f"{eid.family_name}<<{eid.given_names}", "differs")
    born = person.date_of_birth == eid.date_of_birth and zone.date_of_birth == _yymmdd(
        eid.date_of_birth
    )
    checks.note("date_of_birth_agrees", born, "differs")
    checks.note("sex_agrees", zone.sex == eid.sex, "differs")
    expiry = zone.date_of_expiry == _yymmdd(eid.date_of_expiry)
    checks.note("date_of_expiry_agrees", expiry, "differs")
    checks.note("date_of_issue_agrees", document.date_of_issue == eid.date_of_issue, "differs")
    in_order = eid.date_of_birth < eid.date_of_issue < eid.date_of_expiry
    issued = eid.date_of_issue <= now.date()
    checks.note("dates_in_range", in_order and issued, "out_of_range")


def _yymmdd(day: date) -> str:
    return day.isoformat()[2:].replace("-", "")
