"""How the plan's sentences name people, cases and times."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from app.core.deadlines import day_words
from app.core.plan.board import Board, instant
from app.core.plan.question import Question

_NAMED = 3  # others that are named; beyond, they are counted


def who_words(clinician: str, question: Question) -> str:
    """Return the clinician as people call them."""
    return question.names.get(clinician, clinician)


def no_time_words(clinicians: Iterable[str], question: Question) -> str:
    """Return "Dr A has no time", or "None of Dr A, Dr B and Dr C has time"."""
    found = [who_words(each, question) for each in clinicians]
    return f"{found[0]} has no time" if len(found) == 1 else f"None of {listed(found)} has time"


def listed(names: list[str]) -> str:
    """Return "A, B and C"."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def cases_words(board: Board, cases: Iterable[int], question: Question) -> str:
    """Return "P-1, P-2 and 4 more"; of one, its name alone."""
    found = [question.names.get(board.cases[each].id, board.cases[each].id) for each in cases]
    if len(found) > _NAMED + 1:
        return f"{', '.join(found[:_NAMED])} and {len(found) - _NAMED} more"
    return listed(found)


def when_words(minute: int, question: Question) -> str:
    """Return "Mon 23 Nov 2026, 10:00"."""
    return day_words(instant(minute), question.zone, hour=True)


def between_words(start: int, end: int, question: Question) -> str:
    """Return "Mon 23 Nov 2026, 10:00–11:30", with the second day where it is another."""
    first, last = (instant(each).astimezone(ZoneInfo(question.zone)) for each in (start, end))
    same = first.date() == last.date()
    return f"{when_words(start, question)}–{f'{last:%H:%M}' if same else when_words(end, question)}"


def many(count: int, what: str) -> str:
    """Return "1 call", "2 calls"."""
    return f"{count} {what}{'' if count == 1 else 's'}"
