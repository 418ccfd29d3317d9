"""What payers publish in feeds, as it was last read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_times",
        sa.Column("payer_key", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("stamp", sa.String()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("say", sa.Text()),
        sa.Column("windows", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("payer_key", name="pk_feed_times"),
    )


def downgrade() -> None:
    op.drop_table("feed_times")
