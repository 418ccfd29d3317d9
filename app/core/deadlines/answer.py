"""By when the answer to an act is due: the payer's clock where law sets one, else when we ask how it stands."""

from collections.abc import Iterable
from datetime import datetime

from app.core.case import Clock
from app.core.deadlines.counting import Event, amount_words, day_words, earliest_clock, yardstick_of
from app.core.deadlines.facts import Phase, facts_of
from app.core.deadlines.law import clock_by_law
from app.core.denial import Coverage
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.payers import PayerRule

# What an act starts, and the clock of law that runs from it.
_STARTS = {
    "file_appeal": ("appeal_filed", "appeal_decision"),
    "resubmit": ("request_received", "determination"),
    "new_request": ("request_received", "determination"),
}


def answer_clock(
    act: str,
    *,
    plan: Coverage,
    running: Iterable[Clock],
    rule: PayerRule | None,
    calendar: BusinessCalendar,
    site_zone: str,
    urgent: bool | None,
    service: str | None,
    now: datetime,
) -> Clock:
    """
    Return the clock of an act's answer: by law where a law knows it, else when we ask how it stands.

    act: of core.acts.ACTS; running: the case's clocks: what was sent to a payer that has not decided is answered by
    its decision; service: drugs | medical, None unknown
    source: app/rules/clocks.toml, appeal_decision, determination, cautious.follow_up_business_days
    """
    told = _STARTS.get(act)
    if told is None:
        due = earliest_clock(each for each in running if each.name == "determination" and each.ends_at > now)
        return due or _follow_up(rule, calendar, site_zone, now=now)
    happened, kind = told
    facts = facts_of(
        plan=plan,
        rule=rule,
        calendar=calendar,
        site_zone=site_zone,
        events=(Event(happened, now),),
        now=now,
        phase=Phase.PENDED,
        urgent=urgent,
        service=service,
    )
    return clock_by_law(kind, facts) or _follow_up(rule, calendar, site_zone, now=now)


def _follow_up(rule: PayerRule | None, calendar: BusinessCalendar, site_zone: str, *, now: datetime) -> Clock:
    cautious = calendar.cautious
    days = cautious.follow_up_business_days
    start, end, zone = yardstick_of(rule, calendar, site_zone).span(Event("act", now), days, "business_days")
    span = amount_words(days, "business_days")
    said = f"No rule says by when the answer is due: ask how it stands on {day_words(end, zone)}, after {span}."
    return Clock("answer", start, end, f"cautious: {span}", cautious.source, said, firm=False)
