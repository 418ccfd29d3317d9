"""Why a slot stands where it stands, in plain words, best reason first."""

from app.core.case import OfferedWindow
from app.core.slots.diary import BESIDE, BETWEEN, CUTS_HALF_DAY, KEPT_FOR_CALLS, WEDGED, Diary
from app.core.slots.search import Rank
from app.core.slots.terms import Terms, span_words

_DAY = {
    KEPT_FOR_CALLS: "in time kept for such calls",
    BESIDE: "right next to another appointment, which interrupts least",
    BETWEEN: "free before and after",
    CUTS_HALF_DAY: "free before and after, in a free half-day",
    WEDGED: "wedged between two appointments",
}


def words_of(ranked: Rank, spare: int | None, window: OfferedWindow, diary: Diary, terms: Terms) -> tuple[str, ...]:
    """Return the reasons of a slot. spare: minutes before the earliest clock, None where none runs."""
    because = [] if diary.verified else ["the calendar could not be read: check that this time is free"]
    if diary.stands_in is not None:
        because.append(f"{diary.clinician.name} calls: {diary.stands_in}")
    because += [_spare_words(spare, terms), _DAY[ranked.day]]
    if not ranked.alone:
        because.append("near another call with this payer")
    if ranked.specialty != 1 and window.reviewer is not None:
        other = f"the reviewer is of another specialty ({window.reviewer.specialty})"
        because.append(other if ranked.specialty else "the reviewer is of the same specialty")
    if window.slot is not None:
        because.append("a time the payer publishes")
    else:
        because.append(f"in the window told by {window.told_by}" if window.told_by else "in a window the payer offered")
    if diary.hours is None:
        because.append("working hours are not known")
    return tuple(because)


def _spare_words(spare: int | None, terms: Terms) -> str:
    if spare is None:
        return "no deadline is known"
    if spare < 0:
        return f"{span_words(-spare)} after the cautious deadline, but the payer offers it: confirm that it counts"
    return f"{span_words(spare)} to spare before {terms.due}"
