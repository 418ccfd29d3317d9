"""
The worklist's page: one query for the counts of every filter, one for the rows, one for what is unwritten.

And one more where a person has to do some of that by hand.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, and_, case, false, func, or_, select, true

from app.core.case import CALL_ROUTES, UNBOOKED, CaseState
from app.edges.store.brief_gaps import brief_gaps
from app.edges.store.cases import END_OF_TIME, cases
from app.edges.store.effects import count_by_hand, count_unwritten, effects, is_unwritten
from app.edges.store.tallies import like_of
from app.errors import BadInput
from app.flow.ports import MOST_COUNTED, WorklistPage, WorklistRow

FILTERS = ("open", "mine", "unowned", "today", "waiting_payer", "no_time", "verbal", "unwritten", "overdue", "closed")
# The columns that a row is made of.
SHOWN = (
    "id number version patient_name service_label payer_key payer_name reason reason_kind service_key state stage "
    "route lane sort_at last_safe_at next_kind next_text next_due_at waits_on owner_key owner_name clinician_name "
    "call_at result"
).split()
WORDS = 8  # more than that nobody searches for


def read_worklist(
    connection: Connection,
    tenant: str,
    *,
    user_key: str,
    show: str,
    search: str,
    now: datetime,
    limit: int,
    offset: int,
    today_ends_at: datetime | None,
) -> WorklistPage:
    """
    Return one page of the filter `show`, with the counts of all filters under the same search.

    Open cases come by when they must be acted on (core.case.act_by), those without such a time last, then by age;
    closed ones newest first.
    Raises BadInput for a filter that is not in FILTERS.
    """
    if show not in FILTERS:
        raise BadInput("There is no such filter.", path="show", next="Choose one of the filters shown.")
    conditions = _conditions(tenant, user_key=user_key, now=now, today=today_ends_at or now + timedelta(hours=24))
    found = and_(cases.c.tenant == tenant, _matches(search))
    counts = _count(connection, found, conditions, whole=show)
    c = cases.c
    order = (c.updated_at.desc(), c.id.desc()) if show == "closed" else (c.sort_at, c.opened_at, c.id)
    same = and_(brief_gaps.c.tenant == c.tenant, brief_gaps.c.case_id == c.id)
    query = select(*(c[name] for name in SHOWN), brief_gaps.c.to_get).select_from(cases.outerjoin(brief_gaps, same))
    query = query.where(found, conditions[show]).order_by(*order).limit(limit).offset(offset)
    rows = connection.execute(query).all()
    unwritten = count_unwritten(connection, tenant, [row.id for row in rows])
    by_hand = count_by_hand(connection, tenant, [case_id for case_id, (*_, handed) in unwritten.items() if handed])
    made = (_worklist_row(row, *unwritten.get(row.id, (0, 0, 0))[:2], by_hand.get(row.id, 0)) for row in rows)
    return WorklistPage(rows=tuple(made), counts=counts, total=counts[show])


def _conditions(tenant: str, *, user_key: str, now: datetime, today: datetime) -> dict[str, ColumnElement[bool]]:
    c = cases.c
    is_open = c.is_open == true()
    unbooked = c.state.in_([state.value for state in UNBOOKED])
    unwritten = select(effects.c.case_id).where(effects.c.tenant == tenant, is_unwritten())
    late = or_(c.next_due_at < now, and_(unbooked, c.last_safe_at < now))
    soon = or_(c.next_due_at < today, c.call_at < today, and_(unbooked, c.last_safe_at < today))
    return {
        "open": is_open,
        "mine": and_(is_open, c.owner_key == user_key),
        "unowned": and_(is_open, c.owner_key.is_(None)),
        "today": and_(is_open, soon),
        "waiting_payer": and_(is_open, c.waits_on == "payer"),
        "no_time": and_(is_open, c.next_kind.in_(("ask_windows", "call_again", "find_number", "rebook"))),
        "verbal": and_(is_open, c.state == CaseState.DECIDED.value),
        "unwritten": c.id.in_(unwritten),  # a closed case may still owe the chart its note
        "overdue": and_(is_open, late),
        "closed": c.is_open == false(),
    }


def _matches(search: str) -> ColumnElement[bool]:
    words = search.casefold().replace("\x00", "").split()[:WORDS]
    return and_(true(), *(cases.c.search_text.contains(word, autoescape=True) for word in words))


def _count(
    connection: Connection, found: ColumnElement[bool], conditions: dict[str, ColumnElement[bool]], *, whole: str
) -> dict[str, int]:
    """
    Count all filters in one query; only the open rows are walked, the two that reach beyond have their index.

    Those two are counted up to MOST_COUNTED, but for the one that is shown whole: closed cases are most of all
    """
    beyond = ("unwritten", "closed")
    counted = [
        func.sum(case((condition, 1), else_=0)).label(name)
        for name, condition in conditions.items()
        if name not in beyond
    ]
    for name in beyond:
        some = select(cases.c.id).where(found, conditions[name]).limit(None if name == whole else MOST_COUNTED)
        counted.append(select(func.count()).select_from(some.subquery()).scalar_subquery().label(name))
    row = connection.execute(select(*counted).select_from(cases).where(found, conditions["open"])).one()
    return {name: int(row._mapping[name] or 0) for name in conditions}


def _is_to_book(row: Row) -> bool:
    return row.route in CALL_ROUTES and row.state in UNBOOKED


def _worklist_row(row: Row, unwritten: int, failed_notices: int, by_hand: int) -> WorklistRow:
    return WorklistRow(
        case_id=row.id,
        number=row.number,
        patient_name=row.patient_name,
        service_label=row.service_label,
        payer_name=row.payer_name,
        reason=row.reason,
        state=row.state,
        stage=row.stage,
        route=row.route,
        lane=row.lane,
        act_by=None if row.sort_at == END_OF_TIME else row.sort_at,
        last_safe_at=row.last_safe_at,
        next_kind=row.next_kind,
        next_text=row.next_text,
        next_due_at=row.next_due_at,
        waits_on=row.waits_on,
        owner_key=row.owner_key,
        owner_name=row.owner_name,
        clinician_name=row.clinician_name,
        unwritten=unwritten,
        by_hand=by_hand,
        to_get=row.to_get or 0 if row.result is None else 0,
        untold=bool(failed_notices) and row.call_at is not None,
        version=row.version,
        like=like_of(row) if row.result is None and _is_to_book(row) else None,
    )
