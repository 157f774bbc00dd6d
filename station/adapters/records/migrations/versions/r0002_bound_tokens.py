"""Tokens may be bound to a key of the wallet."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("bound_to", sa.String(length=64), nullable=True))
