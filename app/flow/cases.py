"""How every stage gets at a case and gives it back: guarded, audited, never without a next action."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from app.core.acts import missed_at
from app.core.book.events import calendar_effects
from app.core.brief.answer import lines_in_dispute
from app.core.brief.service import diagnosis_key, service_key
from app.core.call.ladder import settle_ladders
from app.core.call.problems import unjudged
from app.core.case import CALL_ROUTES, Case, CaseMoved, CaseState, NoSuchCase
from app.core.deadlines import clocks_after_miss, last_safe_booking_at
from app.core.effects import Effect
from app.core.next_action import next_action_of
from app.core.outcome.owed import Book, Owed, owed_after
from app.core.people import Act, Patient, may
from app.core.reminders import notices_of
from app.core.windows import last_safe_in
from app.core.windows.message import Message
from app.errors import Permanent, Refused, Temporary
from app.flow.ports import Event, Ports, Saving

P = ParamSpec("P")
R = TypeVar("R")
STEADY_TRIES = 4
UNASKED = "The EHR does not answer; your access to this chart could not be checked just now."


class OtherPatient(Refused):
    """The page belongs to one patient's chart, the case to another's."""

    say = "This tab was opened from another patient's chart."
    next = "Open Parley from this patient's chart. Nothing was written."


class Overlooked(CaseMoved):
    """Something that matters changed since the page was shown; trying again would overlook it again."""


class NotYours(Refused):
    """The role may not do this."""

    say = "Your role does not allow this."
    next = "Ask a coordinator or the clinician, or have your role changed by the administrator."


def steady(decide: Callable[P, R]) -> Callable[P, R]:
    """
    Decide again when a quiet change (the payer's book read anew by the worker) came between reading and saving.

    A change that matters is not quiet: save_case raises Overlooked for it, which is the person's to resolve.
    """

    @wraps(decide)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(STEADY_TRIES - 1):
            try:
                return decide(*args, **kwargs)
            except Overlooked:
                raise
            except CaseMoved:
                continue
        return decide(*args, **kwargs)

    return again


def demand(ports: Ports, act: Act, *, case_id: str | None = None, now: datetime) -> None:
    """Refuse unless the user's role may do `act`; the refusal is audited, with the case that it was about."""
    if may(ports.user.role, act):
        return
    _audit(ports, f"refused {act.value}", _known_case(ports, case_id), now=now)
    raise NotYours()


def _known_case(ports: Ports, case_id: str | None) -> Case | None:
    """Return the case of an id that came from outside, None when it is nobody's here."""
    try:
        return ports.store.case(ports.tenant, case_id) if case_id else None
    except NoSuchCase:
        return None


def case_for(ports: Ports, case_id: str, act: Act, *, now: datetime) -> Case:
    """Return the case for this act, after role, tenant, patient and chart are checked; audited, refusals too."""
    demand(ports, act, case_id=case_id, now=now)
    case = ports.store.case(ports.tenant, case_id)
    try:
        if ports.patient is not None and case.patient.reference != ports.patient:
            raise OtherPatient()
        check_chart_access(ports, case, now=now)
    except Refused:
        _audit(ports, f"refused {act.value}", case, now=now)
        raise
    _audit(ports, act.value, case, now=now)
    return case


def check_chart_access(ports: Ports, case: Case, *, now: datetime) -> str | None:
    """
    Ask the EHR whether this user may see this patient; return a notice when it cannot be asked.

    The worklist is Parley's own; whose chart may be opened is the EHR's to say (break-the-glass included), so a
    refusal there is a refusal here, on every page and for every act. A chart launch has shown it already.
    """
    if ports.patient is not None or ports.session_id is None:
        return None
    about = (ports.session_id, case.patient.reference)
    lately = ports.doors.lately(*about, now=now) if ports.doors else None
    if lately is None:
        lately = _knock(ports, case)
        if ports.doors:
            ports.doors.note(*about, how=lately, now=now)
    return UNASKED if lately == "unanswered" else None


def _knock(ports: Ports, case: Case) -> str:
    try:
        ports.ehr.patient(case.patient.reference)
    except Permanent as error:
        raise NotYours(
            "The EHR does not let you open this patient's chart.", next="Ask for access in the EHR, then open it again."
        ) from error
    except Temporary:
        return "unanswered"
    return "open"


def _audit(ports: Ports, act: str, case: Case | None, *, now: datetime) -> None:
    about = (case.id, case.patient.reference) if case else (None, None)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=act, case_id=about[0], patient=about[1])


def save_case(
    ports: Ports,
    case: Case,
    *,
    seen: int | None,
    effects: Sequence[Effect] = (),
    events: Sequence[Event] = (),
    messages: Sequence[Message] = (),
    quiet: bool = False,
    among: int | None = None,
    now: datetime,
) -> Case:
    """
    Save the case with its derived next action, effects and events; return it as saved.

    seen: the version that the person's page showed, None for a new case. Raises CaseMoved when something that matters
    has changed since. quiet: this change is none that a page shown earlier must know of. among: see ports.Store.save.
    """
    ready = _made_ready(ports, Saving(case, seen, tuple(effects), tuple(events), tuple(messages)), quiet=quiet, now=now)
    saved = ports.store.save(
        ready.case,
        effects=ready.effects,
        events=ready.events,
        messages=ready.messages,
        seen=ready.seen,
        session_id=ports.session_id,
        acts_for=ports.acts_for,
        among=among,
        now=now,
    )
    _mark_read(ports, ready.messages, now=now)
    return saved


def save_cases(ports: Ports, savings: Sequence[Saving], *, now: datetime) -> tuple[Case, ...]:
    """Save several cases as one act, all or none; each with its own guard, as save_case."""
    ready = [_made_ready(ports, each, quiet=False, now=now) for each in savings]
    saved = ports.store.save_together(ready, session_id=ports.session_id, acts_for=ports.acts_for, now=now)
    _mark_read(ports, [message for each in ready for message in each.messages], now=now)
    return saved


def _mark_read(ports: Ports, messages: Sequence[Message], *, now: datetime) -> None:
    for each in messages:
        if each.direction == "in":  # whoever writes down what was told has read it
            ports.messages.mark_read(ports.tenant, each.id, by=ports.user, at=now)


def _made_ready(ports: Ports, saving: Saving, *, quiet: bool, now: datetime) -> Saving:
    """Return what is saved: with what follows from the case; raises Overlooked."""
    case, seen, effects = saving.case, saving.seen, saving.effects
    if seen is not None and seen < case.mattered_version:
        raise Overlooked()
    at_version = None if seen is None else case.version
    if not quiet:
        case = replace(case, mattered_version=(at_version or 0) + 1)
    lines = lines_in_dispute(case.denial, case.routing)
    keys = {"service_key": service_key(lines, ports.rules.criteria), "diagnosis_key": diagnosis_key(lines)}
    case = settle_ladders(case, ports.rules.calls, now=now) if case.escalations else case
    owed = owed_of(ports, case, now=now)
    timed = replace(case, last_safe_at=last_safe_of(ports, case, now=now), **keys)
    looks = (owed.look_at, *(each.at for each in unjudged(case, ports.rules.calls)))
    look_at = min((each for each in looks if each is not None), default=None)
    timed = replace(timed, follows=owed.clocks, look_at=look_at, updated_at=now)
    ready = replace(timed, next_action=next_action_of(timed, now=now, owed=owed.action))
    effects = (*effects, *_told_calendars(ports, ready, seen=at_version, now=now))
    effects = (*effects, *_told_of_calls(ports, ready, effects, now=now))
    return replace(saving, case=ready, seen=at_version, effects=effects)


def _told_calendars(ports: Ports, case: Case, *, seen: int | None, now: datetime) -> tuple[Effect, ...]:
    """Return what the clinician's own calendar must be told of this change; nothing where none takes calls."""
    if ports.calendars is None or seen is None:
        return ()
    # Should the case have changed since it was decided upon, the save is refused, and this with it.
    changed = calendar_effects(ports.store.case(ports.tenant, case.id), case, now=now)
    return tuple(
        each
        for each in changed
        if ports.calendars.takes_calls(
            ports.tenant, each.clinician, before=each.change == "removed" or each.revision > 0
        )
    )


def _told_of_calls(ports: Ports, case: Case, effects: Sequence[Effect], *, now: datetime) -> tuple[Effect, ...]:
    """Return what those who take the call are told of it, by the ways that they chose; whoever books it, and how."""
    if ports.reminders is None or case.booking is None or not effects:
        return ()
    choice = ports.reminders.choice(ports.tenant, case.booking.clinician.reference)
    booker = ports.reminders.choice(ports.tenant, ports.acts_for or ports.user.key)
    zone = payer_zone(ports, case)
    return notices_of(case, tuple(effects), choice, booker=booker, payer_zone=zone, now=now)


def last_safe_of(ports: Ports, case: Case, *, now: datetime) -> datetime | None:
    """Return the last safe moment to book, by the payer's hours or by the times it offered, whichever is later."""
    if case.routing.route.value not in CALL_ROUTES or case.state is CaseState.REROUTED:
        return None
    length, notice = timedelta(minutes=ports.site.call_minutes), timedelta(minutes=ports.site.notice_minutes)
    by_hours = last_safe_booking_at(
        case.clocks,
        rule=ports.rules.payer_by_key(case.payer_key),
        length=length,
        notice=notice,
        now=now,
        usual=ports.rules.calendar.usual_hours(ports.site.zone),
    )
    by_offer = last_safe_in(case.windows, case.clocks, length=length, notice=notice)
    return max((each for each in (by_hours, by_offer) if each is not None), default=None)


def owed_of(ports: Ports, case: Case, *, now: datetime) -> Owed:
    """Return what the case owes after its outcome, by the rules of its payer and of the site."""
    if case.outcome is None and case.letter is None:
        return Owed()
    rule = ports.rules.payer_by_key(case.payer_key)
    rules = ports.rules
    book = Book(rule, rules.calendar, rules.follows, ports.site.zone, rules.denials)
    return owed_after(case, book=book, now=now)


def after_misses(ports: Ports, case: Case) -> Case:
    """Return the case with its clocks as the payer's rule has them once we have missed booked calls."""
    clocks = clocks_after_miss(
        case.clocks,
        missed_at(case),
        rule=ports.rules.payer_by_key(case.payer_key),
        calendar=ports.rules.calendar,
        site_zone=ports.site.zone,
    )
    return case if clocks == case.clocks else replace(case, clocks=clocks)


def event(
    ports: Ports, kind: str, *, at: datetime, audited: str = "", **data: str | int | float | bool | None
) -> Event:
    """Return an event by this user. audited: words that belong into the audit and nowhere else."""
    return Event(kind=kind, at=at, by=ports.user.key, data=data, audited=audited)


def payer_zone(ports: Ports, case: Case) -> str:
    """Return the zone in which the payer reads a clock; the site's own where it is not known."""
    rule = ports.rules.payer_by_key(case.payer_key)
    return rule.hours.zone if rule and rule.hours else ports.site.zone


def launch_patient(ports: Ports) -> Patient | None:
    """Return the patient of the chart this was launched from, as the EHR names them; None when it does not answer."""
    if ports.patient is None:
        return None
    try:
        return ports.ehr.patient(ports.patient)
    except (Permanent, Temporary):
        return None
