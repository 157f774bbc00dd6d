"""Whether somebody may have a credential on a day, by what the registry says then."""

from datetime import date

from station.domain.identity import Identity
from station.domain.registry import CardStatus, Registration, RegistryRecord, differences

_REGISTRATIONS = {
    Registration.DECEASED: "eligibility.deceased",
    Registration.DEREGISTERED: "eligibility.deregistered",
    Registration.EMIGRATED: "eligibility.emigrated",
}
_CARDS = {
    CardStatus.LOST: "eligibility.card_lost",
    CardStatus.RECALLED: "eligibility.card_recalled",
}


def obstacle(identity: Identity, record: RegistryRecord | None, today: date) -> str | None:
    """Why nothing may be signed for somebody; None if it may.

    Units   `identity` as it was proven in the case. The answer is a failure code.
    Rule    Name, number, birth date and physical card must be those of the case: whatever else
            they became, a new case has to prove. The address may have changed.
    """
    if record is None:
        return "registry.no_record"
    if record.registration is not Registration.REGISTERED:
        return _REGISTRATIONS[record.registration]
    if record.card is None:
        return "eligibility.no_card"
    if record.card.status is not CardStatus.VALID:
        return _CARDS[record.card.status]
    if record.card.expiry_date is not None and record.card.expiry_date < today:
        return "eligibility.card_expired"
    if identity.rrn != record.rrn or differences(identity, record):
        return "registry.mismatch"
    return None
