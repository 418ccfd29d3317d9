"""The first tables: cases and their claims on time, effects, events, audit, launches."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out and not taken from columns.py: a migration must stay what it was.
_INSTANT = sa.DateTime(timezone=True)
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "cases",
    "case_documents",
    "busy_quanta",
    "payer_slots",
    "effects",
    "events",
    "audit",
    "audit_heads",
    "heartbeats",
    "launch_transactions",
    "launch_sessions",
)


def upgrade() -> None:
    _create_cases()
    _create_case_documents()
    _create_busy_quanta()
    _create_payer_slots()
    _create_effects()
    _create_events()
    _create_audit()
    _create_audit_heads()
    _create_heartbeats()
    _create_launch_transactions()
    _create_launch_sessions()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("denial_reference", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=True),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("patient_name", sa.String(), nullable=False),
        sa.Column("payer_key", sa.String(), nullable=True),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("service_label", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("last_safe_at", _INSTANT, nullable=True),
        sa.Column("sort_at", _INSTANT, nullable=False),
        sa.Column("next_kind", sa.String(), nullable=False),
        sa.Column("next_text", sa.String(), nullable=False),
        sa.Column("next_due_at", _INSTANT, nullable=True),
        sa.Column("waits_on", sa.String(), nullable=False),
        sa.Column("owner_key", sa.String(), nullable=True),
        sa.Column("owner_name", sa.String(), nullable=True),
        sa.Column("clinician", sa.String(), nullable=True),
        sa.Column("clinician_name", sa.String(), nullable=True),
        sa.Column("call_at", _INSTANT, nullable=True),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_cases"),
        sa.UniqueConstraint("tenant", "denial_reference", name="uq_cases_tenant_denial_reference"),
        sa.UniqueConstraint("tenant", "number", name="uq_cases_tenant_number"),
    )
    op.create_index(
        "ix_cases_tenant_is_open_sort_at_opened_at_id", "cases", ["tenant", "is_open", "sort_at", "opened_at", "id"]
    )
    op.create_index("ix_cases_tenant_is_open_updated_at_id", "cases", ["tenant", "is_open", "updated_at", "id"])
    op.create_index("ix_cases_tenant_patient", "cases", ["tenant", "patient"])


def _create_case_documents() -> None:
    op.create_table(
        "case_documents",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "id"], ["cases.tenant", "cases.id"], name="fk_case_documents_cases"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_case_documents"),
    )


def _create_busy_quanta() -> None:
    op.create_table(
        "busy_quanta",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("clinician", sa.String(), nullable=False),
        sa.Column("quantum", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("booking_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"], name="fk_busy_quanta_cases"),
        sa.PrimaryKeyConstraint("tenant", "clinician", "quantum", name="pk_busy_quanta"),
    )
    op.create_index("ix_busy_quanta_tenant_case_id", "busy_quanta", ["tenant", "case_id"])


def _create_payer_slots() -> None:
    op.create_table(
        "payer_slots",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("booking_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"], name="fk_payer_slots_cases"),
        sa.PrimaryKeyConstraint("tenant", "slot", name="pk_payer_slots"),
    )
    op.create_index("ix_payer_slots_tenant_case_id", "payer_slots", ["tenant", "case_id"])


def _create_effects() -> None:
    op.create_table(
        "effects",
        sa.Column("seq", _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("user_key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("first_sent_at", _INSTANT, nullable=True),
        sa.Column("doubt_since", _INSTANT, nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("say", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("resource_version", sa.String(), nullable=True),
        sa.Column("how", sa.String(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"], name="fk_effects_cases"),
        sa.PrimaryKeyConstraint("seq", name="pk_effects"),
        sa.UniqueConstraint("tenant", "key", name="uq_effects_tenant_key"),
    )
    op.create_index("ix_effects_is_active_due_at", "effects", ["is_active", "due_at"])
    op.create_index("ix_effects_tenant_case_id_state", "effects", ["tenant", "case_id", "state"])
    op.create_index("ix_effects_tenant_target_seq", "effects", ["tenant", "target", "seq"])
    op.create_index("ix_effects_user_key_is_active", "effects", ["user_key", "is_active"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"], name="fk_events_cases"),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
    )
    op.create_index("ix_events_tenant_case_id_seq", "events", ["tenant", "case_id", "seq"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("patient", sa.String(), nullable=True),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "n", name="pk_audit"),
    )


def _create_audit_heads() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_audit_heads"),
    )


def _create_heartbeats() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("worker", name="pk_heartbeats"),
    )


def _create_launch_transactions() -> None:
    op.create_table(
        "launch_transactions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("binding_hash", sa.String(), nullable=False),
        sa.Column("launch_hash", sa.String(), nullable=True),
        sa.Column("want", sa.String(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_launch_transactions"),
        sa.UniqueConstraint("state_hash", name="uq_launch_transactions_state_hash"),
    )
    op.create_index("ix_launch_transactions_expires_at", "launch_transactions", ["expires_at"])


def _create_launch_sessions() -> None:
    op.create_table(
        "launch_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("user_key", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("fhir_user", sa.String(), nullable=True),
        sa.Column("patient", sa.String(), nullable=True),
        sa.Column("encounter", sa.String(), nullable=True),
        sa.Column("fhir_context", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("need_patient_banner", sa.Boolean(), nullable=False),
        sa.Column("style_url", sa.String(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("token_box", sa.LargeBinary(), nullable=True),
        sa.Column("token_expires_at", _INSTANT, nullable=True),
        sa.Column("refreshing_until", _INSTANT, nullable=True),
        sa.Column("csrf_secret", sa.String(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("last_seen_at", _INSTANT, nullable=False),
        sa.Column("idle_expires_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_launch_sessions"),
    )
    op.create_index("ix_launch_sessions_expires_at", "launch_sessions", ["expires_at"])
    op.create_index("ix_launch_sessions_user_key", "launch_sessions", ["user_key"])
