"""What is typed and tapped during a call, by person and case."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_drafts",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("user_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_id", "user_key", name="pk_call_drafts"),
        sa.ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"], name="fk_call_drafts_cases"),
    )
    op.create_index("ix_call_drafts_tenant_kept_at", "call_drafts", ["tenant", "kept_at"])


def downgrade() -> None:
    op.drop_index("ix_call_drafts_tenant_kept_at", "call_drafts")
    op.drop_table("call_drafts")
