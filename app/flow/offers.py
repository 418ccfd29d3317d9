"""Offers: free times of ours are held and offered to a payer that wants call times, by a link its staff can answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.book import SlotTaken
from app.core.book.holds import OURS, hold_slots, release_holds
from app.core.case import Case, OfferedWindow
from app.core.deadlines import open_hours
from app.core.interval import Interval
from app.core.people import Act
from app.core.slots import NothingLeft, RankedSlot, rank_slots
from app.core.windows.link import PayerLink, digest_of, invitation
from app.errors import Refused
from app.flow.calendars import read_diary
from app.flow.cases import case_for, event, payer_zone, save_case, steady
from app.flow.ports import BusyRead, Ports

HORIZON = timedelta(days=14)
HALF_HOURS = 30  # what is offered begins on these: nobody wants to choose among fifty
MOST_OFFERED = 40


class NothingOffered(Refused):
    """No time was chosen to offer."""

    say = "Choose the times to offer."
    next = "Two or more make it likely that one suits."


@dataclass(frozen=True, slots=True)
class OurTimes:
    """Free times of ours that the payer could be offered; `problem` why there are none."""

    case: Case
    slots: tuple[RankedSlot, ...] = ()
    busy: BusyRead | None = None
    problem: str | None = None
    wanted_min: int = 2


@dataclass(frozen=True, slots=True)
class Offered:
    """What was offered, with the secret that only its maker sees, once, and the words to send."""

    case: Case
    secret: str
    words: str
    until: datetime


def our_times(ports: Ports, case_id: str, *, now: datetime) -> OurTimes:
    """Return our free times within the payer's hours and before every clock, the soonest days first."""
    return _our_times(ports, case_for(ports, case_id, Act.BOOK, now=now), now=now)


def _our_times(ports: Ports, case: Case, *, now: datetime) -> OurTimes:
    if case.clinician is None:
        return OurTimes(case, problem="Nobody of ours is named for this call; choose who takes it.")
    rule = ports.rules.payer_by_key(case.payer_key)
    hours = rule.hours if rule and rule.hours else ports.rules.calendar.usual_hours(ports.site.zone)
    ends = [clock.ends_at for clock in case.clocks if clock.firm and clock.name != "appeal"]
    span = Interval(now, max(min([*ends, now + HORIZON]), now + timedelta(minutes=1)))
    windows = [OfferedWindow(OURS, each, "ours") for each in open_hours(hours, span)]
    if not windows:
        return OurTimes(case, problem="The payer does not work before the time for this call ends.")
    read = read_diary(ports, case.clinician, windows, case=case, now=now)
    wanted = (rule.windows_to_offer_min if rule else None) or 2
    try:
        slots = rank_slots(
            windows,
            [read.diary],
            case.clocks,
            length=timedelta(minutes=ports.site.call_minutes),
            notice=timedelta(minutes=ports.site.notice_minutes),
            now=now,
            limit=10_000,
        )
    except NothingLeft as error:
        return OurTimes(case, busy=read.busy, problem=error.say, wanted_min=wanted)
    place = ZoneInfo(hours.zone)
    even = [each for each in slots if each.interval.start.astimezone(place).minute % HALF_HOURS == 0]
    return OurTimes(case, tuple(sorted(even, key=lambda s: s.interval))[:MOST_OFFERED], read.busy, wanted_min=wanted)


@dataclass(frozen=True, slots=True)
class WantedOffer:
    """What a person chose to offer: which times, for how many hours, under which address the link lies."""

    times: Sequence[Interval]
    base_url: str
    hours: int
    accept_unverified: bool = False


@steady
def offer_times(ports: Ports, case_id: str, wanted: WantedOffer, *, seen: int, now: datetime) -> Offered:
    """Hold these times of ours, read again just now, and make the link by which the payer answers."""
    case = case_for(ports, case_id, Act.BOOK, now=now)
    times = _our_times(ports, case, now=now)
    chosen = set(wanted.times)
    found = [each for each in times.slots if each.interval in chosen]
    if not chosen:
        raise NothingOffered()
    if len(found) != len(chosen) or times.busy is None:
        raise SlotTaken()
    until = now + timedelta(hours=wanted.hours)
    held = hold_slots(
        release_holds(case, ids=[each.id for each in case.holds if each.window_id is None], now=now),
        slots=found,
        clinician=case.clinician,
        hold_ids=[ports.ids.new_id() for _ in found],
        until=until,
        waits_on="payer",
        by=ports.user,
        busy=times.busy.busy,
        verified=times.busy.verified,
        accept_unverified=wanted.accept_unverified,
        now=now,
    )
    saved = save_case(ports, held, seen=seen, events=[event(ports, "times_offered", at=now, count=len(found))], now=now)
    secret = ports.ids.new_id() + ports.ids.new_id()
    link = PayerLink(
        ports.ids.new_id(), ports.tenant, digest_of(secret), case.id, ports.user.key, ports.session_id, now, until
    )
    ports.links.add(link)
    url = f"{wanted.base_url}/p/{secret}"
    words = invitation(saved, url=url, zone=payer_zone(ports, saved), until=until, now=now)
    return Offered(saved, secret, words, until)
