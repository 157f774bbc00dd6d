"""The schema. Rules that must hold whatever the code does are constraints here, or triggers
in the migrations.
"""

from station.adapters.records.tables.audit import audit
from station.adapters.records.tables.cases import case_parts, cases, checks, chips, identities
from station.adapters.records.tables.columns import UtcDateTime, metadata
from station.adapters.records.tables.credentials import (
    credentials,
    mobile_cards,
    notices,
    revocation_runs,
    status_lists,
)
from station.adapters.records.tables.grants import (
    attestation_signers,
    consumed,
    deferrals,
    device_keys,
    offer_keys,
    offers,
    refresh_tokens,
    tokens,
)
from station.adapters.records.tables.officers import (
    access_records,
    officer_roles,
    officers,
    sessions,
    sign_in_failures,
)
from station.adapters.records.tables.residents import (
    registry_changes,
    registry_positions,
    residents,
)

__all__ = [
    "UtcDateTime",
    "access_records",
    "attestation_signers",
    "audit",
    "case_parts",
    "cases",
    "checks",
    "chips",
    "consumed",
    "credentials",
    "deferrals",
    "device_keys",
    "identities",
    "metadata",
    "mobile_cards",
    "notices",
    "offer_keys",
    "offers",
    "officer_roles",
    "officers",
    "refresh_tokens",
    "registry_changes",
    "registry_positions",
    "residents",
    "revocation_runs",
    "sessions",
    "sign_in_failures",
    "status_lists",
    "tokens",
]
