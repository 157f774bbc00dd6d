"""From what a chip said to what the station believes: identity, checks, digests."""

import io

from PIL import Image, UnidentifiedImageError

from apdu.profiles.krrc import ChipReading
from apdu.profiles.krrc_content import CardContent
from station.domain.evidence import CheckResult, Result
from station.domain.identity import Address, Identity, Rrn

MAX_PORTRAIT_SIDE = 4096
PORTRAIT_DECODES = "portrait_decodes"
_FORMATS = ("JPEG", "JPEG2000")


def check_results(reading: ChipReading) -> tuple[CheckResult, ...]:
    """Every check of the reading in the station's words, and whether the portrait decodes."""
    results = [CheckResult(c.name, Result(c.outcome.value), c.reason) for c in reading.checks]
    if reading.content is None:
        return (*results, CheckResult(PORTRAIT_DECODES, Result.NOT_RUN))
    return (*results, _portrait_check(reading.content.portrait.image))


def _portrait_check(image: bytes) -> CheckResult:
    try:
        with Image.open(io.BytesIO(image), formats=_FORMATS) as picture:
            if max(picture.size) > MAX_PORTRAIT_SIDE:
                return CheckResult(PORTRAIT_DECODES, Result.FAIL, "too_large")
            picture.load()
    except Image.DecompressionBombError:
        return CheckResult(PORTRAIT_DECODES, Result.FAIL, "too_large")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return CheckResult(PORTRAIT_DECODES, Result.FAIL, "not_an_image")
    return CheckResult(PORTRAIT_DECODES, Result.PASS)


def jpeg_of(image: bytes) -> bytes:
    """The portrait as JPEG: its own octets if it is one, else made from them."""
    with Image.open(io.BytesIO(image), formats=_FORMATS) as picture:
        if picture.format == "JPEG":
            return image
        made = io.BytesIO()
        picture.convert("RGB").save(made, "JPEG", quality=90)
        return made.getvalue()


def identity_from(content: CardContent, *, demo: bool) -> Identity:
    """The identity an authentic card tells. Errors: `StationError("input.invalid")` for the RRN."""
    eid = content.eid
    return Identity(
        rrn=Rrn.parse(eid.rrn, demo=demo),
        family_name=eid.family_name,
        given_names=eid.given_names,
        name_hanja=content.name_hanja,
        date_of_birth=eid.date_of_birth,
        sex=eid.sex,
        nationality=eid.nationality,
        address=Address(
            province=eid.address.province,
            city=eid.address.city,
            street=eid.address.street,
            postal_code=eid.address.postal_code,
            municipality_code=eid.municipality_code,
        ),
        document_number=content.document_number,
        card_issue_date=eid.date_of_issue,
        card_expiry_date=eid.date_of_expiry,
        issuing_authority=content.issuing_authority,
        portrait=content.portrait.image,
    )
