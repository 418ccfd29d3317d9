"""Days and times told relative to the moment the sandbox starts, in the practice's zone; so no story goes stale."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PRACTICE_ZONE = ZoneInfo("America/Chicago")


class Dates:
    """
    A ruler of days around `now`.

    now: aware datetime; its day in the practice's zone is day 0
    All strings returned are FHIR dates, or dateTimes with the zone's offset.
    """

    def __init__(self, now: datetime, zone: ZoneInfo = PRACTICE_ZONE) -> None:
        self.now = now.astimezone(zone)
        self.zone = zone

    def day(self, offset: int) -> date:
        """Return the calendar day so many days from today; negative is the past."""
        return self.now.date() + timedelta(days=offset)

    def past(self, offset: int) -> date:
        """Return that day, drawn back from a weekend to its Friday when it lies in the past: clinics are shut then."""
        day = self.day(offset)
        return day - timedelta(days=max(0, day.weekday() - 4)) if offset < 0 else day

    def workday(self, count: int) -> date:
        """Return the day so many weekdays from today (negative: before); 0 is today or, at a weekend, Monday."""
        step = timedelta(days=-1 if count < 0 else 1)
        day = self.now.date()
        while count == 0 and day.weekday() > 4:
            day += step
        for _ in range(abs(count)):
            day += step
            while day.weekday() > 4:
                day += step
        return day

    def ago(self, days: int) -> str:
        """Return the FHIR date so many days back."""
        return self.past(-days).isoformat()

    def on(self, offset: int, at: str = "10:00") -> str:
        """Return the FHIR dateTime on that day at that local time (HH:MM)."""
        return self._at(self.past(offset), at).isoformat()

    def at_work(self, count: int, at: str = "10:00") -> datetime:
        """Return the instant on that weekday (see workday) at that local time, aware."""
        return self._at(self.workday(count), at)

    def span(self, offset: int, at: str, minutes: int) -> tuple[datetime, datetime]:
        """Return start and end of a block on that day; the length is real minutes, also over a change of clocks."""
        starts = self._at(self.past(offset), at)
        return starts, (starts.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(self.zone)

    def steps(self, offset: int, starts: str, ends: str, minutes: int) -> Iterator[tuple[datetime, datetime]]:
        """Yield the back-to-back blocks of so many minutes between two local times of one day."""
        here, last = self._at(self.day(offset), starts), self._at(self.day(offset), ends)
        while here + timedelta(minutes=minutes) <= last:
            yield here, here + timedelta(minutes=minutes)
            here += timedelta(minutes=minutes)

    def _at(self, day: date, at: str) -> datetime:
        """Return that local time of that day, aware."""
        return datetime.combine(day, time.fromisoformat(at), self.zone)
