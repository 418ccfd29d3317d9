"""
Denial + rules → clocks, and the last moment at which booking may still begin.

errs: early, always, and each clock says so. A fact that is missing is read in the way that ends first: the shorter of
two windows, the zone that closes first, the anchor that can be no later, the shorter of two laws.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.case import Clock
from app.core.deadlines.answer import answer_clock
from app.core.deadlines.counting import (
    Event,
    day_words,
    earliest_clock,
    early_instant,
    firm_clock,
    latest_open,
    open_hours,
    window_end,
)
from app.core.deadlines.facts import EVENTS, Facts, Phase, facts_of
from app.core.deadlines.law import clock_by_law
from app.core.deadlines.missed import clocks_after_miss
from app.core.deadlines.window import no_call, offer_clock, window_clock
from app.core.denial import Coverage, Decision, Denial, Path, Routing
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.payers import PayerHours, PayerRule, service_kind

__all__ = (
    "EVENTS",
    "Event",
    "Facts",
    "Phase",
    "answer_clock",
    "clocks_after_miss",
    "clocks_for",
    "clocks_of",
    "day_words",
    "earliest_clock",
    "early_instant",
    "facts_of",
    "firm_clock",
    "last_safe_booking_at",
    "no_call",
    "open_hours",
    "window_end",
)
_DECIDED = {Decision.DENIED, Decision.PARTIAL, Decision.MODIFIED, Decision.MIXED, Decision.CONFLICT, Decision.UNKNOWN}
_OTHER_THAN_CALLS = ("appeal", "information")
# A person may still find that a HUMAN route is a call, so its window runs.
_CALLS = {Path.P2P, Path.ASK_REASON, Path.REVIEW_MODIFIED, Path.HUMAN}


def clocks_for(
    denial: Denial,
    coverage: Coverage,
    *,
    routing: Routing,
    rule: PayerRule | None,
    site_zone: str,
    calendar: BusinessCalendar,
    now: datetime,
    setting: str | None = None,
) -> tuple[Clock, ...]:
    """
    Return the clocks that run on this answer, the earliest first; names p2p_window, offer, determination, appeal.

    rule: the payer's, None when the payer is unknown (then the calendar's cautious reading, and the clock says so)
    site_zone: IANA name, read beside the cautious zone where the payer's is unknown
    now: when the answer was first seen. Only where the answer has no date, or one in the future, a clock starts there;
    keep such clocks, as asked again later they would end later
    returns: a clock that rests on a missing fact (unknown payer, setting, urgency, plan) is not firm; see Clock
    setting: one of rulebook.payers.TOLD_SETTINGS, None when not known (the shortest window counts)
    source: facts C, C.1, D; app/rules/payers, app/rules/clocks.toml
    """
    phase = _phase(routing)
    kind = "plan_outreach" if phase is Phase.PENDED else "denial_posted"
    facts = facts_of(
        plan=coverage,
        rule=rule,
        calendar=calendar,
        site_zone=site_zone,
        events=(Event(kind, denial.created_at),) if denial.created_at else (),
        now=now,
        phase=phase,
        call=phase is Phase.PENDED or _is_call(routing),
        setting=setting,
        urgent=denial.urgent,
        service=service_kind(denial),
        offer=routing.offer,
        reference=denial.reference,
    )
    return clocks_of(facts)


def clocks_of(facts: Facts) -> tuple[Clock, ...]:
    """Return the clocks that run on these facts, the earliest first; at most one of each name."""
    found: list[Clock | None] = []
    if facts.phase in (Phase.PENDED, Phase.UNCLEAR):
        found += [clock_by_law("determination", facts), clock_by_law("information", facts)]
    if facts.phase in (Phase.DECIDED, Phase.UNCLEAR):
        found += [clock_by_law("appeal", facts)]
    if facts.phase is not Phase.QUIET:
        found += [offer_clock(facts), window_clock(facts)]
    running = (clock for clock in found if clock is not None)
    return tuple(sorted(running, key=lambda clock: (clock.ends_at, clock.name)))


def _phase(routing: Routing) -> Phase:
    if routing.decision is Decision.PENDED:
        return Phase.PENDED
    return Phase.DECIDED if routing.decision in _DECIDED else Phase.QUIET


def _is_call(routing: Routing) -> bool:
    return routing.route in _CALLS or any(line.route in _CALLS for line in routing.lines)


def last_safe_booking_at(
    clocks: Iterable[Clock],
    *,
    rule: PayerRule | None,
    length: timedelta,
    notice: timedelta,
    now: datetime,
    usual: PayerHours | None = None,
) -> datetime | None:
    """
    Return the latest instant at which booking may begin, None when no clock ends the call.

    A call of `length` booked then, with `notice` between, still ends before the earliest clock and inside the payer's
    hours; where the payer wants to know longer before, that counts. It may lie in the past: then it is too late
    already. The appeal's clock, and the one for sending information, do not end a call.
    usual: hours to assume where the payer's are unknown (BusinessCalendar.usual_hours); None restricts nothing
    """
    ends = [clock.ends_at for clock in clocks if clock.name not in _OTHER_THAN_CALLS]
    if not ends:
        return None
    end = min(ends)
    if rule is not None and rule.lead_minutes is not None:
        notice = max(notice, timedelta(minutes=rule.lead_minutes))
    hours = rule.hours if rule is not None and rule.hours is not None else usual
    if hours is None:
        return end - length - notice
    fitting = latest_open(hours, end, length=length)
    return (fitting.end if fitting else min(now, end)) - length - notice
