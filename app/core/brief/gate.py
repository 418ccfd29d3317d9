"""The quality gate: what a brief must have before it goes out, and what is still to be found before the call."""

import re
from dataclasses import dataclass

from app.core.brief.criteria import Status
from app.core.brief.page import Brief
from app.core.brief.words import fold
from app.errors import Refused


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to find before the call. key: the same each time; blocks: no brief goes out without it."""

    key: str
    text: str
    blocks: bool


class NotReady(Refused):
    """The brief lacks what it cannot go out without; `lacking` names it."""

    next = "Find what is missing, then take it again; or take it as a draft, which says so on every page."

    def __init__(self, lacking: tuple[Todo, ...]) -> None:
        self.lacking = lacking
        super().__init__(f"This brief is not ready to go out. {' '.join(each.text for each in lacking)}")


def todo_of(brief: Brief) -> tuple[Todo, ...]:
    """
    Return what is to be found before the call: what blocks first, then criteria, questions, and the rest.

    A question that rests on criteria of the list alone asks for nothing more.
    """
    found = [*_blocking(brief)]
    silent = [each.criterion for each in brief.criteria if each.status is Status.NOT_DOCUMENTED]
    found += [Todo(f"criterion.{each.key}", each.missing, False) for each in silent]
    keys = {each.key for each in silent}
    found += [
        Todo(f"question.{each.question.key}", each.missing, False)
        for each in brief.questions
        if each.missing and not (each.question.rests_on and keys.issuperset(each.question.rests_on))
    ]
    found += [Todo(f"missing.{_slug(each)}", each, False) for each in brief.missing]
    once: dict[str, Todo] = {}
    for each in found:
        once.setdefault(fold(each.text), each)
    return tuple(once.values())


def require_ready(brief: Brief) -> None:
    """Refuse a brief that lacks the payer's reason verbatim, an answer from the chart, or an ask; raises NotReady."""
    if lacking := tuple(_blocking(brief)):
        raise NotReady(lacking)


def _blocking(brief: Brief) -> list[Todo]:
    found = []
    if not brief.verbatim:
        found.append(Todo("reason", "The payer's reason in words: ask for it before the call.", True))
    if not brief.answered:
        found.append(Todo("answer", "An answer to the payer's reason: find the fact that gives it.", True))
    if not brief.asks:
        found.append(Todo("ask", "What to ask for: there is no denial to answer.", True))
    return found


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:60]
