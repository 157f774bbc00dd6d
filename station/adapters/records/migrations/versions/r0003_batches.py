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
    # A token may be on its way: the phone that began goes on, and no other joins it.
    op.execute(
        "INSERT INTO offer_keys (case_id, offer_serial, thumbprint) "
        "SELECT DISTINCT tokens.case_id, tokens.offer_serial, credentials.device_key "
        "FROM credentials JOIN tokens ON tokens.token_hash = credentials.token_hash "
        "WHERE credentials.state <> 'voided'"
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
