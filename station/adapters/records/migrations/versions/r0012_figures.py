"""Indexes for figures and for looking into the audit log by event."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_opened", "cases", ["opened_at", "route", "stage", "reason"])
    op.create_index("ix_audit_event", "audit", ["event"])
