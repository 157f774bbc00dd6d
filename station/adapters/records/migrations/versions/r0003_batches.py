"""Several credentials for one request, and the keys that belong to one offer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer_keys",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("offer_serial", sa.Integer(), nullable=False),
        sa.Column("thumbprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "offer_serial", "thumbprint"),
    )
    op.add_column(
        "credentials", sa.Column("copy", sa.Integer(), server_default="0", nullable=False)
    )
    op.drop_index("ux_credentials_token", "credentials")
    op.create_index(
        "ux_credentials_token",
        "credentials",
        ["token_hash", "configuration", "copy"],
        unique=True,
        sqlite_where=sa.text("state <> 'voided'"),
    )
