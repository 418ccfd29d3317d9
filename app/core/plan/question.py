"""What a plan is made from: open cases, the payers' windows and their seats, and when each clinician is free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.core.interval import Interval

STEP = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PlanWindow:
    """
    Time in which a payer talks.

    capacity: names the payer's capacity that a call in this window uses; all windows of one name share its seats,
    whosever case they are in. None: nobody else's. Two windows of one hour are two, unless they have one name
    seats: how many calls the capacity takes in all; None where nobody counts them
    whole: an exact slot, taken from its start to its end or not at all
    """

    interval: Interval
    capacity: str | None = None
    seats: int | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class PlanCase:
    """
    A case that needs its call.

    deadline: the call ends before it; None where none runs. due_at: to which spare time counts, where that is another
    priority: the higher, the sooner it is saved where not all can be
    """

    id: str
    length: timedelta
    deadline: datetime | None
    clinicians: tuple[str, ...]
    windows: tuple[PlanWindow, ...]
    priority: int = 1
    due_at: datetime | None = None
    payer: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """
    All open cases against all free time.

    free: by clinician, half-open, in any order. step: a call starts at a multiple of it, as clocks on the wall show
    names: what people call clinicians and cases, for the sentences. zone: in which the sentences tell the time
    """

    now: datetime
    cases: Sequence[PlanCase]
    free: Mapping[str, Sequence[Interval]]
    step: timedelta = STEP
    zone: str = "UTC"
    names: Mapping[str, str] = field(default_factory=dict)


def fitting_step(cases: Iterable[PlanCase], free: Mapping[str, Sequence[Interval]]) -> timedelta:
    """
    Return the coarsest step that loses no call: five minutes where all times and lengths fall on them, else one.

    `now` need not: whatever fits after it fits as well when all of it is moved up against the next end.
    """
    told = list(cases)
    edges = {edge for spans in free.values() for each in spans for edge in (each.start, each.end)}
    edges |= {edge for case in told for each in case.windows for edge in (each.interval.start, each.interval.end)}
    edges |= {case.deadline for case in told if case.deadline is not None}
    smooth = all(not case.length % STEP for case in told) and all(not (each - _EPOCH) % STEP for each in edges)
    return STEP if smooth else timedelta(minutes=1)
