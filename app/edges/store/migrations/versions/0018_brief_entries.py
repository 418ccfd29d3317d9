"""What people add to briefs by hand: sentences of their own, what they get before the call, what they let in."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brief_entries",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_id", "number", name="pk_brief_entries"),
        sa.ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"], name="fk_brief_entries_cases"),
    )


def downgrade() -> None:
    op.drop_table("brief_entries")
