"""Refresh tokens, and credentials that a newer copy replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("bound_to", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_refresh_tokens_case_id", "refresh_tokens", ["case_id"])
    op.add_column("tokens", sa.Column("refresh", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_tokens_refresh",
        "tokens",
        ["refresh", "revoked"],
        sqlite_where=sa.text("refresh IS NOT NULL"),
    )
    op.add_column(
        "credentials", sa.Column("superseded", sa.Boolean(), server_default="0", nullable=False)
    )
    op.add_column("credentials", sa.Column("address", sa.String(length=64), nullable=True))
