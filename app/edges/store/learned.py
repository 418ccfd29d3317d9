"""What Learn reads: sums, the values that medians stand at, the cases behind a number; no events."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select

from app.core.learn import DEFINED, Counted
from app.core.learn.counted import CASES, WHOLE, Place, Sum, counts_in
from app.core.learn.lessons import MedianAt
from app.core.learn.share import ranks_of
from app.edges.store.columns import UtcDateTime
from app.edges.store.journeys import counted_from, journey_sums, journeys

AT_ONCE = 5_000
NOTHING = -1e300  # below every value


def read_sums(connection: Connection, tenant: str, place: Place | None = None) -> dict[Place, dict[str, Sum]]:
    """Return what the cases come to in each place, or in one; places in which there is no case any more left out."""
    c = journey_sums.c
    mine = [c.tenant == tenant, c.defined == DEFINED, c.n > 0]
    if place is not None:
        mine += [c.grouped_by == place[0], c.name == place[1]]
    found: dict[Place, dict[str, Sum]] = {}
    for group, name, key, *numbers in connection.execute(
        select(c.grouped_by, c.name, c.measure, c.n, c.total, c.squares).where(*mine)
    ):
        found.setdefault((group, name), {})[key] = Sum(*numbers)
    return {place: sums for place, sums in found.items() if CASES in sums}


def read_names(connection: Connection, tenant: str, group: str) -> tuple[str, ...]:
    """Return the names there are in a group (of GROUPS)."""
    c = journey_sums.c
    mine = (c.tenant == tenant, c.defined == DEFINED, c.grouped_by == group, c.measure == CASES, c.n > 0)
    return tuple(connection.scalars(select(c.name).where(*mine).order_by(c.name)))


def read_middles(
    connection: Connection, tenant: str, wanted: Sequence[MedianAt]
) -> dict[Place, dict[str, tuple[float, ...]]]:
    """Return the values at the ranks of each median (place, key, n), found by walking an index."""
    found: dict[Place, dict[str, tuple[float, ...]]] = {}
    for place, key, n in wanted:
        low, lower, upper, high = ranks_of(n)
        value = journeys.c[key]
        # Said as a range, an index begins at the first value; said as "not null", SQLite walks over those without one.
        mine = (journeys.c.tenant == tenant, value > NOTHING, *_in(place))
        query = select(value).where(*mine).order_by(value).offset(low - 1).limit(high - low + 1)
        values = connection.scalars(query).all()
        if len(values) == high - low + 1:
            at = (0, lower - low, upper - low, high - low)
            found.setdefault(place, {})[key] = tuple(values[each] for each in at)
    return found


def read_counted(connection: Connection, tenant: str) -> Iterator[Counted]:
    """Yield every case as it counts, a few thousand in memory at a time."""
    query = select(journeys).where(journeys.c.tenant == tenant, journeys.c.defined == DEFINED)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(query):
        yield counted_from(row)


def read_behind(
    connection: Connection, tenant: str, number: int, place: Place, *, now: datetime, limit: int
) -> tuple[tuple[Counted, ...], int]:
    """Return the cases that a measure (its place in MEASURES) counts, the latest first, and how many there are."""
    mine = (journeys.c.tenant == tenant, journeys.c.bits.bitwise_and(counts_in(number)) != 0, *_in(place))
    denied = func.coalesce(journeys.c.denied_at, literal(now, UtcDateTime))
    latest = select(journeys).where(*mine).order_by(denied.desc(), journeys.c.case_id.desc()).limit(limit)
    rows = connection.execute(latest).all()
    total = connection.scalar(select(func.count()).select_from(journeys).where(*mine)) or 0
    return tuple(map(counted_from, rows)), total


def ids_of_payer(tenant: str, name: str) -> Select[tuple[str]]:
    """Return the query of the ids of a payer's cases."""
    return select(journeys.c.case_id).where(journeys.c.tenant == tenant, journeys.c.payer == name)


def _in(place: Place) -> tuple[ColumnElement[bool], ...]:
    return () if place == WHOLE else (journeys.c[place[0]] == place[1],)
