"""Clinicians' calendars outside the EHR."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_accounts()
    _create_calendars()


def _create_accounts() -> None:
    op.create_table(
        "calendar_accounts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("clinician", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("secret_box", sa.LargeBinary(), nullable=True),
        sa.Column("token_expires_at", _INSTANT, nullable=True),
        sa.Column("refreshing_until", _INSTANT, nullable=True),
        sa.Column("state_hash", sa.String(), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lapses_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_accounts"),
        sa.UniqueConstraint("state_hash", name="uq_calendar_accounts_state_hash"),
    )
    op.create_index("ix_calendar_accounts_tenant_clinician", "calendar_accounts", ["tenant", "clinician"])


def _create_calendars() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("clinician", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("writable", sa.Boolean(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("took_calls", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendars"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["calendar_accounts.id"], name="fk_calendars_calendar_accounts", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_calendars_account_id", "calendars", ["account_id"])
    op.create_index("ix_calendars_tenant_clinician", "calendars", ["tenant", "clinician"])
    op.create_index(
        "uq_calendars_takes_calls",
        "calendars",
        ["tenant", "clinician"],
        unique=True,
        sqlite_where=sa.text("use = 'takes'"),
        postgresql_where=sa.text("use = 'takes'"),
    )


def downgrade() -> None:
    op.drop_table("calendars")
    op.drop_table("calendar_accounts")
