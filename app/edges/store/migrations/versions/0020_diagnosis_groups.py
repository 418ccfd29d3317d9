"""The group of each case's diagnosis, by which its payer's precedents are told."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
SETTLED = ("approved", "cancelled")


def upgrade() -> None:
    op.add_column("cases", sa.Column("diagnosis_key", sa.String(), nullable=True))
    _fill(op.get_bind())


def downgrade() -> None:
    op.drop_column("cases", "diagnosis_key")


def _fill(connection: sa.Connection) -> None:
    """Fill in what the documents tell: a case that was decided may never be saved again."""
    documents = sa.table("case_documents", sa.column("tenant"), sa.column("id"), sa.column("document"))
    cases = sa.table("cases", sa.column("tenant"), sa.column("id"), sa.column("diagnosis_key"))
    told = sa.update(cases).where(cases.c.tenant == sa.bindparam("of"), cases.c.id == sa.bindparam("case"))
    read = connection.execute(sa.select(documents), execution_options={"yield_per": 500})
    for rows in read.partitions():
        found = [(row.tenant, row.id, _group(json.loads(row.document))) for row in rows]
        known = [{"of": tenant, "case": name, "diagnosis_key": group} for tenant, name, group in found if group]
        if known:
            connection.execute(told, known)


def _group(case: dict) -> str | None:
    """Return the category of the first ICD-10 code of the lines in dispute."""
    lines = case["denial"].get("lines", ())
    settled = {each["sequence"] for each in case["routing"].get("lines", ()) if each["decision"] in SETTLED}
    disputed = [each for each in lines if each["sequence"] not in settled] or lines
    for line in disputed:
        for code in line.get("diagnoses", ()):
            if code.get("system") == ICD10 and code.get("code"):
                return code["code"].strip().upper().replace(".", "")[:3]
    return None
