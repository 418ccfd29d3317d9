"""Correcting the contact log: a new entry takes the place of the old, which stays to be read and counts no more."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.core.call import check_attempt, log_attempt
from app.core.case import Attempt, Case, CaseState
from app.core.interval import Interval
from app.core.rulebook.calls import ONLY_MARKED
from app.errors import Refused

# What is not told of a call: who wrote the entry, and what it did to the case.
_OF_THE_LOG = {"id": "", "by": ""} | dict.fromkeys(("corrects", "stood", "next_at", "booked_at", "one_call"))


# Why a case is not moved back.
STAYS = {
    "booked_again": "The call was booked again since; that booking stands.",
    "went_on": "The case has gone on since, and stays where it is.",
}


class NotInLog(Refused):
    """The entry is none that stands in this case's log."""

    say = "This entry was corrected already, or is not in this case's log."
    next = "Look at the log as it is now. Nothing was written."


class NothingCorrected(Refused):
    """The correction says the same as the entry."""

    say = "Nothing is different from the entry that stands."
    next = "Change what was wrong, or leave the entry as it is."


@dataclass(frozen=True, slots=True)
class Corrected:
    """
    A case with one entry corrected.

    undone: the case as if the old entry had moved nothing; stays: why the case stands where it does although the old
    entry had moved it (of STAYS), None where it was moved back, or never was
    """

    case: Case
    undone: Case
    stays: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the log that counts, and those that it took the place of, the latest first."""

    entry: Attempt
    before: tuple[Attempt, ...]


def contact_log(case: Case) -> tuple[Line, ...]:
    """Return the log as it is read: what counts, the latest first, and beneath it what was corrected."""
    by_id = {each.id: each for each in case.attempts}

    def before(entry: Attempt) -> tuple[Attempt, ...]:
        old = by_id.get(entry.corrects or "")
        return (old, *before(old)) if old is not None else ()

    return tuple(Line(each, before(each)) for each in reversed(case.tries))


def standing_entry(case: Case, entry_id: str) -> Attempt:
    """Return an entry that counts, and so may be corrected; raises NotInLog."""
    found = next((each for each in case.tries if each.id == entry_id), None)
    if found is None:
        raise NotInLog()
    return found


def correct_attempt(case: Case, attempt: Attempt, *, now: datetime) -> Corrected:
    """
    Return the case with the entry that `attempt.corrects` names corrected by it.

    A case that stands where the old entry brought it goes back to where it stood, and from there where the new entry
    leads; a case that has gone on since stays where it is. raises: NotInLog, NothingCorrected, AttemptRefused
    """
    old = standing_entry(case, attempt.corrects or "")
    if _as_told(old) == _as_told(attempt):
        raise NothingCorrected()
    undone, stays = _undone(case, old)
    if stays is None:
        return Corrected(log_attempt(undone, attempt, now=now), undone)
    check_attempt(_with_missed(case, attempt, old), attempt, now=now)
    return Corrected(replace(case, attempts=(*case.attempts, attempt), updated_at=now), case, stays)


def _with_missed(case: Case, attempt: Attempt, old: Attempt) -> Case:
    """Return the case with the booking that both entries are about, where only who missed it is told otherwise."""
    still = attempt.result.endswith("no_show") and old.result.endswith("no_show") and case.booking is not None
    if not still:
        return case
    start = old.booked_at or old.at
    length = case.booking.interval.end - case.booking.interval.start
    return replace(case, booking=replace(case.booking, state="booked", interval=Interval(start, start + length)))


def _as_told(entry: Attempt) -> Attempt:
    """Return an entry with what a person tells of the call alone: of the rules that it broke, those that are marked."""
    marked = tuple(each for each in entry.problems if each in ONLY_MARKED)
    placed = entry.caller if entry.direction == "ours" else None
    return replace(entry, **_OF_THE_LOG, problems=marked, placed_by=placed)


def _undone(case: Case, old: Attempt) -> tuple[Case, str | None]:
    """Return the case as it stood before an entry, where nothing came since; else as it is, and why."""
    led_to = CaseState.CONNECTED if old.is_held else CaseState.MISSED if old.result.endswith("no_show") else None
    is_there = case.state is led_to
    if led_to is None or (old.stood is None and not is_there):
        return case, None
    if not is_there:
        again = case.booking is not None and case.booking.is_live and led_to is CaseState.MISSED
        return case, "booked_again" if again else "went_on"
    if any(each.is_held for each in case.tries if each is not old) and led_to is CaseState.CONNECTED:
        return case, None  # another call was held
    stood = old.stood or _before(case, led_to)
    if stood is CaseState.HELD and not case.holds:  # they were given back when the case moved on
        stood = CaseState.OFFERED if case.windows else CaseState.OPEN
    booking = case.booking
    if led_to is CaseState.MISSED and booking is not None:
        booking = replace(booking, state="booked")
    return replace(case, state=stood, booking=booking), None


def _before(case: Case, led_to: CaseState) -> CaseState:
    """Return where a case stood before an entry that was kept without saying so (before 2026-12)."""
    if led_to is CaseState.MISSED or (case.booking is not None and case.booking.is_live):
        return CaseState.BOOKED
    return CaseState.OFFERED if case.windows else CaseState.OPEN
