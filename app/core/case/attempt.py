"""Each try to reach the other side, as it was logged and as it was corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.case.state import CaseState
from app.core.people import SPEAK_FOR_PAYER, SPEAK_FOR_US, Reviewer


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One try to reach the other side; a correction is a new entry naming the old in `corrects`.

    callback_number: the number of ours that was left; problems: keys of the call rules that it broke (rules/calls.toml)
    stood: the state that it moved the case from, None where it moved nothing; a correction of it moves it back there
    booked_at: of a no-show: when the call that was missed was to begin
    placed_by: who of ours called, where it was another than who logged it
    one_call: id of the entry in another case's log that tells of the same call, with its minutes
    """

    id: str
    at: datetime
    by: str  # who logged it
    direction: str  # ours | theirs
    number: str | None
    reached: str  # of people.PAYERS_SIDE, OUR_SIDE or NOBODY
    reached_name: str | None
    # connected | asked | message_left | no_answer | gave_up_holding | closed | call_back | wrong_number | refused
    # | rescheduled | payer_no_show | our_no_show
    result: str
    hold_minutes: int | None = None
    note: str | None = None
    reviewer: Reviewer | None = None
    corrects: str | None = None
    next_at: datetime | None = None  # when it is tried again
    channel: str = "phone"  # phone | portal
    talk_minutes: int | None = None
    callback_number: str | None = None
    problems: tuple[str, ...] = ()
    stood: CaseState | None = None
    booked_at: datetime | None = None
    placed_by: str | None = None
    one_call: str | None = None

    @property
    def caller(self) -> str:
        """Who of ours placed it, where it is ours."""
        return self.placed_by or self.by

    @property
    def is_held(self) -> bool:
        """Whether on it a clinician of ours and who reviews for the payer spoke: the peer-to-peer itself."""
        # Before 2026-12 a call of the payer's named whom of its side we spoke with.
        sides = SPEAK_FOR_US | SPEAK_FOR_PAYER if self.direction == "theirs" else SPEAK_FOR_PAYER
        return self.result == "connected" and self.reached in sides


def as_corrected(attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """
    Return the attempts that count, in the order in which they were made, each as its latest correction tells it.

    attempts: as they were logged; one that corrects an entry which is not among them counts itself
    """
    ids = {each.id for each in attempts}
    corrections = {each.corrects: each for each in attempts if each.corrects in ids}
    found = (_latest_of(each, corrections) for each in attempts if each.corrects not in ids)
    return tuple(sorted(found, key=lambda each: each.at))  # yesterday's call may be written down today


def _latest_of(attempt: Attempt, corrections: Mapping[str | None, Attempt]) -> Attempt:
    while attempt.id in corrections:
        attempt = corrections[attempt.id]
    return attempt
