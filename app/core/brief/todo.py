"""What to get before the call, each with who gets it: what the brief lacks, and what people said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.brief.entries import Entry, EntryKind
from app.core.brief.gate import Todo
from app.core.brief.words import tidy
from app.core.case import Case
from app.core.people import User
from app.errors import Refused

LONGEST_NAME, LONGEST_WHY = 80, 300
_SETTLED = {EntryKind.DONE: "done", EntryKind.NOT_NEEDED: "not needed"}


@dataclass(frozen=True, slots=True)
class Task:
    """
    One thing to get. owner: who gets it, by name; state: open | done | not needed; then why, by whom and when

    blocks: no brief goes out without it, so only the fact itself settles it
    """

    key: str
    text: str
    blocks: bool
    owner: str | None = None
    state: str = "open"
    why: str = ""
    by: str | None = None
    at: datetime | None = None


class NotATask(Refused):
    """What was told of a thing to get cannot be kept. `field` names the form's field."""

    next = "Correct it below; what you typed is still there."

    def __init__(self, field: str | None, say: str) -> None:
        super().__init__(say)
        self.field = field


class NothingLacks(Refused):
    """The chart answers it meanwhile."""

    say = "This is not missing any more."
    next = "Look at the list as it is now."
    field = None


def tasks_of(todos: Sequence[Todo], entries: Iterable[Entry], *, owner: str | None) -> tuple[Task, ...]:
    """
    Return what the brief lacks with what people said of it: what blocks first, settled things last.

    What the brief lacks no more is no task, whatever was said of it. owner: who gets what was given to nobody
    """
    found = {each.key: Task(each.key, each.text, each.blocks, owner) for each in todos}
    for step in sorted(entries, key=lambda one: one.number):
        if (task := found.get(step.thing)) is not None:
            found[step.thing] = _after(task, step)
    return tuple(sorted(found.values(), key=lambda each: (each.state != "open", not each.blocks)))


def people_of(case: Case, user: User) -> tuple[str, ...]:
    """Return who may be named at once: the user, the case's owner, who takes the call."""
    named = (user.name, case.owner_name, case.clinician.name if case.clinician else None)
    return tuple(dict.fromkeys(each for each in named if each))


def due_before(case: Case) -> datetime | None:
    """Return by when all of it is needed: the booked call, else the last safe moment to book, else the first clock."""
    if case.booking is not None and case.booking.is_live:
        return case.booking.interval.start
    return case.last_safe_at or min((each.ends_at for each in case.clocks if each.name != "appeal"), default=None)


def step_of(do: str, task: Task, *, owner: str, why: str) -> tuple[EntryKind, dict[str, str]]:
    """Return the step that a form asks for; raises NotATask where it cannot be."""
    if do == "give":
        name = tidy(owner)[:LONGEST_NAME]
        if not name:
            raise NotATask("owner", "Say who gets it.")
        return EntryKind.GIVEN, {"owner": name}
    if do == "reopen":
        return EntryKind.REOPENED, {}
    kind = {"done": EntryKind.DONE, "not_needed": EntryKind.NOT_NEEDED}.get(do)
    if kind is None:
        raise NotATask(None, "Say what became of it.")
    if task.blocks:
        raise NotATask(None, "No brief goes out without it: it goes from this list as soon as it is there.")
    said = tidy(why)[:LONGEST_WHY]
    if kind is EntryKind.NOT_NEEDED and not said:
        raise NotATask("why", "Say in a word why it is not needed.")
    return kind, {"why": said}


def _after(task: Task, step: Entry) -> Task:
    if step.kind is EntryKind.GIVEN:
        return replace(task, owner=step.told.get("owner") or task.owner)
    if step.kind in _SETTLED and not task.blocks:
        return replace(task, state=_SETTLED[step.kind], why=step.told.get("why", ""), by=step.by_name, at=step.at)
    if step.kind is EntryKind.REOPENED:
        return replace(task, state="open", why="", by=None, at=None)
    return task
