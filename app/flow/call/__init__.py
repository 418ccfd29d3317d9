"""Call: what was tried, by whom, and what came of it; correct.py for what was logged wrongly."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from app.core.acts import is_further_call
from app.core.book import SlotTaken, book_slot
from app.core.book.again import WHY, first_slot, windows_to_rebook
from app.core.case import Attempt, Case, CaseState
from app.core.effects import Effect
from app.core.people import Act
from app.core.slots import rank_slots
from app.core.windows.told import is_told
from app.errors import Permanent, Refused, Temporary
from app.flow.calendars import read_diary
from app.flow.call.kept import costs_of, entry_id, entry_message, no_show
from app.flow.cases import after_misses, case_for, event, save_case, steady
from app.flow.drafts import spend_draft
from app.flow.entries import entry_events
from app.flow.guards import go_on
from app.flow.ports import Event, Ports
from app.flow.problems import log_by_rules


@steady
def log(
    ports: Ports,
    case_id: str,
    *,
    marked: Collection[str] = (),
    why: str | None = None,
    seen: int,
    now: datetime,
    **told: Any,
) -> Case:
    """
    Keep one attempt; a missed booking is told to the EHR, and that we missed it needs why.

    told: the fields of Attempt as the form has them; the same form sent twice is kept once
    Where the payer missed it, the call is booked again in the same save, at the first time that both sides have.
    marked: the call rules that were broken and that no log tells by itself (rulebook.calls.MARKED)
    """
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    attempt = Attempt(id=entry_id(ports, case, seen, told, marked), by=ports.user.name, **told)
    if is_told(case, attempt.id):
        return case
    logged = after_misses(ports, log_by_rules(ports, case, attempt, marked=marked, now=now))
    logged, went_on = go_on(ports, logged, costs_of(ports, case, attempt.result, now=now), why=why, seen=seen, now=now)
    tried, *became_so = entry_events(ports, case, logged, logged.attempts[-1])
    events = [tried, *went_on, *became_so]
    kept = {"messages": [entry_message(ports, logged, attempt, now=now)], "seen": seen, "now": now}
    became = logged.state if logged.state is not case.state else None
    effects: tuple[Effect, ...] = (no_show(logged),) if became is CaseState.MISSED else ()
    saved = _saved(ports, logged, effects, events, became=became, result=attempt.result, **kept)
    spend_draft(ports, case_id, connected=attempt.is_held, now=now)
    return saved


def _saved(
    ports: Ports,
    logged: Case,
    effects: tuple[Effect, ...],
    events: list[Event],
    *,
    became: CaseState | None,
    result: str,
    now: datetime,
    **kept: Any,
) -> Case:
    """Save the attempt; with it the call booked again, where the payer missed it and a time is certain enough."""
    if became is CaseState.MISSED and result == "payer_no_show" and (again := _booked_again(ports, logged, now=now)):
        told = (*events, event(ports, "booked", at=now, rebooked=True))
        # Should somebody else be first, the case is kept as missed, and a person books.
        with suppress(SlotTaken):
            return save_case(ports, again[0], effects=(*effects, *again[1]), events=told, now=now, **kept)
    return save_case(ports, logged, effects=effects, events=events, now=now, **kept)


def was_rebooked(case: Case) -> bool:
    """Whether the last attempt was the payer's no-show and the call was booked again for it."""
    last = case.attempts[-1].result if case.attempts else None
    return last == "payer_no_show" and case.state is CaseState.BOOKED


def _booked_again(ports: Ports, case: Case, *, now: datetime) -> tuple[Case, tuple[Effect, ...]] | None:
    """Return the case with its call booked again, None where no time is certain enough for that."""
    missed = case.booking
    windows = [each for each in windows_to_rebook(case) if each.interval.end > now]
    if missed is None or not windows or is_further_call(case):
        return None
    try:
        read = read_diary(ports, missed.clinician, windows, case=case, now=now)
        slots = rank_slots(
            [each for each in windows if each.slot not in read.held.slots],
            [read.diary],
            case.clocks,
            length=timedelta(minutes=ports.site.call_minutes),
            notice=timedelta(minutes=ports.site.notice_minutes),
            now=now,
            limit=10_000,
        )
        return book_slot(
            case,
            slot=first_slot(slots),
            clinician=missed.clinician,
            booking_id=ports.ids.new_id(),
            by=ports.user,
            busy=read.busy.busy,
            verified=read.busy.verified,
            accept_unverified=False,
            rule=ports.rules.payer_by_key(case.payer_key),
            why=WHY,
            now=now,
        )
    except (Refused, Permanent, Temporary):
        return None  # none free, or the calendar not read: a person books
