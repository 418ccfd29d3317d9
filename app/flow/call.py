"""Call: what was tried, by whom, and what came of it."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from app.core.acts import gives_up_call, is_further_call
from app.core.book import SlotTaken, book_slot
from app.core.book.again import WHY, first_slot, windows_to_rebook
from app.core.call import call_message
from app.core.call.connected import how_connected
from app.core.case import Attempt, Case, CaseState
from app.core.effects import ChangeAppointment, Effect
from app.core.people import Act, Reviewer
from app.core.rulebook.guards import Forfeit, RiskyAct
from app.core.slots import rank_slots
from app.errors import Permanent, Refused, Temporary
from app.flow.calendars import read_diary
from app.flow.cases import after_misses, case_for, event, payer_zone, save_case, steady
from app.flow.drafts import spend_draft
from app.flow.guards import go_on, weigh
from app.flow.ports import Event, Ports
from app.flow.problems import broken_words, log_by_rules


@steady
def log(
    ports: Ports,
    case_id: str,
    *,
    at: datetime,
    direction: str,
    number: str | None,
    reached: str,
    reached_name: str | None,
    result: str,
    hold_minutes: int | None,
    note: str | None,
    reviewer: Reviewer | None,
    marked: Collection[str] = (),
    why: str | None = None,
    seen: int,
    now: datetime,
) -> Case:
    """
    Keep one attempt; a missed booking is told to the EHR, and that we missed it needs why.

    Where the payer missed it, the call is booked again in the same save, at the first time that both sides have.
    marked: the call rules that were broken and that no log tells by itself (rulebook.calls.MARKED)
    """
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    who = {"direction": direction, "number": number, "reached": reached, "reached_name": reached_name}
    came = {"result": result, "hold_minutes": hold_minutes, "note": note, "reviewer": reviewer}
    attempt = Attempt(id=ports.ids.new_id(), at=at, by=ports.user.name, **who, **came)
    logged = after_misses(ports, log_by_rules(ports, case, attempt, marked=marked, now=now))
    broken = broken_words(logged.attempts[-1].problems)
    logged, went_on = go_on(ports, logged, _costs(ports, case, result, now=now), why=why, seen=seen, now=now)
    told = {"result": result, "reached": reached, "hold_minutes": hold_minutes, **broken}
    events = [event(ports, "attempt", at=at, **told), *went_on]
    became = logged.state if logged.state is not case.state else None
    kept = {
        "messages": [call_message(logged, attempt, zone=payer_zone(ports, case), now=now)],
        "seen": seen,
        "now": now,
    }
    effects: tuple[Effect, ...] = (_no_show(logged),) if became is CaseState.MISSED else ()
    events += _became(ports, case, attempt, became)
    saved = _saved(ports, logged, effects, events, became=became, result=result, **kept)
    spend_draft(ports, case_id, connected=result == "connected", now=now)
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


def _became(ports: Ports, case: Case, attempt: Attempt, became: CaseState | None) -> list[Event]:
    """Return what the attempt made of the case, as events."""
    at = attempt.at
    if became is CaseState.CONNECTED:
        return [event(ports, "connected", at=at, **how_connected(case, at=at, reviewer=attempt.reviewer))]
    if became is CaseState.MISSED:
        return [event(ports, "missed", at=at, by="payer" if attempt.result == "payer_no_show" else "us")]
    return []


def _costs(ports: Ports, case: Case, result: str, *, now: datetime) -> tuple[Forfeit, ...]:
    """Return what our own no-show may cost; the payer's costs us nothing."""
    missed = result == "our_no_show" and gives_up_call(case, now=now)
    return weigh(ports, case, RiskyAct.MISSED_WINDOW, now=now) if missed else ()


def _no_show(case: Case) -> ChangeAppointment:
    booking = case.booking
    root = f"{case.tenant}/{case.id}/appointment/{booking.id}"
    return ChangeAppointment(
        key=f"{root}/noshow",
        target=booking.id,
        appointment_key=root,
        change="noshow",
        patient=case.patient,
        booking=booking,
        case_number=case.number,
        payer_name=case.payer_name,
        about=case.about,
    )
