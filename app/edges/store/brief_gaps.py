"""
What was noted of each brief when it was last read before its call: how much was still to get, for the worklist; and of
what the chart met the payer had not been sent, for Learn (core.learn.upstream).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    func,
    select,
)

from app.core.learn.upstream import Requested
from app.edges.store.cases import cases
from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.upsert import insert_beside

brief_gaps = Table(
    "brief_gaps",
    metadata,
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("to_get", Integer, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    Column("rule", String),  # key of the service's criteria, None where it is not known what was sent
    Column("lacked", Text),  # keys of those that the chart met by what the payer had not been sent
    PrimaryKeyConstraint("tenant", "case_id"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
)


def note_gaps(
    connection: Connection,
    tenant: str,
    case_id: str,
    to_get: int,
    *,
    rule: str | None = None,
    lacked: Iterable[str] | None = None,
    at: datetime,
) -> None:
    """
    Keep how much is to get; an older reading that comes late does not replace a newer one.

    rule, lacked: kept with it; None where this reading says nothing of the request, and then what was known stays
    """
    told = {"to_get": to_get, "read_at": at}
    if lacked is not None:
        told |= {"rule": rule, "lacked": " ".join(sorted(lacked))}
    fresh = insert_beside(connection, brief_gaps).values(tenant=tenant, case_id=case_id, **told)
    key = [brief_gaps.c.tenant, brief_gaps.c.case_id]
    connection.execute(fresh.on_conflict_do_update(index_elements=key, set_=told, where=brief_gaps.c.read_at <= at))


def read_requests(connection: Connection, tenant: str) -> tuple[Requested, ...]:
    """Return the decided calls before which it was known what the request lacked, counted by likeness."""
    c, g = cases.c, brief_gaps.c
    alike = (c.payer_name, c.reason_kind, g.rule, g.lacked, c.result)
    joined = cases.join(brief_gaps, (g.tenant == c.tenant) & (g.case_id == c.id))
    told = (c.tenant == tenant, c.result.is_not(None), g.rule.is_not(None), c.lane != "informational")
    query = select(*alike, func.count()).select_from(joined).where(*told).group_by(*alike)
    return tuple(
        Requested(payer, reason or "", rule, frozenset((lacked or "").split()), result, count)
        for payer, reason, rule, lacked, result, count in connection.execute(query)
    )
