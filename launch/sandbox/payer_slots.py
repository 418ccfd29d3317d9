"""
The times that a payer's reviewers publish, as FHIR Schedules and Slots.

They are worked out from the day alone, so the same day always has the same slots, whenever it is asked.
"""

import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from launch.sandbox.payer_roster import Desk, Reviewer
from launch.sandbox.people import LOCAL, NUCC

BUSINESS_DAYS = 10
URGENT_DAYS = 3
LUNCH = (time(12), time(13))
SHARE_PUBLISHED, SHARE_TAKEN = 45, 25  # per cent of a reviewer's times; of those, already given to others
REVIEW = [{"coding": [{"system": LOCAL, "code": "p2p-review"}], "text": "Peer-to-peer review"}]


def published(desk: Desk, now: datetime) -> list[dict]:
    """Return what the desk publishes at `now`: its line, a Schedule per reviewer, and every Slot not yet begun."""
    if not desk.reviewers:
        return []
    found = [_line(desk)]
    for reviewer in desk.reviewers:
        found.append(_schedule(desk, reviewer, now))
        found += [_slot(desk, reviewer, starts) for starts in _times(desk, reviewer, now)]
    return found


def is_open(day: date) -> bool:
    """Say whether payers work on that day: not at weekends, on federal holidays or on the day after Thanksgiving."""
    return day.weekday() < 5 and day not in _holidays(day.year) and day not in _holidays(day.year + 1)


def business_days(day: date, count: int) -> list[date]:
    """Return the next working days, `day` itself included when it is one."""
    found: list[date] = []
    while len(found) < count:
        if is_open(day):
            found.append(day)
        day += timedelta(days=1)
    return found


def _times(desk: Desk, reviewer: Reviewer, now: datetime) -> Iterator[datetime]:
    """Yield the starts of a reviewer's published times after `now`, aware, in the desk's zone."""
    today = now.astimezone(desk.tz).date()
    if reviewer.round_the_clock:
        days = [today + timedelta(days=n) for n in range(URGENT_DAYS)]
        opens, closes, share = time(0), time(23, 59), 100
    else:
        days, opens, closes, share = business_days(today, BUSINESS_DAYS), desk.opens, desk.closes, SHARE_PUBLISHED
    length = timedelta(minutes=desk.length_minutes)
    for day in days:
        here, last = datetime.combine(day, opens), datetime.combine(day, closes)
        while here + length <= last:
            starts = here.replace(tzinfo=desk.tz)
            at_lunch = not reviewer.round_the_clock and LUNCH[0] <= here.time() < LUNCH[1]
            if starts > now and not at_lunch and _lot(reviewer, starts, "published") < share and _exists(starts):
                yield starts
            here += length


def _exists(starts: datetime) -> bool:
    """Say whether that local time happens; on the day the clocks go forward an hour of them does not."""
    return starts.astimezone(UTC).astimezone(starts.tzinfo).time() == starts.time()


def _lot(reviewer: Reviewer, starts: datetime, what: str) -> int:
    """Return a number from 0 to 99 that depends only on the reviewer, the time and the question."""
    return zlib.crc32(f"{reviewer.id} {starts:%Y-%m-%d %H:%M} {what}".encode()) % 100


def _line(desk: Desk) -> dict:
    """Return the desk's peer-to-peer line."""
    return {
        "resourceType": "HealthcareService",
        "id": f"{desk.slug}-p2p",
        "active": True,
        "name": f"{desk.name}: peer-to-peer line (sandbox)",
        "type": REVIEW,
        "telecom": [{"system": "phone", "value": desk.phone}, {"system": "fax", "value": desk.fax}],
    }


def _schedule(desk: Desk, reviewer: Reviewer, now: datetime) -> dict:
    """Return one reviewer's calendar; the reviewer is named, not linked: a payer publishes no directory."""
    code, text = reviewer.specialty
    last = business_days(now.astimezone(desk.tz).date(), BUSINESS_DAYS)[-1]
    return {
        "resourceType": "Schedule",
        "id": reviewer.id,
        "active": True,
        "serviceType": REVIEW,
        "specialty": [{"coding": [{"system": NUCC, "code": code}], "text": text}],
        "actor": [{"reference": f"HealthcareService/{desk.slug}-p2p", "display": reviewer.name}],
        "planningHorizon": {
            "start": now.astimezone(desk.tz).isoformat(timespec="seconds"),
            "end": datetime.combine(last, desk.closes, desk.tz).isoformat(),
        },
        "comment": f"{reviewer.name}, {text}. Calls last {desk.length_minutes} minutes.",
    }


def _slot(desk: Desk, reviewer: Reviewer, starts: datetime) -> dict:
    """Return one published time; a quarter of them are already somebody else's."""
    code, text = reviewer.specialty
    ends = (starts.astimezone(UTC) + timedelta(minutes=desk.length_minutes)).astimezone(desk.tz)
    taken = _lot(reviewer, starts, "taken") < SHARE_TAKEN
    return {
        "resourceType": "Slot",
        "id": f"{reviewer.id}-{starts.astimezone(UTC):%Y%m%dT%H%M}",
        "serviceType": REVIEW,
        "specialty": [{"coding": [{"system": NUCC, "code": code}], "text": text}],
        "schedule": {"reference": f"Schedule/{reviewer.id}", "display": reviewer.name},
        "status": "busy" if taken else "free",
        "start": starts.isoformat(),
        "end": ends.isoformat(),
    }


def _holidays(year: int) -> frozenset[date]:
    """Return the federal holidays of a year as observed (5 U.S.C. 6103), and the day after Thanksgiving."""
    thanksgiving = _nth(year, 11, 3, 4)
    last_may = date(year, 5, 31)
    floating = (
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        last_may - timedelta(days=last_may.weekday()),
        _nth(year, 9, 0, 1),
        _nth(year, 10, 0, 2),
        thanksgiving,
        thanksgiving + timedelta(days=1),
    )
    fixed = (date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25))
    # A Saturday's holiday is kept on the Friday, a Sunday's on the Monday.
    return frozenset(floating) | {day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed}


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    """Return the nth such weekday (0 = Monday) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))
