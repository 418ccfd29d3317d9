"""A clinician's time in the EHR and in every calendar of theirs outside it: read just now, and told of our calls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from app.core.book.events import events_of
from app.core.case import Case, OfferedWindow
from app.core.effects import WriteEvent
from app.core.interval import Interval, span_of
from app.core.people import Clinician
from app.core.slots import Diary, diary_of
from app.core.slots.diary import HALF_DAY
from app.errors import Permanent, Temporary
from app.flow.ports import BusyRead, CalendarEvent, Calendars, Ports, Promised, Written


def busy_of(ports: Ports, clinician: Clinician, span: Interval, *, case: Case | None = None, now: datetime) -> BusyRead:
    """
    Return all busy time as one; verified only when every calendar was read whole. Raises as the EHR does.

    case: whose own booking and held times do not stand in its way; whatever else lies at the same time does
    """
    read = ports.ehr.busy(clinician, span, now=now)
    # Exactly its own time: whatever else overlaps it is somebody else's.
    booked = case.booking.interval if case and case.booking and case.booking.is_live else None
    busy = tuple(each for each in read.busy if each != booked)
    if ports.calendars is None:
        return BusyRead(busy, read.verified, read.read_at, read.warnings, read.places)
    but = [_event(each.key, each.title, each.interval) for each in events_of(case)] if case else []
    own = ports.calendars.busy(ports.tenant, clinician, span, now=now, but=but)
    return BusyRead(
        busy=(*busy, *own.blocks),
        verified=read.verified and own.verified,
        read_at=min(read.read_at, own.read_at),
        warnings=tuple(dict.fromkeys((*read.warnings, *own.warnings))),
        places=read.places,
    )


def write_event(
    calendars: Calendars | None, tenant: str, effect: WriteEvent, *, now: datetime, seen: bool, may_send: bool
) -> Written:
    """Make a clinician's own calendar say what the effect says. Raises as ports.Calendars does."""
    if calendars is None or effect.interval.end <= now:
        return Written("", how="nothing to do: its time is over" if calendars else "nothing to do")
    event = _event(
        effect.event_key,
        effect.title,
        effect.interval,
        revision=effect.revision,
        text=effect.text,
        tentative=effect.change == "held",
    )
    if effect.change == "removed":
        return calendars.remove(tenant, effect.clinician, event, now=now, may_send=may_send)
    return calendars.put(tenant, effect.clinician, event, now=now, seen=seen, may_send=may_send)


def _event(key: str, title: str, interval: Interval, **more) -> CalendarEvent:
    """Return the event of this key: its id is made of the key, so it is the same for ever."""
    return CalendarEvent(str(uuid5(NAMESPACE_URL, f"urn:parley:{key}")), title, interval, **more)


@dataclass(frozen=True, slots=True)
class DiaryRead:
    """A clinician's diary with what it was made of. busy: as read, with what colleagues have booked of it"""

    diary: Diary
    busy: BusyRead
    held: Promised


def read_diary(
    ports: Ports,
    clinician: Clinician,
    windows: Sequence[OfferedWindow],
    *,
    case: Case,
    taken: tuple[Interval, ...] = (),
    unread_is_free: bool = False,
    stands_in: str | None = None,
    now: datetime,
) -> DiaryRead:
    """
    Return the diary of a clinician for calls of this case within these windows, at least one.

    taken: further time that is; unread_is_free: a calendar that cannot be read takes none away (raises as the EHR does)
    """
    span = span_of(each.interval for each in windows)
    # What lies beside a window tells whether a call is prepared for, wrapped up, and whom it interrupts.
    wide = Interval(span.start - HALF_DAY, span.end + HALF_DAY)
    try:
        read = busy_of(ports, clinician, wide, case=case, now=now)
    except (Permanent, Temporary):
        if not unread_is_free:
            raise
        read = BusyRead((), False, now)
    held = ports.store.promised(ports.tenant, clinician=clinician.reference, span=wide, but_case=case.id, now=now)
    habits = ports.site.habits_of(clinician)
    diary = diary_of(
        clinician,
        (*read.busy, *taken, *habits.around(held.busy)),
        span,
        verified=read.verified,
        habits=habits,
        places=read.places,
        calls=held.with_payer(case.payer_name),
        stands_in=stands_in,
    )
    # What colleagues have booked and the EHR has not taken yet.
    return DiaryRead(diary, replace(read, busy=(*read.busy, *held.busy)), held)
