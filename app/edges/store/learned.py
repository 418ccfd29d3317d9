"""What Learn reads: sums, the values that medians stand at, the cases behind a number; no events."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, text

from app.core.learn import DEFINED, Counted
from app.core.learn.counted import CASES, MONTH, WHOLE, Place, Sum, counts_in
from app.core.learn.lessons import MedianAt
from app.core.learn.share import ranks_of
from app.edges.store.columns import UtcDateTime
from app.edges.store.journeys import counted_from, journey_sums, journeys

AT_ONCE = 5_000
# Below every value. Said as a range, an index begins at the first; said as "not null", SQLite walks over the rest.
NOTHING = -1e300


def read_sums(
    connection: Connection, tenant: str, place: Place | None = None, *, grouped: Sequence[str] | None = None
) -> dict[Place, dict[str, Sum]]:
    """
    Return what the cases come to in each place, or in one; places in which there is no case any more left out.

    grouped: in groups, of these measures alone
    """
    c = journey_sums.c
    mine = [c.tenant == tenant, c.defined == DEFINED, c.n > 0]
    if place is not None:
        mine += [c.grouped_by == place[0], c.name == place[1]]
    if grouped is not None:
        mine.append(c.grouped_by.in_((WHOLE[0], MONTH)) | c.measure.in_((CASES, *grouped)))
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
    if not wanted:
        return {}
    asked = " UNION ALL ".join(_ranked(number, *each) for number, each in enumerate(wanted))
    names = {f"name_{number}": place[1] for number, (place, _, _) in enumerate(wanted)}
    values = {
        (number, rank): value
        for number, rank, value in connection.execute(text(asked), {"tenant": tenant, "nothing": NOTHING, **names})
    }
    found: dict[Place, dict[str, tuple[float, ...]]] = {}
    for number, (place, key, n) in enumerate(wanted):
        found.setdefault(place, {})[key] = tuple(values[number, rank] for rank in ranks_of(n))
    return found


def _ranked(number: int, place: Place, key: str, n: int) -> str:
    """Return the query of (number, rank, value) at the ranks of one median, all found on one walk from low to high."""
    low, *_, high = ranks = ranks_of(n)
    value, group = journeys.c[key].name, journeys.c[place[0]].name if place != WHOLE else None
    among = f"tenant = :tenant AND {value} > :nothing" + (f" AND {group} = :name_{number}" if group else "")
    walked = f"SELECT {value} FROM journeys WHERE {among} ORDER BY {value} LIMIT {high - low + 1} OFFSET {low - 1}"  # noqa: S608
    ranked = f"SELECT {value}, {low - 1} + row_number() OVER (ORDER BY {value}) AS at FROM ({walked}) AS walked"  # noqa: S608
    return f"SELECT {number}, at, {value} FROM ({ranked}) AS ranked WHERE at IN {ranks}"  # noqa: S608


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
