"""What we answer to each line that was not approved: accept it, or appeal the difference."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.core.case import Case, CaseState, LineOutcome
from app.core.effects import Effect
from app.core.outcome.form import Contradiction
from app.core.outcome.writes import outcome_effects
from app.core.people import User

ANSWERS = ("accepted", "appealed")
_LESS = frozenset({"modified", "upheld"})
_DECIDED = frozenset({"partial", "modified", "upheld"})


def lines_to_answer(case: Case) -> tuple[LineOutcome, ...]:
    """Return the lines that were decided otherwise than asked, answered or not; none where nothing is open."""
    outcome = case.outcome
    if outcome is None or outcome.result not in _DECIDED or case.state not in (CaseState.DECIDED, CaseState.CONFIRMED):
        return ()
    return tuple(each for each in outcome.lines if each.result in _LESS)


def answer_lines(
    case: Case, answers: Mapping[int, str], *, by: User, zone: str, now: datetime
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with our answer to each line, and the new version of its note that says so.

    answers: line sequence → accepted | appealed; a line that is not in it keeps the answer it had
    raises: Contradiction naming the field, where a line is not open to an answer, or none is left to say
    """
    outcome, open_ = case.outcome, {each.sequence for each in lines_to_answer(case)}
    if outcome is None or not open_:
        raise Contradiction("answer", "No line of this case waits for an answer.")
    for number, answer in answers.items():
        if number not in open_:
            raise Contradiction(f"answer_{number}", f"Line {number} was not decided otherwise than asked.")
        if answer not in ANSWERS:
            raise Contradiction(f"answer_{number}", f"Say whether line {number} is accepted or appealed.")
    lines = tuple(replace(each, answer=answers.get(each.sequence, each.answer)) for each in outcome.lines)
    if lines == outcome.lines:
        if missing := [each for each in lines_to_answer(case) if each.answer is None]:
            number = missing[0].sequence
            raise Contradiction(f"answer_{number}", f"Say whether line {number} is accepted or appealed.")
        return case, ()
    answered = replace(outcome, lines=lines, revision=outcome.revision + 1)
    after = replace(case, outcome=answered, updated_at=now)
    return after, outcome_effects(case, after, by=by, zone=zone, now=now)
