"""How calls have gone, counted by likeness in one query; kept for a minute, since every page of the worklist asks."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, func, select

from app.core.learn.odds import History, Likeness, Tally, count_history
from app.edges.store.cases import cases
from app.edges.store.database import Database

KEPT = timedelta(seconds=60)


def like_of(row: Row) -> Likeness:
    """Return what makes the case of a row like others."""
    return Likeness(row.payer_key or row.payer_name, row.reason_kind, row.service_key, row.lane)


def read_tallies(connection: Connection, tenant: str) -> tuple[Tally, ...]:
    """Return how many calls of each likeness came to each result."""
    c = cases.c
    alike = (c.payer_key, c.payer_name, c.reason_kind, c.service_key, c.lane, c.diagnosis_key)
    query = (
        select(*alike, c.result, func.count().label("decided"), func.min(c.decided_at).label("since"))
        .where(c.tenant == tenant, c.result.is_not(None))
        .group_by(*alike, c.result)
    )
    return tuple(
        Tally(replace(like_of(row), diagnosis=row.diagnosis_key), row.result, row.decided, row.since)
        for row in connection.execute(query)
    )


class KeptHistory:
    """The history of each tenant as it was at most a minute ago. Threads may read it twice; none reads it wrong."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, tuple[datetime, History]] = {}

    def of(self, tenant: str, *, now: datetime) -> History:
        """Return the history, counted anew when it is older than a minute."""
        read_at, kept = self._kept.get(tenant, (None, History()))
        if read_at is not None and timedelta() <= now - read_at < KEPT:
            return kept
        with self._database.reading() as connection:
            kept = count_history(read_tallies(connection, tenant))
        self._kept[tenant] = (now, kept)
        return kept

    def forget(self, tenant: str) -> None:
        """Count it anew at the next question: a call was decided here."""
        self._kept.pop(tenant, None)
