"""When payers were asked how a request stands, and which cases wait to be asked about."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "asks",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("payer_key", sa.String(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("say", sa.Text(), nullable=False),
        sa.Column("due_at", instant, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_id", name="pk_asks"),
    )
    op.create_table(
        "payer_rests",
        sa.Column("payer_key", sa.String(), nullable=False),
        sa.Column("free_at", instant, nullable=False),
        sa.Column("closed_until", instant, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("payer_key", name="pk_payer_rests"),
    )
    op.add_column("cases", sa.Column("asked_of", sa.String(), nullable=True))
    op.create_index("ix_cases_tenant_asked_of", "cases", ["tenant", "asked_of"])
    names = ("route", "lane", "payer_key", "asked_of")
    cases = sa.table("cases", sa.column("is_open", sa.Boolean()), *(sa.column(name, sa.String()) for name in names))
    waits = (cases.c.route == "wait") | (cases.c.lane == "pre_denial")
    # Some of these are not asked about after all; the first look at each says so.
    op.execute(cases.update().where(waits, cases.c.is_open == sa.true()).values(asked_of=cases.c.payer_key))


def downgrade() -> None:
    op.drop_index("ix_cases_tenant_asked_of", "cases")
    op.drop_column("cases", "asked_of")
    op.drop_table("payer_rests")
    op.drop_table("asks")
