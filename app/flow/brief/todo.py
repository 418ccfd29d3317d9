"""What to get before the call: the list as the chart has it now, and what people say of it."""

from dataclasses import dataclass
from datetime import datetime

from app.core.brief.gate import todo_of
from app.core.brief.policy import policy_todos
from app.core.brief.todo import NothingLacks, Task, due_before, people_of, step_of, tasks_of
from app.core.case import Case
from app.core.learn.upstream import lacked_by
from app.core.people import Act
from app.flow.brief import BriefRead, brief_of
from app.flow.brief.by_hand import Decided, Entries, add_step
from app.flow.cases import case_for
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class TodoRead:
    """The list of one case, by when it is needed, and who may be named at once."""

    case: Case
    tasks: tuple[Task, ...]
    due_at: datetime | None
    people: tuple[str, ...]

    @property
    def open_count(self) -> int:
        """How many are still to get."""
        return sum(each.state == "open" for each in self.tasks)


def todo(ports: Ports, read: BriefRead, *, now: datetime) -> TodoRead:
    """Return the list for a brief that was read just now; how long it is stands in the worklist from now on."""
    tasks = _tasks(read, ports.store.brief_entries(ports.tenant, read.case.id))
    found = TodoRead(read.case, tasks, due_before(read.case), people_of(read.case, ports.user))
    # After the call the chart may hold what came of it, and the payer what was sent since.
    lacked = lacked_by(read.brief) if read.case.outcome is None else None
    rule = read.brief.rule.key if read.brief.rule else None
    ports.store.note_gaps(ports.tenant, read.case.id, found.open_count, rule=rule, lacked=lacked, at=now)
    return found


def settle(ports: Ports, case_id: str, key: str, do: str, *, owner: str, why: str, now: datetime) -> None:
    """Give a thing to somebody, or say that it is done, not needed, or open again."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    read = brief_of(ports, case_id, now=now)

    def decide(held: Entries) -> Decided:
        task = next((each for each in _tasks(read, held) if each.key == key), None)
        if task is None:
            raise NothingLacks()
        kind, told = step_of(do, task, owner=owner, why=why)
        return kind, key, told

    add_step(ports, case, decide, now=now)


def _tasks(read: BriefRead, entries: Entries) -> tuple[Task, ...]:
    case = read.case
    owner = case.owner_name or (case.clinician.name if case.clinician else None)
    return tasks_of((*todo_of(read.brief), *policy_todos(read.policy)), entries, owner=owner)
