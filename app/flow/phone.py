"""Phone: a payer called for call times; what to know and say, the time on hold, one tap for what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.call import call_message
from app.core.call.phone import (
    TAPS,
    NotTapped,
    OpenHours,
    PhoneNumber,
    Retry,
    Tap,
    check_call_back,
    hours_now,
    numbers_of,
    read_dialled,
    retry_of,
    script_of,
    tapped,
)
from app.core.call.together import shared_entry
from app.core.case import Attempt, Case
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.people import Act
from app.core.windows.form import Filled, RequestForm, request_form
from app.core.windows.told import ToldRow, is_told, keep_windows, read_rows, told_id, window_ids
from app.flow.cases import case_for, event, payer_zone, steady
from app.flow.covered import Also, in_each, save_covered
from app.flow.entries import callback_for, entry_events
from app.flow.guards import asked_for_call
from app.flow.ports import Event, Ports, Saving
from app.flow.problems import log_by_rules


@dataclass(frozen=True, slots=True)
class PhoneTask:
    """
    What is needed beside the telephone.

    facts: what they will ask; callback: the number of ours to leave; retries: when each result is tried again
    """

    case: Case
    numbers: tuple[PhoneNumber, ...]
    hours: OpenHours
    script: tuple[str, ...]
    facts: RequestForm
    callback: str | None
    retries: dict[str, Retry | None]


@dataclass(frozen=True, slots=True)
class Tapped:
    """
    What came of the call, as typed.

    tap: of TAPS; call_back_at: when the payer said it can be called; also: the other cases that the call was about
    """

    tap: str
    number: str = ""
    reached_name: str | None = None
    callback_number: str = ""
    hold_minutes: int | None = None
    note: str | None = None
    call_back_at: datetime | None = None
    rows: Sequence[ToldRow] = ()
    zone: str = ""
    why: str | None = None
    also: Sequence[Also] = ()


def task(ports: Ports, case_id: str, *, now: datetime) -> PhoneTask:
    """Return what is needed to call this case's payer; nothing is kept."""
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    rule = ports.rules.payer_by_key(case.payer_key)
    usual = ports.rules.calendar.usual_hours(ports.site.zone)
    return PhoneTask(
        case=case,
        numbers=numbers_of(case, rule),
        hours=hours_now(rule, usual=usual, now=now),
        script=script_of(case, rule, by=ports.user),
        facts=request_form(case, Filled(), rule=rule, zone=payer_zone(ports, case), by=ports.user, now=now),
        callback=callback_for(ports, case),
        retries={name: _retry(ports, case, each, None, now=now) for name, each in TAPS.items()},
    )


@steady
def tap(ports: Ports, case_id: str, told: Tapped, *, seen: int, now: datetime) -> Case:
    """Keep what came of the call: the try, the times it brought, when it is tried again, and its note in the inbox."""
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    chosen = TAPS.get(told.tap)
    if chosen is None:
        raise NotTapped()
    attempt_id = told_id(case, told.tap, by=ports.user, seen=seen)
    if is_told(case, attempt_id):
        return case
    told_at = check_call_back(told.call_back_at, now=now) if told.tap == "call_back" else None
    intervals = read_rows(told.rows, zone=told.zone) if told.tap == "offered" else ()
    attempt = tapped(
        chosen,
        attempt_id=attempt_id,
        by=ports.user,
        number=read_dialled(told.number),
        reached_name=told.reached_name,
        callback_number=" ".join(told.callback_number.split()) or None,
        hold_minutes=told.hold_minutes,
        note=told.note,
        retry=_retry(ports, case, chosen, told_at, now=now),
        now=now,
    )

    def shared(other: Case, version: int) -> Saving:
        again = _retry(ports, other, chosen, told_at, now=now)
        entry_id = told_id(other, attempt_id, by=ports.user, seen=version)
        entry = shared_entry(attempt, entry_id=entry_id, with_number=case.number)
        entry = replace(entry, next_at=again.at if again else None)
        return _saving(ports, other, entry, told, intervals, seen=version, now=now)

    own = _saving(ports, case, attempt, told, intervals, seen=seen, now=now)
    return save_covered(ports, case, [own, *in_each(ports, case, told.also, shared, now=now)], now=now)[0]


def _saving(
    ports: Ports, case: Case, attempt: Attempt, told: Tapped, intervals: Sequence[Interval], *, seen: int, now: datetime
) -> Saving:
    """Return one case with the try and what it brought, ready to be saved."""
    logged = log_by_rules(ports, case, attempt, now=now)
    tried = entry_events(ports, case, logged, logged.attempts[-1])
    changed, effects, events = _became(ports, logged, told, intervals, seen=seen, now=now)
    came, zone = TAPS[told.tap].words, payer_zone(ports, case)
    message = call_message(case, attempt, came=came, kept=intervals, zone=zone, now=now)
    return Saving(changed, seen, tuple(effects), (*tried, *events), (message,))


def _became(
    ports: Ports, case: Case, told: Tapped, intervals: Sequence[Interval], *, seen: int, now: datetime
) -> tuple[Case, Sequence[Effect], Sequence[Event]]:
    """Return what the call made of the case, beside the try itself."""
    if told.tap == "offered":
        ids, by = window_ids(case.attempts[-1].id, intervals), ports.user.name
        kept = keep_windows(case, intervals, ids=ids, channel="phone", told_by=told.reached_name, by=by, now=now)
        return kept, (), (event(ports, "offered", at=now, channel="phone", count=len(intervals)),)
    if told.tap == "waiting":
        return asked_for_call(ports, case, note="By telephone", channel="phone", why=told.why, seen=seen, now=now)
    return case, (), ()


def _retry(ports: Ports, case: Case, chosen: Tap, told_at: datetime | None, *, now: datetime) -> Retry | None:
    return retry_of(
        chosen,
        told_at=told_at,
        rule=ports.rules.payer_by_key(case.payer_key),
        usual=ports.rules.calendar.usual_hours(ports.site.zone),
        last_safe_at=case.last_safe_at,
        now=now,
    )
