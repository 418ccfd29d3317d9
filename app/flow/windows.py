"""Windows: the times in which the payer will talk, published by it or told to a person."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.case import CALL_ROUTES, Case, CaseState, OfferedWindow
from app.core.interval import Interval
from app.core.people import Act, Reviewer
from app.core.windows import STALE, capture_window, read_told_window
from app.core.windows.message import Message
from app.core.windows.told import told_message
from app.errors import ParleyError, Temporary
from app.flow.cases import case_for, event, payer_zone, save_case, steady
from app.flow.ports import KeptTimes, Ports

# How far ahead published slots are read where no clock ends the case sooner.
HORIZON = timedelta(days=28)
HEARD = ("phone", "portal")  # what was told there stands in the inbox by this note alone


@dataclass(frozen=True, slots=True)
class ToldWindow:
    """A window as a person typed it; all strings, local to `zone`."""

    day: str
    start: str
    end: str
    zone: str
    channel: str
    told_by: str | None = None
    reviewer: Reviewer | None = None


class FeedUnread(Temporary):
    """What the payer publishes in its feed is not known, or not any more."""

    say = "The payer's published times could not be read."
    next = "It is tried again by itself; call the payer meanwhile."


@dataclass(frozen=True, slots=True)
class Published:
    """What the payer publishes; `problem` a sentence when it could not be read. feed: how its feed stands, if any."""

    case: Case
    problem: str | None = None
    feed: KeptTimes | None = None

    @property
    def of_the_booked(self) -> str | None:
        """Return what the feed says of the booked time: free, gone, or hours in which it lies; None: nothing of one."""
        booking = self.case.booking
        if not (self.feed and self.feed.read_at and booking and booking.is_live):
            return None
        if booking.payer_slot is None:
            lies = any(each.slot is None and each.interval.covers(booking.interval) for each in self.feed.windows)
            return "hours" if lies else None
        return "free" if any(each.slot == booking.payer_slot for each in self.feed.windows) else "gone"


@steady
def read_published_windows(ports: Ports, case_id: str, *, now: datetime) -> Published:
    """Take over the payer's free slots as they are now; those it withdrew are dropped."""
    return _taken_over(ports, case_for(ports, case_id, Act.SEE_CASE, now=now), now=now)


@steady
def follow_feed(ports: Ports, case_id: str, *, now: datetime) -> Published:
    """Do the same by itself, for a payer whose feed has changed: nobody sees the case, so nothing is audited."""
    return _taken_over(ports, ports.store.case(ports.tenant, case_id), now=now)


def _taken_over(ports: Ports, case: Case, *, now: datetime) -> Published:
    if not wants_windows(case):
        return Published(case)
    feed = _feed_of(ports, case.payer_key)
    hard = [clock.ends_at for clock in case.clocks if clock.name in ("p2p_window", "offer", "determination")]
    until = min([*hard, now + HORIZON])
    if until <= now:
        return Published(case, feed=feed)
    try:
        found = _found(ports, case, feed, Interval(now, until), now=now)
    except ParleyError as error:
        return Published(case, f"{error.say} {error.next}", feed)
    return _with_published(ports, case, found, feed, now=now)


def _with_published(
    ports: Ports, case: Case, found: tuple[OfferedWindow, ...], feed: KeptTimes | None, *, now: datetime
) -> Published:
    """Return the case with these as its published windows, saved where they are others than before."""
    problem = None if feed is None or _is_fresh(feed, now) else f"{_unread(feed)} {FeedUnread.next}"
    told = tuple(each for each in case.windows if each.channel != "published")
    kept = case.booking.payer_slot if case.booking and case.booking.is_live else None
    held = tuple(each for each in case.windows if each.channel == "published" and each.slot == kept and kept)
    fresh = tuple(each for each in found if each.slot is None or each.slot != kept)
    windows = tuple(sorted((*told, *held, *fresh), key=lambda each: (each.interval, each.id)))
    if _times(windows) == _times(case.windows):
        return Published(case, problem, feed)
    offered = event(ports, "offered", at=now, channel="published", count=len(found))
    changed = replace(case, windows=windows)
    for each in fresh[:1]:
        changed = replace(capture_window(replace(changed, windows=()), window=each, now=now), windows=windows)
    events = [offered] if found and not case.windows else []
    saved = save_case(ports, changed, seen=case.version, events=events, quiet=True, now=now)
    return Published(saved, problem, feed)


def _is_fresh(feed: KeptTimes, now: datetime) -> bool:
    return feed.read_at is not None and now - feed.read_at <= STALE


def _unread(feed: KeptTimes) -> str:
    return f"{FeedUnread.say} {feed.say or ''}".strip()


def _feed_of(ports: Ports, payer_key: str | None) -> KeptTimes | None:
    """Return what is kept of the payer's feed; None where it publishes in none."""
    if ports.feeds is None or ports.feed_times is None or payer_key not in ports.feeds.paces():
        return None
    return ports.feed_times.of(payer_key)


def _found(
    ports: Ports, case: Case, feed: KeptTimes | None, span: Interval, *, now: datetime
) -> tuple[OfferedWindow, ...]:
    """Return the payer's free times: as its feed was last read, none where that was long ago; else as its book says."""
    if feed is None:
        return ports.payers.windows(case.payer_key, span, now=now)
    if feed.read_at is None:
        raise FeedUnread(_unread(feed))
    if not _is_fresh(feed, now):
        return ()
    ahead = (each for each in feed.windows if each.interval.overlaps(span))
    # An exact time that has begun is over; in a window that has begun a call may still lie.
    return tuple(
        replace(each, captured_at=feed.read_at) for each in ahead if each.slot is None or each.interval.start >= now
    )


def wants_windows(case: Case) -> bool:
    """Whether a call is still to be arranged or moved, so that the payer's book matters."""
    over = {
        CaseState.DECIDED,
        CaseState.CONFIRMED,
        CaseState.CLOSED,
        CaseState.WITHDRAWN,
        CaseState.LAPSED,
        CaseState.REROUTED,
    }
    return case.routing.route.value in CALL_ROUTES and case.outcome is None and case.state not in over


def _times(windows: tuple[OfferedWindow, ...]) -> set:
    return {(each.interval, each.slot, each.channel, each.id) for each in windows}


@steady
def capture_told_window(ports: Ports, case_id: str, told: ToldWindow, *, seen: int, now: datetime) -> Case:
    """Keep a window that was told by phone, fax or portal."""
    case = case_for(ports, case_id, Act.CAPTURE_WINDOWS, now=now)
    interval = read_told_window(day=told.day, start=told.start, end=told.end, zone=told.zone)
    window = OfferedWindow(
        id=ports.ids.new_id(),
        interval=interval,
        channel=told.channel,
        told_by=told.told_by,
        reviewer=told.reviewer,
        captured_at=now,
        captured_by=ports.user.name,
    )
    changed = capture_window(case, window=window, now=now)
    offered = event(ports, "offered", at=now, channel=told.channel, count=1)
    kept = [_told(ports, case, window, now=now)] if told.channel in HEARD else []
    return save_case(ports, changed, seen=seen, events=[offered], messages=kept, now=now)


def _told(ports: Ports, case: Case, window: OfferedWindow, *, now: datetime) -> Message:
    """Return what the inbox keeps of a time that was heard or read, and stands in no message of its own."""
    return told_message(
        case,
        message_id=window.id,
        channel=window.channel,
        subject=f"{window.channel.capitalize()}: a time offered",
        lines=[],
        kept=[window.interval],
        zone=payer_zone(ports, case),
        told_by=window.told_by,
        by=ports.user.name,
        now=now,
    )
