"""The worklist's counts are read off an index."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index what the counts ask of an open case."""
    op.create_index(
        "ix_cases_counted",
        "cases",
        [
            "tenant",
            "is_open",
            "state",
            "next_kind",
            "waits_on",
            "owner_key",
            "next_due_at",
            "last_safe_at",
            "call_at",
        ],
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_cases_counted", "cases")
