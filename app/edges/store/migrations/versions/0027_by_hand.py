"""Who did by hand what an EHR did not take, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("effects", sa.Column("handled_by", sa.String(), nullable=True))
    op.add_column("effects", sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # The older code knows no such state: what a person did is again what the EHR refused.
    op.execute("UPDATE effects SET state = 'rejected' WHERE state = 'by_hand'")
    op.drop_column("effects", "handled_at")
    op.drop_column("effects", "handled_by")
