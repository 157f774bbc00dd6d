"""What a screen shows of a resident."""

from station.domain.identity import Identity


def masked_identity(identity: Identity) -> dict[str, str]:
    """What the officer compares with the person; of the RRN only what the birth date tells."""
    return {
        "name": identity.full_name,
        "rrn": identity.rrn.masked,
        "date_of_birth": identity.date_of_birth.isoformat(),
        "address": identity.address.formatted,
        "document_number": identity.document_number,
        "card_expiry_date": str(identity.card_expiry_date or "-"),
    }
