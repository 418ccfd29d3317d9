"""When payers were asked about which case, what came of it, and how long each payer is left alone."""

from datetime import datetime

from sqlalchemy import (
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    and_,
    func,
    or_,
    select,
    update,
)

from app.edges.store.cases import cases
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.database import Database
from app.edges.store.upsert import insert_beside
from app.flow.ports import LONG_AGO, Ask, Rest

asks = Table(
    "asks",
    metadata,
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("payer_key", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String, nullable=False),  # a name
    Column("how", String, nullable=False),
    Column("say", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "case_id"),
)
# One row a payer, whatever tenant asks: it is one server.
payer_rests = Table(
    "payer_rests",
    metadata,
    Column("payer_key", String, primary_key=True),
    Column("free_at", UtcDateTime, nullable=False),
    Column("closed_until", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
)


class SqlAsks:
    """Implements flow.ports.Asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_case(self, tenant: str, case_id: str) -> Ask | None:
        """Return the latest question about a case, None when there was none."""
        a = asks.c
        columns = (a.case_id, a.payer_key, a.at, a.by, a.how, a.say, a.due_at, a.failures)
        with self._database.reading() as connection:
            row = connection.execute(select(*columns).where(a.tenant == tenant, a.case_id == case_id)).first()
        return None if row is None else Ask(*row)

    def note(self, tenant: str, ask: Ask) -> None:
        """Keep a question in place of the one before it."""
        told = {"payer_key": ask.payer_key, "at": ask.at, "by": plain(ask.by), "how": ask.how, "say": plain(ask.say)}
        told |= {"due_at": ask.due_at, "failures": ask.failures}
        self._put(asks, {"tenant": tenant, "case_id": ask.case_id}, told)

    def due(self, tenant: str, payer_key: str, *, now: datetime, limit: int) -> tuple[str, ...]:
        """Return the waiting cases of this payer that are due, the longest due first; never asked before all others."""
        c, a = cases.c, asks.c
        joined = cases.outerjoin(asks, and_(a.tenant == c.tenant, a.case_id == c.id))
        waits = and_(c.tenant == tenant, c.asked_of == payer_key, or_(a.due_at.is_(None), a.due_at <= now))
        order = (func.coalesce(a.due_at, LONG_AGO), c.opened_at, c.id)
        query = select(c.id).select_from(joined).where(waits).order_by(*order).limit(limit)
        with self._database.reading() as connection:
            return tuple(connection.scalars(query))

    def claim_round(self, payer_key: str, *, now: datetime, until: datetime) -> bool:
        """Return whether the caller alone may ask this payer until then, whoever else races."""
        r = payer_rests.c
        first = {"payer_key": payer_key, "free_at": LONG_AGO, "closed_until": LONG_AGO, "failures": 0}
        claim = update(payer_rests).where(r.payer_key == payer_key, r.free_at <= now, r.closed_until <= now)
        with self._database.writing() as connection:
            connection.execute(insert_beside(connection, payer_rests).values(first).on_conflict_do_nothing())
            return connection.execute(claim.values(free_at=until)).rowcount == 1

    def rest_of(self, payer_key: str) -> Rest:
        """Return until when a payer is left alone; a payer that was never asked is free."""
        r = payer_rests.c
        query = select(r.free_at, r.closed_until, r.failures).where(r.payer_key == payer_key)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Rest() if row is None else Rest(*row)

    def rest(self, payer_key: str, rest: Rest) -> None:
        """Leave a payer alone until then."""
        told = {"free_at": rest.free_at, "closed_until": rest.closed_until, "failures": rest.failures}
        self._put(payer_rests, {"payer_key": payer_key}, told)

    def _put(self, table: Table, key: dict, told: dict) -> None:
        with self._database.writing() as connection:
            row = insert_beside(connection, table).values(**key, **told)
            connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=told))
