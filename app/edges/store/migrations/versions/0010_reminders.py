"""What each clinician chose to be told by; calls found by when they begin."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder_choices",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("chosen_by", sa.String(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", name="pk_reminder_choices"),
    )
    op.create_index("ix_cases_tenant_call_at", "cases", ["tenant", "call_at"])


def downgrade() -> None:
    op.drop_index("ix_cases_tenant_call_at", "cases")
    op.drop_table("reminder_choices")
