"""What the clocks of one answer are made of, gathered once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.core.case import Clock
from app.core.deadlines.counting import Event, Yardstick, day_words, yardstick_of
from app.core.denial import Coverage, Offer
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.payers import PayerRule

# What may be told to have happened. Any of DECIDED tells that the payer has decided; a verbal notice may be the
# announcement of a denial as well as the denial, so alone it leaves both open.
DECIDED = ("denial_posted", "letter_date", "notice_received")
ANSWERED = ("plan_outreach", "verbal_notice", *DECIDED)
EVENTS = (
    *ANSWERED,
    "discharge",
    "first_attempt",
    "request_received",
    "information_requested",
    "information_sent",
    "extension_notice",
)
EVENT_WORDS = {
    "denial_posted": "when the denial was posted",
    "letter_date": "the date of the denial letter",
    "notice_received": "when the notice was received",
    "verbal_notice": "when the notice was given by telephone",
    "plan_outreach": "when the payer offered the call",
    "discharge": "the discharge",
    "first_attempt": "the first attempt",
    "request_received": "when the payer received the request",
    "information_requested": "when the payer asked for information",
    "information_sent": "when what it asked for was sent",
    "extension_notice": "when it announced to take longer",
}
# Which events are what a rule counts from: the earliest of these, where one is told.
_IS = {
    "denial_posted": ("denial_posted",),
    "letter_date": ("letter_date",),
    "notice_received": ("notice_received", "verbal_notice"),
    "verbal_notice": ("verbal_notice",),
    "plan_outreach": ("plan_outreach", "verbal_notice"),
    "discharge": ("discharge",),
    "first_attempt": ("first_attempt",),
    "request_received": ("request_received",),
    "written_notice": ("notice_received",),
}
# What cannot have happened before: a notice is received after it was posted and written, whatever the dates say.
_FOLLOWED_BY = {"denial_posted": "notice_received", "letter_date": "notice_received"}


class Phase(StrEnum):
    """Whether the payer has decided; UNCLEAR: it spoke, and that may have been before or after."""

    PENDED = "pended"
    UNCLEAR = "unclear"
    DECIDED = "decided"
    QUIET = "quiet"  # nothing runs: approved, cancelled, no prior authorization


@dataclass(frozen=True, slots=True)
class Facts:
    """
    One answer, its plan and the rules that stand behind it; None and () are what is not known.

    events: what happened, in any order; those after `seen_at` are read as of `seen_at`
    setting: one of rulebook.payers.TOLD_SETTINGS; service: drugs | medical; reference: of the document of the offer
    """

    plan: Coverage
    rule: PayerRule | None
    calendar: BusinessCalendar
    yard: Yardstick
    phase: Phase
    call: bool  # whether a call is in question at all
    events: tuple[Event, ...]
    seen_at: datetime
    setting: str | None = None
    urgent: bool | None = None
    service: str | None = None
    offer: Offer | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """From what is counted: `exact` when it is what the rule names, `said` why otherwise, `dated` if at all."""

    event: Event
    exact: bool
    said: tuple[str, ...] = ()
    dated: bool = True


def facts_of(
    *,
    plan: Coverage,
    rule: PayerRule | None,
    calendar: BusinessCalendar,
    site_zone: str,
    events: Iterable[Event],
    now: datetime,
    phase: Phase | None = None,
    call: bool = True,
    **more,
) -> Facts:
    """Return the facts; the phase as the events tell it where it is not given."""
    known = tuple(events)
    yard = yardstick_of(rule, calendar, site_zone)
    return Facts(plan, rule, calendar, yard, phase or phase_of(known), call, known, now, **more)


def phase_of(events: Iterable[Event]) -> Phase:
    """Return what the events tell; nothing told, or a call alone, leaves it open."""
    kinds = {each.kind for each in events}
    if kinds.intersection(DECIDED) or kinds & {"discharge", "first_attempt"}:
        return Phase.DECIDED
    if "verbal_notice" in kinds or not kinds:
        return Phase.UNCLEAR
    return Phase.PENDED


def start_for(anchor: str, facts: Facts) -> Start:
    """
    Return from what a rule that names this anchor counts.

    The anchor where it is told, else the earliest of what the payer said, else the request, else the moment at which
    this was first seen.
    """
    kinds = _IS[anchor]
    if anchor == "notice_received" and facts.rule is not None and facts.rule.verbal_notice_counts is False:
        kinds = kinds[:1]
    exact = _earliest(facts, kinds)
    if exact is not None:
        return _not_after(exact, _FOLLOWED_BY.get(anchor), facts)
    # An answer cannot be older than its request, so where no answer is dated that is the earliest.
    for others in (ANSWERED, ("request_received",), EVENTS):
        other = _earliest(facts, others)
        if other is not None:
            return Start(other, exact=False, said=_clamped_words(other, facts))
    said = "The answer carries no date, so any part of the window may be used up: ask at once."
    return Start(Event("first_seen", facts.seen_at), exact=False, said=(said,), dated=False)


def event_of(kind: str, facts: Facts) -> Event | None:
    """Return the earliest event of a kind, None when none is told."""
    return _earliest(facts, (kind,))


def start_words(event: Event, zone: str, *, hour: bool = False) -> str:
    """Return the day of an event, and its hour where asked and told."""
    if event.day is not None:
        return day_words(event.begins_in(zone), zone)
    return day_words(event.at, zone, hour=hour)


def add_words(clock: Clock, words: str, *, firm: bool) -> Clock:
    """Return the clock with one more sentence in its because; a doubt (not `firm`) takes its firmness."""
    return replace(clock, because=f"{clock.because} {words}", firm=clock.firm and firm)


def _earliest(facts: Facts, kinds: Iterable[str]) -> Event | None:
    told = [each for each in facts.events if each.kind in kinds]
    if not told:
        return None
    first = min(told, key=lambda each: (each.at, each.kind))
    return first if first.at <= facts.seen_at else replace(first, at=facts.seen_at, day=None)


def _not_after(exact: Event, later: str | None, facts: Facts) -> Start:
    followed = _earliest(facts, (later,)) if later else None
    if followed is not None and followed.at < exact.at:
        said = f"It is dated after {EVENT_WORDS[followed.kind]}, so it is counted from then."
        return Start(followed, exact=False, said=(said,))
    return Start(exact, exact=True, said=_clamped_words(exact, facts))


def _clamped_words(event: Event, facts: Facts) -> tuple[str, ...]:
    if event.at == facts.seen_at and all(each.at > facts.seen_at for each in facts.events if each.kind == event.kind):
        return ("The answer is dated in the future; counted from when it was first seen.",)
    return ()
