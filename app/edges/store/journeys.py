"""
What each case adds to the measures of Learn, and what the cases come to together: derived from the events, never told.

The events are the truth. A case's row is worked out again from all of them whenever something happens in it, in the
transaction that keeps what happened, and the sums are changed by the difference. A row of an older definition (see
core.learn.DEFINED) counts as if it were not there, until `catch_up` comes to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
import psycopg
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Row,
    String,
    Table,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.exc import OperationalError

from app.core.case import Case
from app.core.learn import DEFINED, GROUPS, Counted, counted_of, happened_of, journey_of
from app.core.learn.counted import Facts, Place, Sum, changes_of
from app.core.learn.measures import KEPT, MEANS, MEDIANS, NOT_TOLD
from app.edges.store.audit import lock_audit
from app.edges.store.cases import about_of
from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.events import events
from app.flow.ports import Event

_MISSED = tuple(f"missed_{each.key}" for each in KEPT)
_MEANS = tuple(each.key for each in MEANS)
_VALUES = tuple(each.key for each in MEDIANS)

journeys = Table(
    "journeys",
    metadata,
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("defined", Integer, nullable=False),  # by which definition; 0: to be worked out anew
    Column("denied_at", UtcDateTime),
    Column("month", String),
    *(Column(name, String, nullable=False) for name in GROUPS),
    Column("bits", BigInteger, nullable=False),  # core.learn.counted.Facts
    *(Column(name, Integer, nullable=False) for name in _MISSED),
    *(Column(name, Integer) for name in _MEANS),
    *(Column(name, Double) for name in _VALUES),
    PrimaryKeyConstraint("tenant", "case_id"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
)
# A median is the value at a rank: these are walked, and the rows are not read.
for _name in _VALUES:
    Index(None, journeys.c.tenant, journeys.c[_name])
Index(None, journeys.c.tenant, journeys.c.month, journeys.c.time_to_connect)

journey_sums = Table(
    "journey_sums",
    metadata,
    Column("tenant", String, nullable=False),
    Column("defined", Integer, nullable=False),
    Column("grouped_by", String, nullable=False),  # core.learn.counted.Place
    Column("name", String, nullable=False),
    Column("measure", String, nullable=False),  # a measure's key, or "cases"
    Column("n", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("squares", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "defined", "grouped_by", "name", "measure"),
)
# How far each tenant's cases have been gone through for one definition; whole: all, and every save keeps it so.
journey_marks = Table(
    "journey_marks",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("defined", Integer, nullable=False),
    Column("upto", String, nullable=False),
    Column("whole", Boolean, nullable=False),
)

# Asked at every save: made once.
_MINE = {"tenant": bindparam("tenant"), "case_id": bindparam("case_id")}
_COUNTED = select(journeys).filter_by(**_MINE)
_EVENTS = select(events.c.at, events.c.kind, events.c.data).filter_by(**_MINE).order_by(events.c.seq)


def keep_journey(connection: Connection, case: Case, happened: Sequence[Event]) -> None:
    """Let the case count as what has happened in it, in the caller's transaction, which has saved it already."""
    row = connection.execute(_COUNTED, {"tenant": case.tenant, "case_id": case.id}).first()
    if _is_newer(connection, case.tenant, row):
        lock_audit(connection, case.tenant)
        _count_again(connection, case.tenant)
        return
    before = _as_defined(row)
    if not happened:
        # Only what the case is about can have changed; whoever changes the sums waits for his turn at the audit.
        about = {name: value or NOT_TOLD for name, value in about_of(case).items()}
        if before is None or dict(zip(GROUPS, before.names, strict=True)) == about:
            return
        lock_audit(connection, case.tenant)
        before = read_counted(connection, case.tenant, case.id)
    rows = connection.execute(_EVENTS, {"tenant": case.tenant, "case_id": case.id})
    now = count_case(case.id, rows, about_of(case))
    change_counted(connection, case.tenant, [(before, now)])


def count_case(case_id: str, rows: Iterable[Any], about: Mapping[str, Any]) -> Counted | None:
    """Return a case as it counts, from (at, kind, data) of its events, oldest first; None where nothing happened."""
    decode = msgspec.json.decode
    found = journey_of(case_id, [happened_of(case_id, at, kind, decode(data), about) for at, kind, data in rows])
    return counted_of(found) if found else None


def read_counted(connection: Connection, tenant: str, case_id: str) -> Counted | None:
    """Return a case as it was counted; None where it was not, or by another definition."""
    return _as_defined(connection.execute(_COUNTED, {"tenant": tenant, "case_id": case_id}).first())


def _as_defined(row: Row | None) -> Counted | None:
    return counted_from(row) if row is not None and row.defined == DEFINED else None


def _is_newer(connection: Connection, tenant: str, row: Row | None) -> bool:
    """Return whether a later version of this program counts the case, or would, were it not new: during an update."""
    if row is not None:
        return bool(row.defined > DEFINED)
    by = connection.scalar(select(journey_marks.c.defined).where(journey_marks.c.tenant == tenant))
    return by is not None and by > DEFINED


def _count_again(connection: Connection, tenant: str) -> None:
    """Let the later version go through all cases once more: what it has counted of this one it alone can take off."""
    connection.execute(update(journey_marks).where(journey_marks.c.tenant == tenant).values(upto="", whole=False))


def counted_from(row: Row) -> Counted:
    """Return the row as core counts by it."""
    told = row._mapping
    return Counted(
        told["case_id"],
        told["denied_at"],
        tuple(told[name] for name in GROUPS),
        Facts(told["bits"], tuple(told[name] for name in _MISSED), tuple(told[name] for name in _MEANS)),
        tuple(told[name] for name in _VALUES),
    )


def change_counted(connection: Connection, tenant: str, pairs: Iterable[tuple[Counted | None, Counted | None]]) -> int:
    """
    Let cases count as they do now in place of how they did (None: not at all); return how many do otherwise.

    The caller holds the tenant's lock (audit.lock_audit), since all cases share the sums.
    """
    changed = [(before, now) for before, now in pairs if now != before]
    _write(connection, tenant, [now for _, now in changed if now is not None])
    gone = [before.case_id for before, now in changed if before is not None and now is None]
    if gone:
        connection.execute(delete(journeys).where(journeys.c.tenant == tenant, journeys.c.case_id.in_(gone)))
    _add_to_sums(connection, tenant, changes_of(changed))
    return len(changed)


def count_anew(
    connection: Connection,
    tenant: str,
    within: tuple[str, str],
    before: Mapping[str, Counted],
    now: Iterable[Counted],
) -> int:
    """
    Let the cases after the first id up to the second count as they do now; return how many do otherwise than before.

    Every one of them is written: PostgreSQL takes the rows in while the next ones are still worked out. The caller
    holds the tenant's lock.
    """
    ids = journeys.c.case_id
    connection.execute(delete(journeys).where(journeys.c.tenant == tenant, ids > within[0], ids <= within[1]))
    counted: dict[str, Counted] = {}

    def rows() -> Iterator[tuple[Any, ...]]:
        for each in now:
            counted[each.case_id] = each
            yield _row(tenant, each, connection.dialect.name)

    _fill(connection, rows())
    pairs = ((before.get(id), counted.get(id)) for id in before.keys() | counted.keys())
    changed = [(old, new) for old, new in pairs if old != new]
    _add_to_sums(connection, tenant, changes_of(changed))
    return len(changed)


def _write(connection: Connection, tenant: str, counted: Sequence[Counted]) -> None:
    dialect = connection.dialect.name
    if counted:
        connection.exec_driver_sql(_replace(dialect), [_row(tenant, each, dialect) for each in counted])


def _fill(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(each.name for each in journeys.c)
    if connection.dialect.name == "sqlite":
        if told := list(rows):
            connection.exec_driver_sql(_replace("sqlite"), told)
        return
    try:
        with connection.connection.cursor() as cursor, cursor.copy(f"COPY journeys ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.OperationalError as error:  # as SQLAlchemy names what comes through it
        raise OperationalError("COPY journeys", None, error) from error


def _row(tenant: str, counted: Counted, dialect: str) -> tuple[Any, ...]:
    """Return it in the order of the table's columns, as the driver wants it."""
    facts = counted.facts
    at, month = _kept(counted.denied_at, dialect), counted.month
    about = (tenant, counted.case_id, DEFINED, at, month, *counted.names)
    return (*about, facts.bits, *facts.missed, *facts.means, *counted.values)


def _kept(at: datetime | None, dialect: str) -> Any:
    """Return an instant (UTC) as this database's driver wants it; SQLite's as UtcDateTime writes and reads it."""
    return at if at is None or dialect == "postgresql" else at.isoformat(" ", "microseconds")[:26]


def _add_to_sums(connection: Connection, tenant: str, changes: Mapping[tuple[Place, str], Sum]) -> None:
    rows = [(tenant, DEFINED, *place, key, *change) for (place, key), change in sorted(changes.items())]
    if not rows:
        return
    dialect = connection.dialect.name
    if dialect == "postgresql":  # one statement of arrays is one message, however many rows
        connection.exec_driver_sql(_add(dialect), tuple(list(each) for each in zip(*rows, strict=True)))
    else:
        connection.exec_driver_sql(_add(dialect), rows)


@cache
def _replace(dialect: str) -> str:
    """Return the statement in the driver's own words: 120,000 rows of 22 columns pass here after an update."""
    names, mark = [each.name for each in journeys.c], "%s" if dialect == "postgresql" else "?"
    changed = ", ".join(f"{name} = excluded.{name}" for name in names[2:])
    values = ", ".join([mark] * len(names))
    return (
        f"INSERT INTO journeys ({', '.join(names)}) VALUES ({values}) "  # noqa: S608 our own names alone
        f"ON CONFLICT (tenant, case_id) DO UPDATE SET {changed}"
    )


@cache
def _add(dialect: str) -> str:
    names = [each.name for each in journey_sums.c]
    key = ", ".join(each.name for each in journey_sums.primary_key)
    changed = ", ".join(f"{name} = journey_sums.{name} + excluded.{name}" for name in Sum._fields)
    kinds = ("text[]", "int[]", "text[]", "text[]", "text[]", "bigint[]", "bigint[]", "bigint[]")
    arrays = ", ".join(f"%s::{kind}" for kind in kinds)
    # Our own names alone are put together here.
    rows = f"VALUES ({', '.join('?' * len(names))})"
    if dialect == "postgresql":
        rows = f"SELECT * FROM unnest({arrays})"  # noqa: S608
    return f"INSERT INTO journey_sums ({', '.join(names)}) {rows} ON CONFLICT ({key}) DO UPDATE SET {changed}"
