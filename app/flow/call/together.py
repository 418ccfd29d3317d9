"""Together: one call that covers several reviews is kept in each of their logs, in all of them or in none."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from app.core.call.together import shared_entry
from app.core.case import Attempt, Case, CaseState
from app.core.effects import Effect
from app.core.people import Act
from app.core.windows.told import is_told
from app.flow.call.kept import costs_of, entry_id, entry_message, no_show
from app.flow.cases import after_misses, case_for, steady
from app.flow.covered import Also, in_each, save_covered
from app.flow.drafts import spend_draft
from app.flow.entries import entry_events
from app.flow.guards import go_on
from app.flow.ports import Ports, Saving
from app.flow.problems import log_by_rules


@steady
def log_together(
    ports: Ports,
    case_id: str,
    also: Sequence[Also],
    *,
    marked: Collection[str] = (),
    why: str | None = None,
    seen: int,
    now: datetime,
    **told: Any,
) -> tuple[Case, ...]:
    """Keep one call in this case and in others that it covered: an entry in each, all or none. The rest as for log."""
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    of = " ".join(sorted(each.case_id for each in also))
    first = Attempt(id=entry_id(ports, case, seen, told, marked, of=of), by=ports.user.name, **told)
    if is_told(case, first.id):
        return (case,)

    def shared(other: Case, version: int) -> Saving:
        entry = shared_entry(first, entry_id=ports.ids.new_id(), with_number=case.number)
        return _kept(ports, other, entry, marked=marked, why=why, seen=version, now=now)

    savings = [_kept(ports, case, first, marked=marked, why=why, seen=seen, now=now)]
    saved = save_covered(ports, case, [*savings, *in_each(ports, case, also, shared, now=now)], now=now)
    spend_draft(ports, case_id, connected=first.is_held, now=now)
    return saved


def _kept(
    ports: Ports, case: Case, attempt: Attempt, *, marked: Collection[str], why: str | None, seen: int, now: datetime
) -> Saving:
    """Return one case with the entry, ready to be saved."""
    logged = after_misses(ports, log_by_rules(ports, case, attempt, marked=marked, now=now))
    logged, went_on = go_on(ports, logged, costs_of(ports, case, attempt.result, now=now), why=why, seen=seen, now=now)
    events = (*entry_events(ports, case, logged, logged.attempts[-1]), *went_on)
    missed = logged.state is CaseState.MISSED and case.state is not CaseState.MISSED
    effects: tuple[Effect, ...] = (no_show(logged),) if missed else ()
    return Saving(logged, seen, effects, events, (entry_message(ports, logged, attempt, now=now),))
