"""How much was still to get before each call when its brief was last read: a note of a reading, for the worklist."""

from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Table

from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.upsert import insert_beside

brief_gaps = Table(
    "brief_gaps",
    metadata,
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("to_get", Integer, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "case_id"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
)


def note_gaps(connection: Connection, tenant: str, case_id: str, to_get: int, *, at: datetime) -> None:
    """Keep how much is to get; an older reading that comes late does not replace a newer one."""
    row = {"tenant": tenant, "case_id": case_id, "to_get": to_get, "read_at": at}
    fresh = insert_beside(connection, brief_gaps).values(row)
    newer = {"to_get": to_get, "read_at": at}
    key = [brief_gaps.c.tenant, brief_gaps.c.case_id]
    connection.execute(fresh.on_conflict_do_update(index_elements=key, set_=newer, where=brief_gaps.c.read_at <= at))
