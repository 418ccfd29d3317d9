"""What became of messages of ours whose carrier tells it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("delivery", sa.String(), nullable=True))
    op.create_index("ix_messages_delivery", "messages", ["delivery"])


def downgrade() -> None:
    op.drop_index("ix_messages_delivery", "messages")
    op.drop_column("messages", "delivery")
