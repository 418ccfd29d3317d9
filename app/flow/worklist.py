"""Worklist: every open case in the order in which time runs out."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.case import Case
from app.core.learn.odds import break_ties, odds_of
from app.core.people import Act, may
from app.flow.cases import case_for, demand, event, save_case, steady
from app.flow.ports import EffectState, Ports, WorklistPage, WorklistRow

PAGE_ROWS = 200


def worklist(ports: Ports, *, show: str, search: str, page: int, now: datetime) -> WorklistPage:
    """Return one page of the list for this user."""
    demand(ports, Act.SEE_WORKLIST, now=now)
    if ports.patient is not None:
        # A chart launch shows one patient; the list of all others is not its to show.
        return WorklistPage(rows=(), counts={}, total=0)
    found = ports.store.worklist(
        ports.tenant,
        user_key=ports.user.key,
        show=show,
        search=search,
        now=now,
        limit=PAGE_ROWS,
        offset=page * PAGE_ROWS,
        today_ends_at=end_of_day(now, ports.site.zone),
    )
    return found if show == "closed" else _by_worth(ports, found, now=now)


def _by_worth(ports: Ports, found: WorklistPage, *, now: datetime) -> WorklistPage:
    """Return the page with the odds of its calls; of cases with one time to act the likeliest to be won is first."""
    history = ports.store.history(ports.tenant, now=now)
    kinds = {like: odds_of(like, history) for like in {row.like for row in found.rows if row.like}}
    odds = {row.case_id: told for row in found.rows if (told := kinds.get(row.like)) and told.is_close}

    def worth(row: WorklistRow) -> float | None:
        return odds[row.case_id].share.low if row.case_id in odds else None

    rows = break_ties(found.rows, until=lambda row: row.act_by, worth=worth) if odds else found.rows
    return replace(found, rows=rows, odds=odds if may(ports.user.role, Act.SEE_LEARN) else {})


def end_of_day(now: datetime, zone: str) -> datetime:
    """Return the reader's next midnight."""
    here = now.astimezone(ZoneInfo(zone))
    return datetime.combine(here.date() + timedelta(days=1), time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


@steady
def take_over(ports: Ports, case_id: str, *, seen: int, now: datetime) -> Case:
    """Make this user the case's owner."""
    case = case_for(ports, case_id, Act.OWN, now=now)
    owned = replace(case, owner_key=ports.user.key, owner_name=ports.user.name)
    return save_case(ports, owned, seen=seen, events=[event(ports, "owned", at=now)], now=now)


def patients_cases(ports: Ports, *, now: datetime) -> tuple[Case, ...]:
    """Return the cases of the chart that this was launched from, soonest first."""
    demand(ports, Act.SEE_CASE, now=now)
    if ports.patient is None:
        return ()
    cases = ports.store.cases_of_patient(ports.tenant, ports.patient)
    ports.store.audit(
        ports.tenant, at=now, who=ports.user.key, act="see_patient_cases", case_id=None, patient=ports.patient
    )
    return tuple(sorted(cases, key=lambda each: (each.last_safe_at is None, each.last_safe_at, each.opened_at)))


def writes_of(ports: Ports, case: Case) -> tuple[EffectState, ...]:
    """Return what became of each write of this case; of one event in a calendar, of the latest word on it."""
    states = ports.store.effects_of(ports.tenant, case.id)
    latest = {each.event.event_key: each for each in states if each.event}
    return tuple(each for each in states if each.event is None or latest[each.event.event_key] is each)
