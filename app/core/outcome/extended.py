"""An authorization that the payer extended: its new last day and number, told to the EHR; closed cases too."""

from dataclasses import replace
from datetime import datetime

from app.core.acts import refusal_of
from app.core.afterwards import EXTENDED, authorization_of, is_told_day
from app.core.case import Authorization, Case, TakenAct
from app.core.effects import Effect
from app.core.outcome.form import Contradiction
from app.core.outcome.writes import outcome_effects
from app.core.people import User


def extend(
    case: Case,
    told: Authorization,
    *,
    note: str | None,
    act_id: str,
    by: User,
    seen: int,
    zone: str,
    now: datetime,
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with what the payer extended, watched until its new last day, and the note's new version.

    told: the new last day; a number where it is another, a first day where the extension begins anew
    raises: NotNow where nothing is authorized until a day; Contradiction naming the field
    """
    refusal = refusal_of(case, EXTENDED, now=now)
    if refusal is not None:
        raise refusal
    _check(case, told)
    state = case.state
    act = TakenAct(act_id, EXTENDED, now, by.name, seen, state, state, note, extends=told)
    return retold(replace(case, acts=(*case.acts, act), updated_at=now), by=by, zone=zone, now=now)


def retold(case: Case, *, by: User, zone: str, now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with a new version of its outcome's note, and the writes of it; what was decided stays.

    A case that has no outcome, or no longer, has no note to tell anew.
    """
    outcome = case.outcome
    if outcome is None:
        return case, ()
    after = replace(case, outcome=replace(outcome, revision=outcome.revision + 1))
    return after, outcome_effects(case, after, by=by, zone=zone, now=now)


def _check(case: Case, told: Authorization) -> None:
    known = authorization_of(case)
    if told.ends_on is None:
        raise Contradiction("authorization_ends", "Say until when it was extended.")
    for field, day in (("authorization_starts", told.starts_on), ("authorization_ends", told.ends_on)):
        if day is not None and not is_told_day(day):
            raise Contradiction(field, "Look at the year.")
    if known is not None and known.ends_on is not None and told.ends_on <= known.ends_on:
        raise Contradiction("authorization_ends", f"It runs until {known.ends_on.isoformat()} already.")
    if told.starts_on is not None and told.ends_on < told.starts_on:
        raise Contradiction("authorization_ends", "The authorization ends before it begins.")
