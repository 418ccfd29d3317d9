"""How far a mailbox was read; what our messages are known by outside."""

import json
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# As edges/fhir/identifiers makes the identifier of an effect's key.
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:parley:write")


def upgrade() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("validity", sa.BigInteger()),
        sa.Column("uid", sa.BigInteger()),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name="pk_mailboxes"),
    )
    op.add_column("messages", sa.Column("reference", sa.String(), nullable=True))
    op.create_index("ix_messages_reference", "messages", ["reference"])
    _fill(op.get_bind())


def downgrade() -> None:
    op.drop_index("ix_messages_reference", "messages")
    op.drop_column("messages", "reference")
    op.drop_table("mailboxes")


def _fill(connection: sa.Connection) -> None:
    """Give the messages that went out already the names they went out with: their answers may still come."""
    names = ("tenant", "id", "document", "reference")
    messages = sa.table("messages", *(sa.column(each) for each in names))
    m = messages.c
    named = sa.update(messages).where(m.tenant == sa.bindparam("of"), m.id == sa.bindparam("this"))
    read = connection.execute(sa.select(m.tenant, m.id, m.document), execution_options={"yield_per": 500})
    for rows in read.partitions():
        sent = [(row, effect) for row in rows if (effect := json.loads(row.document).get("effect"))]
        told = [{"of": row.tenant, "this": row.id, "reference": str(uuid.uuid5(SPACE, key))} for row, key in sent]
        if told:
            connection.execute(named, told)
