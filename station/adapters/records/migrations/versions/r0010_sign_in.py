"""Failed sign-ins are counted; what ended stays ended; an administrator stays."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("unrecorded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    for name, when in _RULES.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


_RULES = {
    # Whoever could make the next account: somebody always can.
    "an_administrator_stays": "BEFORE DELETE ON officer_roles WHEN OLD.role = 'administrator'"
    " AND (SELECT active FROM officers WHERE name = OLD.officer) AND NOT EXISTS (SELECT 1"
    " FROM officer_roles JOIN officers ON officers.name = officer_roles.officer"
    " WHERE role = 'administrator' AND active AND name <> OLD.officer)",
    "an_administrator_stays_active": "BEFORE UPDATE OF active ON officers WHEN NOT NEW.active"
    " AND EXISTS (SELECT 1 FROM officer_roles WHERE officer = OLD.name"
    " AND role = 'administrator') AND NOT EXISTS (SELECT 1"
    " FROM officer_roles JOIN officers ON officers.name = officer_roles.officer"
    " WHERE role = 'administrator' AND active AND name <> OLD.name)",
    # REPLACE deletes without a word to the triggers of deleting.
    "access_is_not_replaced": "BEFORE INSERT ON access_records"
    " WHEN EXISTS (SELECT 1 FROM access_records WHERE id = NEW.id)",
    # A code is good once, whatever becomes of the clock.
    "steps_never_fall": "BEFORE UPDATE OF totp_step ON officers WHEN NEW.totp_step < OLD.totp_step",
    "accounts_stay_closed": "BEFORE UPDATE OF active ON officers"
    " WHEN NEW.active AND NOT OLD.active",
    "sessions_stay_ended": "BEFORE UPDATE OF ended ON sessions WHEN OLD.ended AND NOT NEW.ended",
    "sessions_stay_whose_they_are": "BEFORE UPDATE OF token_hash, officer, began_at, ends_at"
    " ON sessions",
    "closed_accounts_have_no_session": "BEFORE INSERT ON sessions"
    " WHEN NOT (SELECT active FROM officers WHERE name = NEW.officer)",
}
