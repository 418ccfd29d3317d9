"""Correct: an entry of the log that was wrong gives its place to another; it stays to be read, and counts nowhere."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core.acts import CALL, missed_at
from app.core.call.connected import how_connected
from app.core.call.correct import correct_attempt, standing_entry
from app.core.case import Attempt, Case, CaseState
from app.core.effects import Effect
from app.core.people import Act
from app.core.windows.told import is_told
from app.flow.call.kept import appointment_root, costs_of, entry_id, entry_message, no_show
from app.flow.cases import after_misses, case_for, event, save_case, steady
from app.flow.entries import became, entry_events
from app.flow.guards import go_on
from app.flow.intake.derived import derive
from app.flow.ports import Event, Ports
from app.flow.problems import begun, broken_by

_CALL_CLOCKS = ("p2p_window", "offer")


@dataclass(frozen=True, slots=True)
class Kept:
    """A case with an entry of its log corrected. stays: of STAYS, else None."""

    case: Case
    stays: str | None


@steady
def correct(
    ports: Ports,
    case_id: str,
    old_id: str,
    *,
    marked: Collection[str] = (),
    why: str | None = None,
    seen: int,
    now: datetime,
    **told: Any,
) -> Kept:
    """
    Keep a correction; what the old entry did is undone where that can be: in the case, the EHR and what is counted.

    told: the fields of Attempt as the form has them; marked: as of call.log
    """
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    new_id = entry_id(ports, case, seen, told, marked, of=old_id)
    if is_told(case, new_id):
        return Kept(case, None)
    old = standing_entry(case, old_id)
    if told["at"] == old.at.replace(second=0, microsecond=0):
        told["at"] = old.at  # a form tells minutes
    if told["direction"] == "ours":  # whoever corrects it did not place it
        told["placed_by"] = told.get("placed_by") or old.caller
    same = {name: getattr(old, name) for name in ("talk_minutes", "channel", "booked_at", "one_call")}
    same["next_at"] = old.next_at if told["result"] == old.result else None
    attempt = Attempt(id=new_id, by=ports.user.name, corrects=old.id, problems=tuple(marked), **same, **told)
    broken = broken_by(ports, correct_attempt(case, attempt, now=now).undone, attempt, marked=marked, now=now)
    attempt = replace(attempt, problems=broken)
    found = correct_attempt(case, attempt, now=now)
    after = after_misses(ports, _without_grace(ports, case, found.case, old))
    after = begun(ports, after, attempt.id, broken, now=now)
    costs = () if old.result == attempt.result else costs_of(ports, found.undone, attempt.result, now=now)
    after, went_on = go_on(ports, after, costs, why=why, seen=seen, now=now)
    told = entry_events(ports, found.undone, after, attempt)
    if found.stays is not None:
        told = (*told, *_still(ports, after, old, attempt))
    effects = _appointment_again(case, after, attempt)
    message = entry_message(ports, after, attempt, now=now)
    events = [*told, *went_on]
    saved = save_case(ports, after, seen=seen, effects=effects, events=events, messages=[message], now=now)
    return Kept(saved, found.stays)


def _still(ports: Ports, case: Case, old: Attempt, attempt: Attempt) -> tuple[Event, ...]:
    """Return what is still true of a call in a case that has gone on, now that the old entry tells it no more."""
    if old.result.endswith("no_show") and attempt.result.endswith("no_show"):
        return became(ports, case, CaseState.MISSED, attempt)
    if attempt.is_held:
        return became(ports, case, CaseState.CONNECTED, attempt)
    outcome = case.outcome
    if old.is_held and outcome is not None and outcome.way == CALL and outcome.is_decided:
        # A decision on the phone means that both sides spoke, whatever the log says of this entry.
        held_at = outcome.held_at or outcome.recorded_at
        how = how_connected(case, at=held_at, reviewer=outcome.reviewer)
        return (event(ports, "connected", at=held_at, **how),)
    return ()


def _without_grace(ports: Ports, before: Case, after: Case, old: Attempt) -> Case:
    """Return the case with the window that a miss of ours had ended, where that miss was none."""
    if old.result != "our_no_show" or missed_at(before) == missed_at(after) or after.outcome is not None:
        return after
    rules = ports.rules.at(after.rules_version)
    read = derive(
        rules, after.denial, after.coverage, zone=ports.site.zone, seen_at=after.opened_at, now=after.opened_at
    )
    fresh = [each for each in read.clocks if each.name in _CALL_CLOCKS]
    kept = [each for each in after.clocks if each.name not in _CALL_CLOCKS]
    return replace(after, clocks=tuple(sorted((*kept, *fresh), key=lambda clock: (clock.ends_at, clock.name))))


def _appointment_again(before: Case, after: Case, attempt: Attempt) -> tuple[Effect, ...]:
    """Return what the EHR must be told of the booking: that it was missed, or that it was not."""
    was, now_is = before.booking, after.booking
    if was is None or now_is is None or was.state == now_is.state:
        return ()
    change = "noshow" if now_is.state == "noshow" else "moved"  # to the same time: as a booked call again
    return (replace(no_show(after), key=f"{appointment_root(after)}/{change}/{attempt.id}", change=change),)
