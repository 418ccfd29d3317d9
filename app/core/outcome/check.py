"""The form of an outcome, held against itself and against the case."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import inf

from app.core.acts import CALL
from app.core.afterwards import is_told_day
from app.core.case import Case
from app.core.outcome.form import (
    BEFORE_CALL,
    HELD,
    LINE_RESULTS,
    NOT_HELD,
    RESCHEDULED,
    RESULTS,
    Contradiction,
    OutcomeForm,
    disputed_lines,
    is_news,
    way_of,
)

MOST_MINUTES = 480
LONGEST_AGO = timedelta(days=366)  # what lies farther from now is a slip of the year, and no time of a call
# Of these nobody decided anything: no line, no letter, no authorization belongs to them.
_UNDECIDED = frozenset({"informational", "converted_to_appeal", "withdrawn", RESCHEDULED, "not_held"})
_CALLS_ALONE = frozenset({"informational", "converted_to_appeal", RESCHEDULED, "not_held"})


def check_form(case: Case, form: OutcomeForm, *, now: datetime) -> None:
    """Raise Contradiction, naming the field, where the form contradicts itself or the case."""
    if form.result not in RESULTS:
        raise Contradiction("result", "Say what was decided.")
    lines = form.lines or {}
    _check_lines(case, lines, form.changes or {})
    _check_way(case, form)
    _check_whole(case, form, {result for result, _ in lines.values()})
    _check_held(case, form, now=now)
    _check_authorization(form, {result for result, _ in lines.values()})
    _check_new_information(form)
    if form.prep_minutes is not None and not 0 <= form.prep_minutes <= MOST_MINUTES:
        raise Contradiction("prep_minutes", f"Minutes of preparation lie between 0 and {MOST_MINUTES}.")


def _check_lines(case: Case, lines: Mapping[int, tuple[str, float | None]], changes: Mapping[int, str]) -> None:
    known = {line.sequence for line in case.routing.lines}
    asked = {line.sequence: line.quantity_requested for line in case.denial.lines}
    for number, (result, quantity) in lines.items():
        if number not in known:
            raise Contradiction(f"line_{number}", f"The payer's answer has no line {number}.")
        if result not in LINE_RESULTS:
            raise Contradiction(f"line_{number}", f"Say what became of line {number}.")
        if result != "modified" and quantity is not None:
            raise Contradiction(f"quantity_{number}", f"A quantity belongs to a modified line; line {number} is not.")
        if result == "modified":
            _check_modified(number, quantity, changes.get(number), asked.get(number))
    for number in changes:
        if lines.get(number, ("", None))[0] != "modified":
            raise Contradiction(f"change_{number}", f"A change belongs to a modified line; line {number} is not.")


def _check_modified(number: int, quantity: float | None, change: str | None, asked: float | None) -> None:
    """Stop unless a modified line says what was modified, and that is less than, or other than, what was asked."""
    if quantity is None and not change:
        raise Contradiction(f"quantity_{number}", f"Line {number} is modified: say how much of it, or what else.")
    if quantity is not None and not 0 < quantity < inf:  # nan is no quantity either
        raise Contradiction(f"quantity_{number}", f"Line {number} is modified: say how much was approved.")
    if quantity is None or asked is None or change:
        return
    if quantity > asked:
        raise Contradiction(f"quantity_{number}", f"Only {asked:g} were asked for in line {number}.")
    if quantity == asked:
        raise Contradiction(
            f"quantity_{number}", f"All {asked:g} that were asked for: line {number} is approved, or say what changed."
        )


def _check_way(case: Case, form: OutcomeForm) -> None:
    told = case.outcome.way if case.outcome is not None else CALL
    if form.way not in (told, way_of(case)) and not is_news(case, form.way):
        raise Contradiction("way", "Nothing is awaited that this would answer.")
    if form.way != CALL and form.result in _CALLS_ALONE:
        raise Contradiction("result", "Only a call can end so; say what was decided.")


def _check_whole(case: Case, form: OutcomeForm, results: set[str]) -> None:
    if form.result == "approved" and results - {"approved"}:
        raise Contradiction("result", "“Approved” and a line that is not: choose “partly approved”.")
    if form.result == "upheld":
        _check_upheld(case, form, results)
    if form.result == "partial":
        _check_partial(results)
    if form.result == "modified" and "modified" not in results:
        raise Contradiction("result", "Modified: say which line, and how much of it.")
    if form.result in _UNDECIDED and results - ({"withdrawn"} if form.result == "withdrawn" else set()):
        raise Contradiction("result", "Lines are decided on a call that was held; clear them or choose another result.")
    if form.result in _UNDECIDED - {"withdrawn"} and form.final:
        raise Contradiction("final", "Nothing was decided that could be final.")
    untold = [number for number in disputed_lines(case) if number not in (form.lines or {})]
    if form.result in ("partial", "modified") and untold:
        raise Contradiction(f"line_{untold[0]}", f"Say what became of line {untold[0]}.")


def _check_upheld(case: Case, form: OutcomeForm, results: set[str]) -> None:
    """Stop unless what we did not withdraw on the call was upheld."""
    if results - {"upheld", "withdrawn"}:
        raise Contradiction("result", "“Upheld” and a line that is not: choose “partly approved” or “modified”.")
    if results == {"withdrawn"} and set(disputed_lines(case)) <= set(form.lines or {}):
        raise Contradiction("result", "Every line was withdrawn: choose “withdrawn by us”.")


def _check_partial(results: set[str]) -> None:
    if not results:
        raise Contradiction("result", "Partly approved: say it line by line.")
    if len(results) == 1 and results != {"modified"}:
        raise Contradiction("result", f"Every line is {results.pop()}; that is not “partly approved”.")
    if not results & {"approved", "modified"}:
        raise Contradiction("result", "No line is approved; that is not “partly approved”.")


def _check_held(case: Case, form: OutcomeForm, *, now: datetime) -> None:
    """Stop where whether, when or when again the call is held does not fit what was decided."""
    early = form.not_held_reason == BEFORE_CALL
    if form.result == "not_held" and (form.not_held_reason not in NOT_HELD or early):
        said = "It was decided before the call: say above what was decided." if early else "Say why it was not held."
        raise Contradiction("not_held_reason", said)
    if form.result != "not_held" and form.not_held_reason and not (early and form.result in HELD and form.way == CALL):
        raise Contradiction("not_held_reason", "A reason for not holding the call belongs to a call not held.")
    if form.held_at is not None and (form.not_held_reason or form.result == "not_held"):
        raise Contradiction("held_at", "The call was not held, and so at no time.")
    if form.held_at is not None and form.held_at > now:
        raise Contradiction("held_at", "The call lies in the future.")
    if form.held_at is not None and now - form.held_at > LONGEST_AGO:
        raise Contradiction("held_at", "The call lies more than a year back: look at the year.")
    _check_moved(case, form, now=now)


def _check_moved(case: Case, form: OutcomeForm, *, now: datetime) -> None:
    """Stop unless a call that was moved, and no other, has a time that is to come."""
    if form.result != RESCHEDULED and form.again_at is not None:
        raise Contradiction("again_at", "A new time belongs to a call that was moved: choose “moved to another time”.")
    if form.result == RESCHEDULED:
        if case.outcome is not None:
            raise Contradiction("result", "This call was decided already. For another one, ask for a call again.")
        if form.again_at is None:
            raise Contradiction("again_at", "Say to when the call was moved.")
        if form.again_at <= now:
            raise Contradiction("again_at", "The new time has passed.")
        if form.again_at - now > LONGEST_AGO:
            raise Contradiction("again_at", "The new time lies more than a year ahead: look at the year.")


def _check_authorization(form: OutcomeForm, results: set[str]) -> None:
    told = form.authorization
    if told is None:
        return
    approves = form.result == "approved" or (form.result in HELD and results & {"approved", "modified"})
    if not approves:
        raise Contradiction("authorization_number", "Nothing was approved that could be authorized.")
    for field, day in (("authorization_starts", told.starts_on), ("authorization_ends", told.ends_on)):
        if day is not None and not is_told_day(day):
            raise Contradiction(field, "Leave it empty where the payer sets no day; else look at the year.")
    if told.starts_on and told.ends_on and told.ends_on < told.starts_on:
        raise Contradiction("authorization_ends", "The authorization ends before it begins.")


def _check_new_information(form: OutcomeForm) -> None:
    if not form.in_writing:
        return
    if not form.new_information:
        raise Contradiction("new_information", "Say what must be sent in writing.")
    if form.final:
        raise Contradiction("in_writing", "It is decided in writing: what was told now goes with an appeal.")
    if form.result in _UNDECIDED - {"informational"}:
        raise Contradiction("in_writing", "Nothing was left to decide for which it would be sent.")
