"""What EHRs lately refused of our writes: no word of a patient, kept for a day (edges.ehr.learned)."""

from datetime import datetime

from sqlalchemy import Column, Connection, Index, PrimaryKeyConstraint, Row, String, Table, delete, select

from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.database import Database
from app.edges.store.upsert import insert_beside
from app.flow.ports import Refusal

refusals = Table(
    "ehr_refusals",
    metadata,
    Column("tenant", String, nullable=False),
    Column("under", String, nullable=False),  # digest of statement, scopes and site's record
    Column("kind", String, nullable=False),
    Column("letter", String, nullable=False),
    Column("why", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "under", "kind", "letter"),
    Index(None, "at"),
)


class SqlRefusals:
    """Implements flow.ports.Refusals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, tenant: str, under: str, *, since: datetime) -> tuple[Refusal, ...]:
        """Return what was refused under these circumstances since then."""
        mine = (refusals.c.tenant == tenant, refusals.c.under == under, refusals.c.at >= since)
        with self._database.reading() as connection:
            return tuple(_refusal(row) for row in connection.execute(select(refusals).where(*mine)))

    def note(self, tenant: str, under: str, refusal: Refusal) -> None:
        """Keep a refusal; one of the same kind is brought up to date."""
        self._database.write(lambda connection: _put(connection, tenant, under, refusal))

    def standing(self, tenant: str, *, since: datetime) -> tuple[Refusal, ...]:
        """Return what is remembered of an EHR under whatever circumstances, the latest of each kind."""
        mine = (refusals.c.tenant == tenant, refusals.c.at >= since)
        with self._database.reading() as connection:
            rows = connection.execute(select(refusals).where(*mine).order_by(refusals.c.at)).all()
        latest = {(row.kind, row.letter): _refusal(row) for row in rows}
        return tuple(latest[each] for each in sorted(latest))

    def forget(self, *, before: datetime) -> int:
        """Forget what is older; return how much that was."""
        old = delete(refusals).where(refusals.c.at < before)
        return self._database.write(lambda connection: connection.execute(old).rowcount)


def _put(connection: Connection, tenant: str, under: str, refusal: Refusal) -> None:
    key = {"tenant": tenant, "under": under, "kind": refusal.kind, "letter": refusal.letter}
    told = {"why": refusal.why, "at": refusal.at}
    fresh = insert_beside(connection, refusals).values(**key, **told)
    connection.execute(fresh.on_conflict_do_update(index_elements=list(key), set_=told))


def _refusal(row: Row) -> Refusal:
    return Refusal(row.kind, row.letter, row.why, row.at)
