"""What happened in each case, in order: for its story and for Learn. No patient is in it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, ForeignKeyConstraint, Index, Row, Select, String, Table, Text, insert, select

from app.core.case import Case
from app.edges.store.cases import cases, encode
from app.edges.store.columns import Sequence as SequenceNumber
from app.edges.store.columns import UtcDateTime, metadata
from app.flow.ports import Event, JourneyEvent

AT_ONCE = 5_000
events = Table(
    "events",
    metadata,
    Column("seq", SequenceNumber, primary_key=True, autoincrement=True),
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String, nullable=False),
    Column("data", Text, nullable=False),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
    Index(None, "tenant", "case_id", "seq"),
)


def add_events(connection: Connection, case: Case, happened: Sequence[Event]) -> None:
    """Append the events to the case's story."""
    rows = [
        {
            "tenant": case.tenant,
            "case_id": case.id,
            "kind": each.kind,
            "at": each.at,
            "by": each.by,
            "data": encode(dict(each.data), what="event"),
        }
        for each in happened
    ]
    if rows:
        connection.execute(insert(events), rows)


def read_story(connection: Connection, tenant: str, case_id: str) -> tuple[Event, ...]:
    """Return the events of one case, oldest first."""
    query = select(events).where(events.c.tenant == tenant, events.c.case_id == case_id).order_by(events.c.seq)
    rows = connection.execute(query)
    return tuple(Event(row.kind, row.at, row.by, msgspec.json.decode(row.data)) for row in rows)


def read_journey(connection: Connection, tenant: str, ids: Sequence[str] | None = None) -> tuple[JourneyEvent, ...]:
    """Return the events of the tenant with what their case was about, in order of time; ids: of these cases alone."""
    query = _journeys(tenant, ids).order_by(events.c.at, events.c.seq)
    return tuple(map(_told, connection.execute(query)))


def read_journeys(connection: Connection, tenant: str, ids: Select[tuple[str]]) -> Iterator[tuple[JourneyEvent, ...]]:
    """Yield the events of each of these cases, a few thousand events in memory at a time."""
    query = _journeys(tenant, ids).order_by(events.c.case_id, events.c.seq)
    rows = connection.execution_options(yield_per=AT_ONCE).execute(query)
    for _, of_case in groupby(map(_told, rows), key=attrgetter("case_id")):
        yield tuple(of_case)


def _journeys(tenant: str, ids: Select[tuple[str]] | Sequence[str] | None) -> Select[Any]:
    c = cases.c
    about = (c.payer_name, c.reason, c.clinician_name, c.service_label, c.lane)
    joined = events.join(cases, (events.c.tenant == c.tenant) & (events.c.case_id == c.id))
    return (
        select(events.c.case_id, events.c.at, events.c.kind, events.c.data, *about)
        .select_from(joined)
        .where(events.c.tenant == tenant, *([events.c.case_id.in_(ids)] if ids is not None else []))
    )


def _told(row: Row[Any]) -> JourneyEvent:
    return JourneyEvent(
        case_id=row.case_id,
        at=row.at,
        kind=row.kind,
        payer=row.payer_name,
        reason=row.reason,
        clinician=row.clinician_name or "",
        service=row.service_label,
        lane=row.lane,
        data=msgspec.json.decode(row.data),
    )
