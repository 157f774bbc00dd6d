"""Whether card and registry speak of the same person and the same card."""

from collections.abc import Iterator

from station.domain.eligibility import RegistryRecord
from station.domain.identity import Identity


def differences(identity: Identity, record: RegistryRecord) -> tuple[str, ...]:
    """The names of the fields on which card and registry disagree; never their values."""
    return tuple(_differences(identity, record))


def _differences(identity: Identity, record: RegistryRecord) -> Iterator[str]:
    if (identity.family_name, identity.given_names) != (record.family_name, record.given_names):
        yield "name"
    if identity.date_of_birth != record.date_of_birth:
        yield "date_of_birth"
    if identity.address.municipality_code != record.municipality_code:
        yield "municipality_code"
    if identity.document_number != record.document_number:
        yield "document_number"
