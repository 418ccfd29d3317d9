"""What the request had not brought, of what the chart met before the call."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("brief_gaps", sa.Column("rule", sa.String(), nullable=True))
    op.add_column("brief_gaps", sa.Column("lacked", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("brief_gaps") as table:
        table.drop_column("lacked")
        table.drop_column("rule")
