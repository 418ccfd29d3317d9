"""The plan's reasons, in words: why a call stands where it stands, and why a case has none."""

from collections.abc import Sequence

from app.core.plan.board import Board, Call, Place
from app.core.plan.days import Days
from app.core.plan.question import Question
from app.core.plan.words import cases_words, many, no_time_words, when_words
from app.core.slots.terms import span_words


def why_then(days: Days, call: Call, question: Question) -> tuple[str, ...]:
    """Return why a call of the plan stands at its time, in parts of a sentence."""
    return (_spare_words(days.board, call), _time_words(days, call, question), _company_words(days, call))


def why_not(days: Days, case: int, question: Question, *, most: bool) -> tuple[str, ...]:
    """Return why a case has no call in the plan, in sentences. most: no plan saves more cases."""
    asked, places = days.board.cases[case], days.board.places[case]
    if not asked.clinicians:
        return ("Nobody of ours is named for this call.",)
    if not asked.windows:
        return ("The payer has offered no time.",)
    if not places:
        return (_no_place_words(days.board, case, question),)
    others = cases_words(days.board, _holders(days, places), question)
    said = [f"Each time that would fit is given to others: {others}."]
    if most:
        said.append("No plan saves this case without losing another.")
    return tuple(said)


def _spare_words(board: Board, call: Call) -> str:
    case, spare = board.cases[call.case], board.due[call.case] - call.end
    if case.deadline is None and case.due_at is None:
        return "no deadline runs"
    return f"{span_words(spare)} to spare" if spare >= 0 else f"{span_words(-spare)} after a deadline that is not firm"


def _time_words(days: Days, call: Call, question: Question) -> str:
    """Return whether it is the earliest time of the case, or who has that."""
    first = min(days.board.places[call.case], key=lambda each: (each.opens + each.length, each))
    if call.end <= first.opens + first.length:
        return "the earliest that both sides can keep"
    others = [each for each in _holders(days, (first,), only=first.opens) if each != call.case]
    when = when_words(first.opens, question)
    if not others:
        return f"later than {when}, so that other calls fit"
    return f"{when} would be earlier and is given to {cases_words(days.board, others, question)}"


def _company_words(days: Days, call: Call) -> str:
    """Return which calls of the same clinician stand right beside it."""
    calls = [days.calls[each] for each in days.who[call.place.clinician]]
    first = last = calls.index(call)
    while first and calls[first - 1].is_beside(calls[first]):
        first -= 1
    while last + 1 < len(calls) and calls[last].is_beside(calls[last + 1]):
        last += 1
    payers = days.board.payers
    others = [each for each in calls[first : last + 1] if each != call]
    same = sum(payers[each.case] == payers[call.case] != 0 for each in others)
    if not others:
        return "a call by itself"
    words = f"in one go with {many(len(others), 'other call')}"
    return f"{words}, {same} of the same payer" if same else words


def _holders(days: Days, places: Sequence[Place], *, only: int | None = None) -> list[int]:
    """Return whose calls stand at these places, or have their seats, in order of time. only: at this start alone."""
    found: set[int] = set()
    for place in places:
        start, latest = (place.opens, place.latest) if only is None else (only, only)
        day = place.clinician
        found.update(
            who
            for began, ended, who in zip(days.starts[day], days.ends[day], days.who[day], strict=True)
            if began < latest + place.length and start < ended
        )
        if days.is_full(place):
            found.update(days.seated[place.seat])
    return sorted(found, key=lambda each: (days.calls[each].start, each))


def _no_place_words(board: Board, number: int, question: Question) -> str:
    """Return why no time fits the case even if it were alone."""
    case = board.cases[number]
    deadline = "" if case.deadline is None else f" before {when_words(board.due[number], question)}"
    ahead = [each for each in case.windows if each.interval.end > question.now]
    if not ahead:
        return "Every time that the payer offered is over."
    ends = [each.interval.end if case.deadline is None else min(each.interval.end, case.deadline) for each in ahead]
    starts = [max(each.interval.start, question.now) for each in ahead]
    if all(end - start < case.length for start, end in zip(starts, ends, strict=True)):
        return f"No time that the payer offered holds a call of {case.length.seconds // 60} minutes{deadline}."
    if all(each.seats == 0 for each in ahead):
        return "The payer has no seat left in the times that it offered."
    return f"{no_time_words(case.clinicians, question)} when the payer talks{deadline}."
