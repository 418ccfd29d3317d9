"""What EHRs lately refused of our writes."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ehr_refusals",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("under", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "under", "kind", "letter", name="pk_ehr_refusals"),
    )
    op.create_index("ix_ehr_refusals_at", "ehr_refusals", ["at"])


def downgrade() -> None:
    op.drop_index("ix_ehr_refusals_at", "ehr_refusals")
    op.drop_table("ehr_refusals")
