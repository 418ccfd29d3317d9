"""Counterparts that do not answer: since when, and when one write may ask again. One row for each that missed one."""

from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Connection, Integer, String, Table, and_, delete, select, update

from app.core.away import AWAY_AFTER, pause_after
from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.upsert import insert_beside

away = Table(
    "away",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("goes_to", String, primary_key=True),  # as app.core.away names it
    Column("misses", Integer, nullable=False),  # of different writes, in a row
    Column("last", Integer, nullable=False),  # the write that missed last; of one that is away, the one that asks
    Column("since", UtcDateTime, nullable=False),
    Column("ask_at", UtcDateTime, nullable=False),  # nobody is sent there before
)


def is_away(tenant: str | ColumnElement[str], goes_to: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Return what joins a row to the counterpart that is away; none for one that only missed a few."""
    return and_(away.c.tenant == tenant, away.c.goes_to == goes_to, away.c.misses >= AWAY_AFTER)


def note_asking(connection: Connection, tenant: str, goes_to: str, seq: int, *, until: datetime, now: datetime) -> bool:
    """Let one write ask whether its counterpart is back, and no other before `until`; False when one does already.

    Whoever leases is alone (outbox): two could both find that nobody asks.
    """
    mine = is_away(tenant, goes_to) & (away.c.ask_at > now)
    if connection.scalar(select(away.c.last).where(mine)) is not None:
        return False
    connection.execute(update(away).where(is_away(tenant, goes_to)).values(last=seq, ask_at=until))
    return True


def note_answer(connection: Connection, tenant: str, goes_to: str) -> None:
    """Keep that a counterpart is there."""
    connection.execute(delete(away).where(away.c.tenant == tenant, away.c.goes_to == goes_to))


def note_end(connection: Connection, tenant: str, goes_to: str, seq: int, *, now: datetime) -> None:
    """Let another write ask at once: this one asked, and what came says nothing of the counterpart."""
    asked = is_away(tenant, goes_to) & (away.c.last == seq)
    connection.execute(update(away).where(asked).values(ask_at=now))


def note_miss(
    connection: Connection, tenant: str, goes_to: str, seq: int, *, asked_seconds: float | None, now: datetime
) -> None:
    """Keep that a write met nobody there."""
    mine = (away.c.tenant == tenant) & (away.c.goes_to == goes_to)
    found = connection.execute(select(away).where(mine)).first()
    if found is None:
        row = insert_beside(connection, away).values(
            tenant=tenant, goes_to=goes_to, misses=1, last=seq, since=now, ask_at=now
        )
        connection.execute(row.on_conflict_do_nothing(index_elements=["tenant", "goes_to"]))
        return
    # While it is away only the one that asks counts; before, the same write again says nothing new.
    if (found.misses >= AWAY_AFTER) != (found.last == seq):
        return
    misses = found.misses + 1
    pause = pause_after(misses, asked_seconds) if misses >= AWAY_AFTER else timedelta(0)
    connection.execute(update(away).where(mine).values(misses=misses, last=seq, ask_at=now + pause))
