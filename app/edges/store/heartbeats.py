"""When each worker was last alive, for /readyz."""

from datetime import datetime

from sqlalchemy import Column, String, Table, func, select

from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.database import Database
from app.edges.store.upsert import insert_beside

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)


def beat(database: Database, worker: str, *, now: datetime) -> None:
    """Say that this worker is alive."""
    with database.writing() as connection:
        row = insert_beside(connection, heartbeats).values(worker=worker, at=now)
        connection.execute(row.on_conflict_do_update(index_elements=["worker"], set_={"at": now}))


def latest_beat(database: Database) -> datetime | None:
    """Return when any worker was last alive, None when none ever was."""
    with database.reading() as connection:
        return connection.scalar(select(func.max(heartbeats.c.at)))
