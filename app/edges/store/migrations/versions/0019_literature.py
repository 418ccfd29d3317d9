"""What PubMed answered, by question."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "literature",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("articles", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_literature"),
    )


def downgrade() -> None:
    op.drop_table("literature")
