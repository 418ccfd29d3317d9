"""
Counting every case again, page by page: after an update that brought the journeys, or defines one otherwise.

Each page is a transaction of its own and the next goes on where it ended, in whichever process: nobody waits for all of
them, and what is broken off is taken up again.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, select, update

from app.core.learn import DEFINED, Counted
from app.edges.store.audit import lock_audit
from app.edges.store.cases import cases
from app.edges.store.database import Database
from app.edges.store.events import events
from app.edges.store.journeys import (
    count_anew,
    count_case,
    counted_from,
    journey_marks,
    journey_sums,
    journeys,
)
from app.edges.store.upsert import insert_beside

PAGE_CASES = 15_000


def is_whole(connection: Connection, tenant: str) -> bool:
    """Whether every case of the tenant counts as it is defined now."""
    mine = (journey_marks.c.tenant == tenant, journey_marks.c.defined == DEFINED)
    return bool(connection.scalar(select(journey_marks.c.whole).where(*mine)))


def catch_up(database: Database, tenant: str, *, page_cases: int = PAGE_CASES) -> int:
    """Count what is not counted yet, until all is; return how many cases counted otherwise before."""
    changed = 0
    while True:
        with _no_search_for_cycles():
            more = database.write(lambda connection: _count_page(connection, tenant, page_cases))
        if more is None:
            return changed
        changed += more


def catch_up_all(database: Database) -> int:
    """Do so for every tenant that has a case."""
    with database.reading() as connection:
        tenants = connection.scalars(select(cases.c.tenant).distinct().order_by(cases.c.tenant)).all()
    return sum(catch_up(database, tenant) for tenant in tenants)


def forget_counts(connection: Connection, tenant: str) -> None:
    """Let every case be counted anew, as if none had been."""
    lock_audit(connection, tenant)
    connection.execute(delete(journey_marks).where(journey_marks.c.tenant == tenant))


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """A page makes a hundred thousand objects that live to its end, none in a cycle; searching them took a tenth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _count_page(connection: Connection, tenant: str, page_cases: int) -> int | None:
    """Count the next page; return how many cases counted otherwise, None when there is none left."""
    if connection.dialect.name == "sqlite":  # two megabytes, its own measure, are read and written over and over
        connection.exec_driver_sql("PRAGMA cache_size=-32000")
    lock_audit(connection, tenant)  # whoever saves one of them waits here, and then counts it as it will be
    if (after := _begun(connection, tenant)) is None:
        return None
    c = cases.c
    query = select(c.id, c.payer_name, c.reason, c.clinician_name, c.service_label, c.lane)
    page = connection.execute(query.where(c.tenant == tenant, c.id > after).order_by(c.id).limit(page_cases)).all()
    if not page:
        _finish(connection, tenant)
        return None
    within = (after, page[-1].id)
    before = _counted(connection, tenant, within)
    about = {row.id: _about(row) for row in page}
    counted = (count_case(id, told, about[id]) for id, told in _events(connection, tenant, within))
    changed = count_anew(connection, tenant, within, before, (each for each in counted if each is not None))
    connection.execute(update(journey_marks).where(journey_marks.c.tenant == tenant).values(upto=page[-1].id))
    return changed


def _begun(connection: Connection, tenant: str) -> str | None:
    """Return after which case to go on, None when all are counted; what was half done by another is begun anew."""
    mine = journey_marks.c.tenant == tenant
    mark = connection.execute(select(journey_marks).where(mine)).first()
    if mark is not None and mark.defined == DEFINED:
        return None if mark.whole else mark.upto
    ours = (journeys.c.tenant == tenant, journeys.c.defined == DEFINED)
    connection.execute(update(journeys).where(*ours).values(defined=0))
    connection.execute(delete(journey_sums).where(journey_sums.c.tenant == tenant, journey_sums.c.defined == DEFINED))
    row = {"defined": DEFINED, "upto": "", "whole": False}
    fresh = insert_beside(connection, journey_marks).values(tenant=tenant, **row)
    connection.execute(fresh.on_conflict_do_update(index_elements=["tenant"], set_=row))
    return ""


def _finish(connection: Connection, tenant: str) -> None:
    connection.execute(update(journey_marks).where(journey_marks.c.tenant == tenant).values(whole=True))
    old = (journey_sums.c.tenant == tenant, journey_sums.c.defined != DEFINED)
    connection.execute(delete(journey_sums).where(*old))


def _counted(connection: Connection, tenant: str, within: tuple[str, str]) -> dict[str, Counted]:
    c = journeys.c
    mine = (c.tenant == tenant, c.case_id > within[0], c.case_id <= within[1], c.defined == DEFINED)
    return {row.case_id: counted_from(row) for row in connection.execute(select(journeys).where(*mine))}


def _events(connection: Connection, tenant: str, within: tuple[str, str]) -> Iterator[tuple[str, Iterator[Any]]]:
    """Return each (case id, its events as count_case wants them), by the case's id; PostgreSQL's have been read."""
    c = events.c
    mine = (c.tenant == tenant, c.case_id > within[0], c.case_id <= within[1])
    rows = connection.execute(select(c.case_id, c.at, c.kind, c.data).where(*mine).order_by(c.case_id, c.seq))
    # As the driver gives them: a million pass here, and only SQLite's instants are not as they should be.
    told = rows.cursor.fetchall() if connection.dialect.name == "postgresql" else _with_instants(rows.cursor)
    return ((case_id, (each[1:] for each in of_case)) for case_id, of_case in groupby(told, key=itemgetter(0)))


def _with_instants(rows: Iterable[tuple[str, str, str, str]]) -> Iterator[tuple[str, datetime, str, str]]:
    for case_id, at, kind, data in rows:  # SQLite keeps text
        yield case_id, datetime.fromisoformat(f"{at}+00:00"), kind, data


def _about(row: Any) -> dict[str, Any]:
    return {
        "payer": row.payer_name,
        "reason": row.reason,
        "clinician": row.clinician_name,
        "service": row.service_label,
        "lane": row.lane,
    }
