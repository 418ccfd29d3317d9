"""What each case adds to the measures, and what they come to; filled from the events by the store's catch_up."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

VALUES = ("time_to_connect", "hold_minutes", "prep_minutes", "talk_minutes", "minutes", "minutes_saved")


def upgrade() -> None:
    _create_journeys()
    op.create_table(
        "journey_sums",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("defined", sa.Integer(), nullable=False),
        sa.Column("grouped_by", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("squares", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "defined", "grouped_by", "name", "measure", name="pk_journey_sums"),
    )
    op.create_table(
        "journey_marks",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("defined", sa.Integer(), nullable=False),
        sa.Column("upto", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_journey_marks"),
    )


def downgrade() -> None:
    op.drop_table("journey_marks")
    op.drop_table("journey_sums")
    op.drop_table("journeys")


def _create_journeys() -> None:
    op.create_table(
        "journeys",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("defined", sa.Integer(), nullable=False),
        sa.Column("denied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("month", sa.String(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("payer", "reason", "clinician", "service", "lane")),
        sa.Column("bits", sa.BigInteger(), nullable=False),
        sa.Column("missed_kept_by_us", sa.Integer(), nullable=False),
        sa.Column("missed_kept_by_payer", sa.Integer(), nullable=False),
        sa.Column("attempts_per_connection", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=True) for name in VALUES),
        sa.PrimaryKeyConstraint("tenant", "case_id", name="pk_journeys"),
        sa.ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"], name="fk_journeys_cases"),
    )
    for name in VALUES:
        op.create_index(f"ix_journeys_tenant_{name}", "journeys", ["tenant", name])
    op.create_index("ix_journeys_tenant_month_time_to_connect", "journeys", ["tenant", "month", "time_to_connect"])
