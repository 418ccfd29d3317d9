"""Tick: what time alone causes. Run by the worker; each pass may be repeated without harm."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.core.book.holds import live_holds, release_holds
from app.core.call.ladder import climb_ladders, falls_due
from app.core.case import Case, CaseMoved, CaseState, move_case
from app.core.windows import has_lapsed
from app.flow.cases import event, owed_of, save_case
from app.flow.intake.inquire import ask_unbidden
from app.flow.intake.recount import recount
from app.flow.ports import Ports
from app.flow.problems import hours_of, judged_again

PAGE_ROWS = 500
ROUND = timedelta(minutes=1)


def recount_open(ports: Ports, *, now: datetime) -> int:
    """Count every open case again whose payer's rule was changed on the rule book's page. Return how many."""
    count, after = 0, ""
    while cases := ports.store.open_cases(ports.tenant, after=after, limit=PAGE_ROWS):
        for case in cases:
            try:
                count += recount(ports, case, now=now) is not case
            except CaseMoved:
                continue  # somebody works on it; the next pass looks again
        after = cases[-1].id
    return count


def lapse_overdue(ports: Ports, *, now: datetime) -> int:
    """Lapse every case whose window closed without a call; it owes its appeal from then on. Return how many."""
    return _change_overdue(ports, "lapsed", has_lapsed, lambda case: move_case(case, CaseState.LAPSED), now=now)


def release_expired(ports: Ports, *, now: datetime) -> int:
    """Give back every held time that nobody took in time; the case is offered again. Return how many cases."""

    def has_expired(case: Case, *, now: datetime) -> bool:
        return live_holds(case, now=now) != case.holds

    # An empty tuple of ids: none is released by name, the expired ones go.
    return _change_overdue(
        ports, "hold_expired", has_expired, lambda case: release_holds(case, ids=(), now=now), now=now
    )


def climb(ports: Ports, *, now: datetime) -> int:
    """
    Let every ladder of a broken call rule rise to the step that fell due; each rise is told once. Return how many.

    No page that was shown earlier is refused for it: what was typed meanwhile counts, and is looked at first.
    """
    count = 0
    for case_id in _overdue(ports, now=now):
        case = ports.store.case(ports.tenant, case_id)
        if not falls_due(case, now=now):
            continue
        hours = hours_of(ports, case)
        higher, rose = climb_ladders(case, ports.rules.calls, hours=hours, now=now)
        told = [event(ports, "escalated", at=now, rule=each.rule, step=each.step + 1) for each in rose]
        try:
            save_case(ports, higher, seen=case.version, events=told, quiet=True, now=now)
            count += len(rose)
        except CaseMoved:
            continue  # somebody works on it; the next pass looks again
    return count


def look_again(ports: Ports, *, now: datetime) -> int:
    """
    Say anew what cases owe where time alone changed it; return how many.

    An authorization ends unused; a no-show was written down before the minutes of its rule were over, and now they are
    """
    count = 0
    for case in ports.store.cases_to_look_at(ports.tenant, now=now, limit=PAGE_ROWS):
        judged, broken = judged_again(ports, case, now=now)
        happened = [event(ports, "escalated", at=now, rule=each, step=1) for each in broken]
        if not broken and owed_of(ports, case, now=now).action:
            happened = [event(ports, "authorization_ends", at=now)]
        try:
            save_case(ports, judged, seen=case.version, events=happened, quiet=True, now=now)
            count += 1
        except CaseMoved:
            continue  # somebody works on it; the next pass looks again
    return count


def _change_overdue(
    ports: Ports, happened: str, is_due: Callable[..., bool], change: Callable[[Case], Case], *, now: datetime
) -> int:
    count = 0
    for case_id in _overdue(ports, now=now):
        case = ports.store.case(ports.tenant, case_id)
        if not is_due(case, now=now):
            continue
        try:
            save_case(ports, change(case), seen=case.version, events=[event(ports, happened, at=now)], now=now)
            count += 1
        except CaseMoved:
            continue  # somebody works on it; the next pass looks again
    return count


def _overdue(ports: Ports, *, now: datetime) -> list[str]:
    """Return the ids of all overdue cases, page by page: most may be overdue for something that is no window."""
    found: list[str] = []
    while True:
        page = ports.store.worklist(
            ports.tenant,
            user_key=ports.user.key,
            show="overdue",
            search="",
            now=now,
            limit=PAGE_ROWS,
            offset=len(found),
        )
        found += [row.case_id for row in page.rows]
        if len(page.rows) < PAGE_ROWS:
            return found


def ask_pended(ports: Ports, *, now: datetime, jitter: Callable[[], float]) -> int:
    """
    Ask payers about the cases that wait for them, each payer at its own pace; return how many were asked about.

    A round is a minute long and one worker's alone. A question that fails ends it: what stood in its way may stand in
    the way of all. jitter: a number in [0, 1); it scatters what is due next
    """
    if ports.inquiries is None or ports.asks is None:
        return 0
    count = 0
    for key, pace in ports.inquiries.paces().items():
        due = ports.asks.due(ports.tenant, key, now=now, limit=pace.per_minute)
        if not due or not ports.asks.claim_round(key, now=now, until=now + ROUND):
            continue
        for case_id in due:
            count += 1
            if not ask_unbidden(ports, case_id, jitter=jitter, now=now):
                break
    return count


def forget_arrivals(ports: Ports, *, now: datetime) -> int:
    """Forget what denials say that came from outside the EHR and that nobody settled in time; return how many."""
    gone = ports.store.drop_arrivals(ports.tenant, before=now - timedelta(days=ports.site.arrivals_days))
    for arrival_id in gone:
        act = f"arrival {arrival_id} forgotten, settled by nobody"
        ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=act, case_id=None, patient=None)
    return len(gone)


def forget_drafts(ports: Ports, *, now: datetime) -> int:
    """Forget what was typed during calls whose outcome nobody recorded, once nobody touches it; return how many."""
    if ports.talks is None:
        return 0
    return ports.talks.drop_before(ports.tenant, now - timedelta(days=ports.site.arrivals_days))


def count_for_learn(ports: Ports) -> int:
    """Count the cases that do not count yet as Learn counts now, so that nobody has to wait for it; return how many."""
    return ports.store.catch_up(ports.tenant)
