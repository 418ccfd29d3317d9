"""Which counterparts give no answer, and whom each write is for."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("effects", sa.Column("goes_to", sa.String(), server_default="", nullable=False))
    op.execute(
        "UPDATE effects SET goes_to = 'ehr' WHERE kind IN "
        "('WriteAppointment', 'ChangeAppointment', 'WriteDocument', 'WriteCommunication')"
    )
    op.create_table(
        "away",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("goes_to", sa.String(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "goes_to", name="pk_away"),
    )


def downgrade() -> None:
    op.drop_table("away")
    with op.batch_alter_table("effects") as table:
        table.drop_column("goes_to")
