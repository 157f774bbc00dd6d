"""What a mobile card hangs on, notices to residents, mass revocations."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mobile_cards", sa.Column("due", sa.String(length=10), nullable=True))
    op.add_column("mobile_cards", sa.Column("device", sa.String(length=64), nullable=True))
    op.add_column("mobile_cards", sa.Column("physical", sa.String(length=64), nullable=True))
    op.create_index("ix_mobile_cards_device", "mobile_cards", ["device"])
    op.create_index("ix_mobile_cards_physical", "mobile_cards", ["physical"])
    op.create_index("ix_cards_state", "mobile_cards", ["state", "id"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_unsent", "notices", ["id"], sqlite_where=sa.text("sent_at IS NULL"))
    op.create_table(
        "revocation_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("officer", sa.String(length=40), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["officer"], ["officers.name"]),
        sa.PrimaryKeyConstraint("id"),
    )
