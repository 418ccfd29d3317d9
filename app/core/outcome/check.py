"""The form of an outcome, held against itself and against the case."""

from datetime import datetime
from math import inf

from app.core.acts import CALL
from app.core.case import Case
from app.core.outcome.form import LINE_RESULTS, NOT_HELD, RESULTS, Contradiction, OutcomeForm, is_news, way_of


def check_form(case: Case, form: OutcomeForm, *, now: datetime) -> None:
    """Raise Contradiction, naming the field, where the form contradicts itself or the case."""
    if form.result not in RESULTS:
        raise Contradiction("result", "Say what was decided.")
    lines = form.lines or {}
    known = {line.sequence for line in case.routing.lines}
    for number, (result, quantity) in lines.items():
        if number not in known:
            raise Contradiction(f"line_{number}", f"The payer's answer has no line {number}.")
        if result not in LINE_RESULTS:
            raise Contradiction(f"line_{number}", f"Say what became of line {number}.")
        if result == "modified" and (quantity is None or not 0 < quantity < inf):  # nan is no quantity either
            raise Contradiction(f"quantity_{number}", f"Line {number} is modified: say how much was approved.")
        if result != "modified" and quantity is not None:
            raise Contradiction(f"quantity_{number}", f"A quantity belongs to a modified line; line {number} is not.")
    results = {result for result, _ in lines.values()}
    _check_way(case, form)
    _check_whole(form, results)
    if form.result == "not_held" and form.not_held_reason not in NOT_HELD:
        raise Contradiction("not_held_reason", "Say why the call was not held.")
    if form.result != "not_held" and form.not_held_reason:
        raise Contradiction("not_held_reason", "A reason for not holding the call belongs to a call not held.")
    if form.held_at is not None and form.held_at > now:
        raise Contradiction("held_at", "The call lies in the future.")


def _check_way(case: Case, form: OutcomeForm) -> None:
    told = case.outcome.way if case.outcome is not None else CALL
    if form.way not in (told, way_of(case)) and not is_news(case, form.way):
        raise Contradiction("way", "Nothing is awaited that this would answer.")
    if form.way != CALL and form.result == "not_held":
        raise Contradiction("result", "Only a call is not held; say what was decided.")


def _check_whole(form: OutcomeForm, results: set[str]) -> None:
    if form.result == "approved" and results - {"approved"}:
        raise Contradiction("result", "“Approved” and a line that is not: choose “partly approved”.")
    if form.result == "upheld" and results - {"upheld"}:
        raise Contradiction("result", "“Upheld” and a line that is not: choose “partly approved” or “modified”.")
    if form.result == "partial":
        if not results:
            raise Contradiction("result", "Partly approved: say it line by line.")
        if len(results) == 1 and results != {"modified"}:
            raise Contradiction("result", f"Every line is {results.pop()}; that is not “partly approved”.")
    if form.result == "modified" and "modified" not in results:
        raise Contradiction("result", "Modified: say which line, and how much of it.")
    if form.result in ("withdrawn", "not_held") and results - {"withdrawn"}:
        raise Contradiction("result", "Lines are decided on a call that was held; clear them or choose another result.")
