"""What makes cases alike, and how their calls went: columns to count by."""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HELD = ("approved", "partial", "modified", "upheld")


COLUMNS = {
    "reason_kind": sa.String(),
    "service_key": sa.String(),
    "result": sa.String(),
    "decided_at": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("cases", sa.Column(name, kind, nullable=True))
    op.create_index("ix_cases_tenant_result", "cases", ["tenant", "result"])
    _fill(op.get_bind())


def downgrade() -> None:
    op.drop_index("ix_cases_tenant_result", "cases")
    for name in reversed(COLUMNS):
        op.drop_column("cases", name)


def _fill(connection: sa.Connection) -> None:
    """Fill in what the documents tell; a case's service gets its name at the case's next save, by the rules."""
    documents = sa.table("case_documents", sa.column("tenant"), sa.column("id"), sa.column("document"))
    cases = sa.table("cases", sa.column("tenant"), sa.column("id"), *(sa.column(*each) for each in COLUMNS.items()))
    told = sa.update(cases).where(cases.c.tenant == sa.bindparam("of"), cases.c.id == sa.bindparam("case"))
    read = connection.execute(sa.select(documents), execution_options={"yield_per": 500})
    for rows in read.partitions():
        connection.execute(told, [_told(row.tenant, row.id, json.loads(row.document)) for row in rows])


def _told(tenant: str, case_id: str, case: dict) -> dict:
    call = _decided_call(case)
    return {
        "of": tenant,
        "case": case_id,
        "reason_kind": case["routing"].get("reason_kind"),
        "result": call["result"] if call else None,
        "decided_at": datetime.fromisoformat(call["recorded_at"]) if call else None,
    }


def _decided_call(case: dict) -> dict | None:
    """Return the outcome of the latest call that was held; what an appeal decided is none."""
    told = [each for each in (*case.get("earlier", ()), case.get("outcome")) if each]
    held = [each for each in told if each.get("way", "call") == "call" and each["result"] in HELD]
    return held[-1] if held else None
