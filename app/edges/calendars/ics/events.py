"""
A VEVENT → when it takes place and whether that blocks.

Which block: opaque ones that are not cancelled (RFC 4791, section 7.10). STATUS:TENTATIVE, an invitation of the owner
not answered yet, or Outlook's own word make them tentative; one that the owner has declined is free. TRANSP has the
last word over X-MICROSOFT-CDO-BUSYSTATUS: a later editor changes the former and leaves the latter as it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.slots.calendars import BusyKind
from app.edges.calendars.ics.lines import Component, Line
from app.edges.calendars.ics.recurrence import LATEST, check_reach, saturated
from app.edges.calendars.ics.rule import BadRule, Rule, read_rule
from app.edges.calendars.ics.values import (
    BadValue,
    FindZone,
    Length,
    Moment,
    between,
    length_of,
    periods_of,
    read_moment,
    utc_of,
)
from app.edges.calendars.ics.zones import Zone

_DAY = timedelta(days=1)
_OUTLOOK = {"FREE": None, "TENTATIVE": BusyKind.TENTATIVE, "OOF": BusyKind.UNAVAILABLE, "WORKINGELSEWHERE": None}
_MOST_INVITED = 500  # looked through for the owner
_PARTSTAT = {"TENTATIVE": BusyKind.TENTATIVE, "NEEDS-ACTION": BusyKind.TENTATIVE, "DECLINED": None, "DELEGATED": None}


Tick = Callable[[], None]


class Unreadable(ValueError):
    """The event's time cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class RuleOf:
    """A rule and what its UNTIL means here: an instant where it is one, and the last wall time that can be meant."""

    rule: Rule
    last_wall: datetime
    last_instant: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """
    One VEVENT (or AVAILABLE), as read.

    kind: None when it does not block. only_day: exdates given as dates. doubts: what was not sure, for the warnings;
    is_whole False when a time of it may be missing
    """

    start: Moment
    length: Length
    kind: BusyKind | None
    uid: str
    place: str
    rules: tuple[RuleOf, ...] = ()
    dates: tuple[tuple[Moment, Length | None], ...] = ()
    without: tuple[Moment, ...] = ()
    instead_of: Moment | None = None  # RECURRENCE-ID
    and_future: bool = False
    version: tuple[int, str] = (0, "")
    doubts: tuple[str, ...] = ()
    is_whole: bool = True

    @property
    def is_series(self) -> bool:
        """Whether it may take place more than once."""
        return bool(self.rules or self.dates)


@dataclass(slots=True)
class _Doubts:
    said: list[str] = field(default_factory=list)
    is_whole: bool = True

    def lose(self, why: str) -> None:
        """Note that a time may be missing."""
        self.said.append(why)
        self.is_whole = False


def read_event(
    part: Component,
    *,
    zone: Zone,
    find_zone: FindZone,
    owner: str,
    tick: Tick,
    cancelled: bool = False,
    master: "Event | None" = None,
) -> Event:
    """
    Return the event.

    zone: of floating times. owner: whose calendar it is, an address in small letters, "" when not known
    cancelled: by the METHOD of its file. master: gives what an override leaves out
    tick: called for each of its dates. raises: what it does; Unreadable
    """
    doubts = _Doubts()
    instead_of = _instead_of(part, master.start.zone if master else zone, find_zone, doubts)
    start = _start(part, instead_of, zone, find_zone)
    if instead_of is None and part.first("RECURRENCE-ID"):
        instead_of = start
    # What stands beside it without a zone is meant in its own.
    reading = {"zone": start.zone if not start.is_day else zone, "find_zone": find_zone}
    length = _length(part, start, reading, doubts, master)
    if start.zone.doubt:
        doubts.lose(start.zone.doubt)
    return Event(
        start=start,
        length=length,
        kind=None if cancelled else kind_of(part, owner),
        uid=part.first("UID").value if part.first("UID") else "",
        place=part.place,
        rules=tuple(_rules(part, start, zone, doubts)),
        dates=tuple(_dates(part, reading, doubts, tick)),
        without=tuple(_without(part, reading, doubts, tick)),
        instead_of=instead_of,
        and_future=_is_and_future(part),
        version=_version(part),
        doubts=tuple(doubts.said),
        is_whole=doubts.is_whole,
    )


def kind_of(part: Component, owner: str) -> BusyKind | None:
    """Return how the event blocks, None when it does not."""
    status, transparency = part.value("STATUS"), part.value("TRANSP")
    outlook = part.value("X-MICROSOFT-CDO-BUSYSTATUS")
    if status == "CANCELLED" or transparency == "TRANSPARENT" or (transparency == "" and outlook in ("FREE",)):
        return None
    kind = BusyKind.BUSY
    if status == "TENTATIVE" or (not status and outlook == "TENTATIVE"):
        kind = BusyKind.TENTATIVE
    elif outlook == "OOF":
        kind = BusyKind.UNAVAILABLE
    answered = _answer_of(part, owner)
    if answered in _PARTSTAT:
        return _PARTSTAT[answered]
    return kind


def _answer_of(part: Component, owner: str) -> str:
    """Return the owner's PARTSTAT, "" when not invited; whoever is invited and says nothing has not answered."""
    if not owner:
        return ""
    for line in part.all("ATTENDEE")[:_MOST_INVITED]:
        try:
            params, value = line.cut()
        except ValueError:
            continue
        told = {value.lower().removeprefix("mailto:"), params.get("EMAIL", "").lower()}
        if owner in told:
            return params.get("PARTSTAT", "NEEDS-ACTION").upper()
    return ""


def _instead_of(part: Component, zone: Zone, find_zone: FindZone, doubts: _Doubts) -> Moment | None:
    line = part.first("RECURRENCE-ID")
    if line is None:
        return None
    try:
        return read_moment(line, zone=zone, find_zone=find_zone)
    except BadValue as bad:
        doubts.said.append(f"its RECURRENCE-ID {bad}, so what it stands in for blocks too")
        return None


def _start(part: Component, instead_of: Moment | None, zone: Zone, find_zone: FindZone) -> Moment:
    line = part.first("DTSTART")
    if line is None:
        if instead_of is not None:
            return instead_of
        raise Unreadable("has no start")
    try:
        return read_moment(line, zone=zone, find_zone=find_zone)
    except BadValue as bad:
        raise Unreadable(f"its start {bad}") from bad


def _length(part: Component, start: Moment, reading: dict, doubts: _Doubts, master: Event | None) -> Length:
    """Return how long it lasts; a date alone lasts its day, a time alone nothing, an end before the start is turned."""
    end, lasts = part.first("DTEND"), part.first("DURATION")
    try:
        if end is not None:
            return _up_to(start, read_moment(end, **reading), doubts)
        if lasts is not None:
            return length_of(lasts.value)
    except BadValue as bad:
        doubts.lose(f"its end {bad}")
        return Length(1) if start.is_day else Length(0, timedelta(hours=1))
    if master is not None and not part.first("DTSTART"):
        return master.length
    return Length(1) if start.is_day else Length()


def _up_to(start: Moment, end: Moment, doubts: _Doubts) -> Length:
    try:
        length = between(start, end)
    except BadValue:
        # Which of the two is wrong is not known, so both block: see series.py, where the start is moved.
        doubts.said.append("it ends before it starts, so all between was taken as busy")
        return Length(0, end.utc - start.utc)
    # Many write a day's event with its own day as the end.
    return Length(1) if start.is_day and not length.days and not length.exact else length


def _rules(part: Component, start: Moment, zone: Zone, doubts: _Doubts) -> Iterator[RuleOf]:
    for line in part.all("RRULE"):
        if not line.value:  # some write the name of a property that they do not have
            continue
        try:
            rule = read_rule(line.value, of_days=start.is_day)
            check_reach(rule, start.wall)
            yield _until(rule, start, zone)
        except BadRule as bad:
            doubts.lose(f"its rule is not one that calendars share ({bad}), so only its first time was taken")
    if part.all("EXRULE"):
        doubts.said.append("EXRULE is not read any more, so times that it takes out block")


def _until(rule: Rule, start: Moment, zone: Zone) -> RuleOf:
    """
    Return the rule with its end: a date alone means all of that day, a time without a zone the event's own wall.

    source: RFC 5545 asks for UTC where DTSTART has a zone; the others are met all the same
    """
    if rule.until is None:
        return RuleOf(rule, LATEST, None)
    line = Line(f"UNTIL:{rule.until}")
    try:
        moment = read_moment(line, zone=start.zone, find_zone=lambda _: start.zone)
    except BadValue as bad:
        raise BadRule(f"UNTIL {bad}") from bad
    instant = utc_of(rule.until)
    if start.is_day:
        last = moment.wall if instant is None else max(moment.wall, zone.wall(instant))
        return RuleOf(rule, datetime.combine(last.date(), datetime.max.time()), None)
    if moment.is_day:
        return RuleOf(rule, datetime.combine(moment.wall.date(), datetime.max.time()), None)
    if instant is None:
        return RuleOf(rule, moment.wall, None)
    return RuleOf(rule, saturated(start.zone.wall(instant), _DAY), instant)


def _dates(part: Component, reading: dict, doubts: _Doubts, tick: Tick) -> Iterator[tuple[Moment, Length | None]]:
    for line in part.all("RDATE"):
        for each in periods_of(line, **reading):
            tick()
            if isinstance(each, BadValue):
                doubts.lose(f"one of its RDATEs {each}")
            else:
                yield each


def _without(part: Component, reading: dict, doubts: _Doubts, tick: Tick) -> Iterator[Moment]:
    for line in part.all("EXDATE"):
        for each in periods_of(line, **reading):
            tick()
            if isinstance(each, BadValue):
                doubts.said.append(f"one of its EXDATEs {each}, so that time blocks")
            else:
                yield each[0]


def _is_and_future(part: Component) -> bool:
    line = part.first("RECURRENCE-ID")
    try:
        return line is not None and line.cut()[0].get("RANGE", "").upper() == "THISANDFUTURE"
    except ValueError:
        return False


def _version(part: Component) -> tuple[int, str]:
    """
    Return what tells versions of one UID apart, the later the greater.

    A writer without SEQUENCE keeps no versions: events of one UID are then several events, whatever their stamps.
    """
    text = part.value("SEQUENCE")
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        return 0, ""
    return int(text), part.value("DTSTAMP") or part.value("LAST-MODIFIED")
