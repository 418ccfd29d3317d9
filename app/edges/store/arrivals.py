"""
Denials that came from outside the EHR and wait for a person, and the names of those that were settled.

What a settled one said is in its case; here only its name stays, so that the same again is known.
"""

from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.core.detect.person import ToldAnswer
from app.edges.store.cases import encode
from app.edges.store.columns import UtcDateTime, metadata
from app.flow.ports import Arrival, NoSuchArrival

arrivals = Table(
    "arrivals",
    metadata,
    Column("tenant", String, nullable=False),
    Column("id", String, nullable=False),
    Column("name", String, nullable=False),  # the denial's own, "told:…"
    Column("way", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String, nullable=False),
    Column("why", String, nullable=False),  # why it waits
    Column("state", String, nullable=False),  # waiting | settled | dropped | expired
    Column("case_id", String),
    Column("document", Text),  # a ToldAnswer; gone when it waits no more
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "name"),
    Index(None, "tenant", "state", "at"),
)
MOST_SHOWN = 200
_decoder = msgspec.json.Decoder(ToldAnswer)


def add_arrival(connection: Connection, tenant: str, arrival: Arrival, *, again: bool = True) -> Arrival:
    """
    Keep an arrival that waits; return it, or the one of this name that is there already, brought up to date.

    again: whether one that waits no more waits once more; else it is left as it is, and the new one is returned
    """
    values = {"why": arrival.why, "state": "waiting", "document": encode(arrival.told, what="denial")}
    row = {"tenant": tenant, "id": arrival.id, "name": arrival.name, "way": arrival.way, "at": arrival.at}
    try:
        with connection.begin_nested():
            connection.execute(insert(arrivals).values(**row, by=arrival.by, **values))
        return arrival
    except IntegrityError:
        same = (arrivals.c.tenant == tenant) & (arrivals.c.name == arrival.name)
        waits = same & (arrivals.c.state == "waiting")
        if arrival.way == "letter" and _read(connection, waits):
            del values["document"]  # the same words: what a person completed meanwhile stays
        if again:
            values["at"] = arrival.at  # somebody still wants it
        changed = same if again else waits
        connection.execute(update(arrivals).where(changed).values(**values))
        return next(iter(_read(connection, changed)), arrival)


def read_arrival(connection: Connection, tenant: str, arrival_id: str) -> Arrival:
    """Return one that waits; raises NoSuchArrival, also when it waits no more."""
    waits = (arrivals.c.tenant == tenant) & (arrivals.c.id == arrival_id) & (arrivals.c.state == "waiting")
    found = _read(connection, waits)
    if not found:
        raise NoSuchArrival
    return found[0]


def read_waiting(connection: Connection, tenant: str) -> tuple[Arrival, ...]:
    """Return those that wait, the oldest first."""
    return _read(connection, (arrivals.c.tenant == tenant) & (arrivals.c.state == "waiting"))


def complete_arrival(connection: Connection, tenant: str, arrival_id: str, told: ToldAnswer) -> None:
    """Keep one that waits as a person completed it; raises NoSuchArrival when it waits no more."""
    waits = (arrivals.c.tenant == tenant) & (arrivals.c.id == arrival_id) & (arrivals.c.state == "waiting")
    changed = connection.execute(update(arrivals).where(waits).values(document=encode(told, what="denial")))
    if changed.rowcount == 0:
        raise NoSuchArrival


def drop_arrivals(connection: Connection, tenant: str, *, before: datetime) -> tuple[str, ...]:
    """Let those that came before then wait no more, what they said forgotten; return their ids."""
    old = (arrivals.c.tenant == tenant) & (arrivals.c.state == "waiting") & (arrivals.c.at < before)
    ids = tuple(connection.scalars(select(arrivals.c.id).where(old).order_by(arrivals.c.at, arrivals.c.id)))
    gone = update(arrivals).where(arrivals.c.tenant == tenant, arrivals.c.id.in_(ids))
    connection.execute(gone.values(state="expired", document=None))
    return ids


def settle_arrival(connection: Connection, tenant: str, name: str, *, state: str, case_id: str | None) -> None:
    """Say what became of the denial of this name; nothing when it never waited."""
    same = (arrivals.c.tenant == tenant) & (arrivals.c.name == name)
    connection.execute(update(arrivals).where(same).values(state=state, case_id=case_id, document=None))


def _read(connection: Connection, where) -> tuple[Arrival, ...]:
    rows = connection.execute(select(arrivals).where(where).order_by(arrivals.c.at, arrivals.c.id).limit(MOST_SHOWN))
    return tuple(
        Arrival(row.id, row.name, row.way, row.at, row.by, row.why, _decoder.decode(row.document)) for row in rows
    )
