"""Officers, their parts in cases, and the record of accesses."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "officers",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=False),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        "ux_officers_subject", "officers", ["subject"], unique=True, sqlite_where=sa.text("active")
    )
    op.create_table(
        "officer_roles",
        sa.Column("officer", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "role IN ('proofer', 'approver', 'revoker', 'auditor', 'administrator',"
            " 'key_custodian')",
            name="ck_officer_roles_role",
        ),
        sa.ForeignKeyConstraint(["officer"], ["officers.name"]),
        sa.PrimaryKeyConstraint("officer", "role"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("officer", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["officer"], ["officers.name"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index(
        "ux_sessions_live", "sessions", ["officer"], unique=True, sqlite_where=sa.text("NOT ended")
    )
    op.create_table(
        "access_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("officer", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("access", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_records_subject", "access_records", ["subject"])
    op.create_table(
        "case_parts",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("officer", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.CheckConstraint("part IN ('proofer', 'approver')", name="ck_case_parts_part"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["officer"], ["officers.name"]),
        sa.PrimaryKeyConstraint("case_id", "officer", "part"),
    )
    op.add_column("cases", sa.Column("eyes", sa.Integer(), server_default="1", nullable=False))
    op.add_column("cases", sa.Column("put_off_at", sa.DateTime(), nullable=True))
    op.create_index("ix_cases_subject", "cases", ["subject"])
    for name, when in _RULES.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


_RULES = {
    # Nobody is one of two pairs of eyes twice.
    "parts_are_apart": "BEFORE INSERT ON case_parts WHEN EXISTS (SELECT 1 FROM case_parts"
    " WHERE case_id = NEW.case_id AND officer = NEW.officer AND part <> NEW.part)",
    "parts_stay": "BEFORE DELETE ON case_parts",
    "parts_do_not_change": "BEFORE UPDATE ON case_parts",
    # Nobody handles their own case: neither who comes to it, nor whose it turns out to be.
    "no_part_in_the_own_case": "BEFORE INSERT ON case_parts WHEN EXISTS (SELECT 1 FROM cases"
    " JOIN officers ON officers.subject = cases.subject"
    " WHERE cases.id = NEW.case_id AND officers.name = NEW.officer)",
    "no_own_case": "BEFORE UPDATE OF subject ON cases WHEN EXISTS (SELECT 1 FROM case_parts"
    " JOIN officers ON officers.name = case_parts.officer"
    " WHERE case_parts.case_id = NEW.id AND officers.subject = NEW.subject)",
    # Where two must agree, nothing is approved or signed with one.
    "eyes_never_fall": "BEFORE UPDATE OF eyes ON cases WHEN NEW.eyes < OLD.eyes",
    "approved_by_two": "BEFORE UPDATE OF stage ON cases WHEN NEW.eyes > 1 AND NEW.stage IN"
    " ('approved', 'offered', 'key_bound', 'issued', 'active') AND NOT EXISTS"
    " (SELECT 1 FROM case_parts WHERE case_id = NEW.id AND part = 'approver')",
    "signed_by_two": "BEFORE INSERT ON credentials WHEN (SELECT eyes FROM cases"
    " WHERE id = NEW.case_id) > 1 AND NOT EXISTS"
    " (SELECT 1 FROM case_parts WHERE case_id = NEW.case_id AND part = 'approver')",
    # Whoever holds a case looked at the person, and so cannot be its second pair of eyes.
    "held_by_a_proofer": "BEFORE UPDATE OF stage, officer ON cases WHEN NEW.eyes > 1"
    " AND NEW.stage IN ('identified', 'proposed', 'approved', 'offered', 'key_bound', 'issued',"
    " 'active') AND NOT EXISTS (SELECT 1 FROM case_parts WHERE case_id = NEW.id"
    " AND officer = NEW.officer AND part = 'proofer')",
    # REPLACE is neither an UPDATE nor a DELETE to a trigger.
    "cases_are_not_replaced": "BEFORE INSERT ON cases WHEN EXISTS (SELECT 1 FROM cases"
    " WHERE id = NEW.id OR number = NEW.number)",
    # An auditor has no other role; an administrator issues and revokes nothing.
    "auditors_are_apart": "BEFORE INSERT ON officer_roles WHEN EXISTS (SELECT 1 FROM officer_roles"
    " WHERE officer = NEW.officer AND role <> NEW.role"
    " AND (role = 'auditor' OR NEW.role = 'auditor'))",
    "administrators_are_apart": "BEFORE INSERT ON officer_roles WHEN EXISTS (SELECT 1 FROM"
    " officer_roles WHERE officer = NEW.officer AND ((role = 'administrator' AND NEW.role IN"
    " ('proofer', 'approver', 'revoker')) OR (NEW.role = 'administrator' AND role IN"
    " ('proofer', 'approver', 'revoker'))))",
    "roles_do_not_change": "BEFORE UPDATE ON officer_roles",
    "officers_stay": "BEFORE DELETE ON officers",
    "officers_stay_who_they_are": "BEFORE UPDATE OF name, subject ON officers",
    # The record of accesses only grows.
    "access_is_not_changed": "BEFORE UPDATE ON access_records",
    "access_is_not_deleted": "BEFORE DELETE ON access_records",
}
