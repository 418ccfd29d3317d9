"""What people added to briefs by hand, numbered within each case; no step is ever changed or taken away."""

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from app.core.brief.entries import Entry, EntryKind, EntryPassed
from app.edges.store.cases import encode
from app.edges.store.columns import UtcDateTime, metadata, plain

brief_entries = Table(
    "brief_entries",
    metadata,
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("thing", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String, nullable=False),
    Column("by_name", String, nullable=False),
    Column("told", Text, nullable=False),  # what was typed, as JSON by field
    PrimaryKeyConstraint("tenant", "case_id", "number"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
)


def read_entries(connection: Connection, tenant: str, case_id: str) -> tuple[Entry, ...]:
    """Return the steps of one case, the oldest first."""
    c = brief_entries.c
    query = select(brief_entries).where(c.tenant == tenant, c.case_id == case_id).order_by(c.number)
    return tuple(
        Entry(row.number, EntryKind(row.kind), row.thing, row.at, row.by, row.by_name, msgspec.json.decode(row.told))
        for row in connection.execute(query)
    )


def insert_entry(connection: Connection, tenant: str, case_id: str, entry: Entry) -> None:
    """Add the next step; raises EntryPassed when its number is taken."""
    row = {
        "tenant": tenant,
        "case_id": case_id,
        "number": entry.number,
        "kind": entry.kind.value,
        "thing": plain(entry.thing),
        "at": entry.at,
        "by": entry.by,
        "by_name": plain(entry.by_name),
        "told": encode(dict(entry.told), what="brief entry"),
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(brief_entries).values(row))
    except IntegrityError as error:
        raise EntryPassed from error
