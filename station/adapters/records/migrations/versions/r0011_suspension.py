"""What keeps a mobile card suspended, when it expires, and how far a list was published."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "mobile_cards", sa.Column("causes", sa.String(length=60), server_default="", nullable=False)
    )
    op.create_index("ix_cards_expiry", "mobile_cards", ["state", "expiry_date"])
    op.add_column(
        "status_lists",
        sa.Column("issued_version", sa.Integer(), server_default="0", nullable=False),
    )
    for name, when in _RULES.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


_RULES = {
    # Revocation is final, whatever the code does (assurance, invariant 10).
    "ended_cards_stay_ended": "BEFORE UPDATE OF state ON mobile_cards"
    " WHEN OLD.state IN ('revoked', 'voided') AND NEW.state <> OLD.state",
    "cards_stay": "BEFORE DELETE ON mobile_cards",
    "invalid_stays_invalid": "BEFORE UPDATE OF published ON credentials"
    " WHEN OLD.published = 'invalid' AND NEW.published <> 'invalid'",
    "entries_stay": "BEFORE UPDATE OF status_list, status_index ON credentials",
    "credentials_stay": "BEFORE DELETE ON credentials",
    "versions_never_fall": "BEFORE UPDATE OF version, issued_version, issued_at ON status_lists"
    " WHEN NEW.version < OLD.version OR NEW.issued_version < OLD.issued_version"
    " OR NEW.issued_at < OLD.issued_at",
    # What was taken from a registry is not taken again.
    "positions_never_fall": "BEFORE UPDATE OF position ON registry_positions"
    " WHEN NEW.position < OLD.position",
}
