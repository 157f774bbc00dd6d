"""The schema. Rules that must hold whatever the code does are constraints here."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData()


class UtcDateTime(TypeDecorator[object]):
    """Aware UTC in and out; SQLite itself knows no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: object, _dialect: Dialect) -> object:
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise TypeError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: object, _dialect: Dialect) -> object:
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("route", String(20), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("officer", String(60), nullable=False),
    Column("consents", JSON, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject", String(64)),
    Column("chip", String(64)),
    Column("reason", String(60)),
    Index("ix_cases_stage", "stage", "opened_at"),
)

identities = Table(
    "identities",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

checks = Table(
    "checks",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("result", String(10), nullable=False),
    Column("reason", String(120), nullable=False),
)

chips = Table(
    "chips",
    metadata,
    Column("chip", String(64), primary_key=True),
    Column("subject", String(64), nullable=False),
)

offers = Table(
    "offers",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("serial", Integer, primary_key=True),
    Column("reference_hash", String(64), nullable=False, unique=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("scan_by", UtcDateTime, nullable=False),
    Column("fetched_at", UtcDateTime),
    Column("type_by", UtcDateTime),
    Column("guesses", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    CheckConstraint("guesses <= 5", name="ck_offers_guesses"),
    Index("ux_offers_live", "case_id", unique=True, sqlite_where=text("state = 'live'")),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("offer_serial", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("identified", String(200)),
    Column("bound_to", String(64)),
    # One token for each offer, ever.
    UniqueConstraint("case_id", "offer_serial", name="ux_tokens_offer"),
)

consumed = Table(
    "consumed",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("value_hash", String(64), primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

device_keys = Table(
    "device_keys",
    metadata,
    Column("thumbprint", String(64), primary_key=True),
    Column("subject", String(64), nullable=False),
)

attestation_signers = Table(
    "attestation_signers",
    metadata,
    Column("signer", String(64), primary_key=True),
    Column("subject", String(64), nullable=False),
)

offer_keys = Table(
    "offer_keys",
    metadata,
    # The device keys that may be used under one offer: those its first attestation vouched for.
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("offer_serial", Integer, primary_key=True),
    Column("thumbprint", String(64), primary_key=True),
)

mobile_cards = Table(
    "mobile_cards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("subject", String(64), nullable=False, index=True),
    Column("document_number", String(20), nullable=False, unique=True),
    Column("state", String(20), nullable=False),
    Column("issue_date", String(10), nullable=False),
    Column("expiry_date", String(10), nullable=False),
    Column("reason", String(60)),
    # One active and one open mobile card for each person (assurance, invariant 1).
    Index("ux_cards_active", "subject", unique=True, sqlite_where=text("state = 'active'")),
    Index(
        "ux_cards_open",
        "subject",
        unique=True,
        sqlite_where=text("state = 'pending_activation'"),
    ),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("card_id", ForeignKey("mobile_cards.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("configuration", String(60), nullable=False),
    Column("status_list", ForeignKey("status_lists.number"), nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("published", String(10), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("device_key", String(64), nullable=False),
    Column("intended_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("run", String(32), nullable=False),
    Column("token_hash", String(64), nullable=False),
    Column("request", String(64), nullable=False),
    Column("digest", String(64)),
    Column("response", LargeBinary),
    Column("copy", Integer, nullable=False, server_default="0"),
    # Never two credentials on one entry, in any history: rows are never deleted.
    UniqueConstraint("status_list", "status_index", name="ux_credentials_status"),
    Index(
        "ux_credentials_token",
        "token_hash",
        "configuration",
        "copy",
        unique=True,
        sqlite_where=text("state <> 'voided'"),
    ),
)

deferrals = Table(
    "deferrals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("transaction_hash", String(64), nullable=False, unique=True),
    Column("token_hash", ForeignKey("tokens.token_hash"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("card_id", ForeignKey("mobile_cards.id"), nullable=False),
    Column("configuration", String(60), nullable=False),
    Column("request", String(64), nullable=False),
    Column("keys", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),
    # A token waits for each configuration at most once.
    Index(
        "ux_deferrals_waiting",
        "token_hash",
        "configuration",
        unique=True,
        sqlite_where=text("state = 'waiting'"),
    ),
)

status_lists = Table(
    "status_lists",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String(60), nullable=False),
    Column("actor", String(60), nullable=False),
    Column("case_id", String(32), index=True),
    Column("fields", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

residents = Table(
    "residents",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
