"""Messages of payers, and who has read them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_messages"),
        sa.UniqueConstraint("tenant", "name", name="uq_messages_tenant_name"),
    )
    op.create_index("ix_messages_tenant_state_at", "messages", ["tenant", "state", "at"])
    op.create_index("ix_messages_tenant_case_id_at", "messages", ["tenant", "case_id", "at"])
    op.create_table(
        "message_reads",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "message_id", "who", name="pk_message_reads"),
        sa.ForeignKeyConstraint(
            ["tenant", "message_id"], ["messages.tenant", "messages.id"], name="fk_message_reads_messages"
        ),
    )


def downgrade() -> None:
    op.drop_table("message_reads")
    op.drop_table("messages")
