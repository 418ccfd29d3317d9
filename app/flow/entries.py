"""Entries of the contact log as events: the try, and what it made of the case; each names the entry that tells it."""

from app.core.call import callback_of
from app.core.call.connected import how_connected
from app.core.call.hours import outside_hours
from app.core.case import Attempt, Case, CaseState
from app.flow.cases import event
from app.flow.ports import Event, Ports
from app.flow.problems import broken_words, hours_of


def callback_for(ports: Ports, case: Case) -> str | None:
    """Return the number of ours to leave: this case's, else the site's as payers are told it; None: none is known."""
    publishing = ports.site.publishing
    return callback_of(case) or (publishing.place.phone if publishing is not None else None)


def entry_events(ports: Ports, before: Case, after: Case, entry: Attempt) -> tuple[Event, ...]:
    """Return what is kept of an entry. before, after: the case without and with it."""
    told = {name: getattr(entry, name) for name in ("hold_minutes", "talk_minutes", "corrects")}
    said = {name: value for name, value in told.items() if value is not None}
    hours = hours_of(ports, before)
    if entry.direction == "theirs":
        said["by"] = "payer"
    elif outside_hours(entry, payer=hours, known=True, clinician=None, usual=hours):
        said["inside"] = False
    tried = event(
        ports,
        "attempt",
        at=entry.at,
        result=entry.result,
        reached=entry.reached,
        entry=entry.id,
        **said,
        **broken_words(entry.problems),
    )
    if after.state is before.state:
        return (tried,)
    return (tried, *became(ports, before, after.state, entry))


def became(ports: Ports, case: Case, state: CaseState, entry: Attempt) -> tuple[Event, ...]:
    """Return what an entry made of the case: a call that was held, or missed by one side."""
    if state is CaseState.CONNECTED:
        how = how_connected(case, at=entry.at, reviewer=entry.reviewer)
        return (event(ports, "connected", at=entry.at, entry=entry.id, **how),)
    if state is CaseState.MISSED:
        by = "payer" if entry.result == "payer_no_show" else "us"
        return (event(ports, "missed", at=entry.at, by=by, entry=entry.id),)
    return ()
