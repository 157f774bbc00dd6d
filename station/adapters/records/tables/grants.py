"""Offers, tokens, everything that may be used once, and what waits."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from station.adapters.records.tables.columns import UtcDateTime, metadata

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
    Column("refresh", String(64)),
    # One token for each offer, ever; those of a refresh count below zero.
    UniqueConstraint("case_id", "offer_serial", name="ux_tokens_offer"),
    Index("ix_tokens_refresh", "refresh", "revoked", sqlite_where=text("refresh IS NOT NULL")),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("bound_to", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("revoked", Boolean, nullable=False),
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
