"""What a credential will say: from an identity, the mobile card and a day."""

from datetime import date

from station.credentials.claims import Claims
from station.domain.credential import MobileCard, age_flags, is_past_youth_protection
from station.domain.identity import Identity
from station.services.card_reading import jpeg_of

_SEX = {"M": 1, "F": 2}


def claims_of(identity: Identity, card: MobileCard, day: date) -> Claims:
    """What a credential made on `day` says; ages are those of that day."""
    return Claims(
        family_name=identity.family_name,
        given_name=identity.given_names,
        name_hanja=identity.name_hanja,
        birth_date=identity.date_of_birth,
        sex=_SEX[identity.sex],
        portrait=identity.portrait,
        portrait_jpeg=jpeg_of(identity.portrait),
        address_formatted=identity.address.formatted,
        postal_code=identity.address.postal_code,
        document_number=card.document_number,
        issue_date=card.issue_date,
        expiry_date=card.expiry_date,
        issuing_authority=identity.issuing_authority,
        resident_registration_number=identity.rrn.digits,
        municipality_code=identity.address.municipality_code,
        age_over=age_flags(identity, day),
        youth_protection_passed=is_past_youth_protection(identity, day),
        card_issue_date=identity.card_issue_date,
    )
