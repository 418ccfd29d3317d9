"""What may be done about an outcome that stands: its letter chased or disputed, what it authorized used in time."""

from datetime import date, datetime

from app.core.case import Authorization, Case, CaseState, TakenAct
from app.core.denial import Denial

CHASE, DISPUTE, ACCEPT = "chase_letter", "dispute_letter", "accept_letter"
EXTEND, EXTENDED = "extend_authorization", "authorization_extended"
SCHEDULED, DONE = "service_scheduled", "service_done"
AFTERWARDS = (CHASE, DISPUTE, ACCEPT, EXTEND, EXTENDED, SCHEDULED, DONE)
OF_AN_AUTHORIZATION = (EXTEND, EXTENDED, SCHEDULED, DONE)  # these outlive the case, as its dates do
GRANTED = frozenset({"approved", "partial", "modified"})
DECIDING = GRANTED | {"upheld"}  # what a letter says, or is owed for
# What a payer's answer may grant; its authorization number counts for nothing beside a denial.
_ANSWERED = frozenset({"approved", "partial", "modified", "mixed"})
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def is_open_after(case: Case, kind: str) -> bool:
    """Whether an act of AFTERWARDS can be done in the case as it stands."""
    if kind == CHASE:
        return owes_letter(case)
    if kind in (DISPUTE, ACCEPT):
        return case.state is not CaseState.CLOSED and has_unsettled_letter(case)
    return is_to_be_used(case) and (kind != EXTENDED or case.outcome is not None)


def owes_letter(case: Case) -> bool:
    """Whether the payer decided on the phone, and its letter has not been recorded."""
    outcome = case.outcome
    told = outcome is not None and outcome.result in DECIDING and not outcome.final
    return told and case.state is CaseState.DECIDED


def has_unsettled_letter(case: Case) -> bool:
    """Whether a letter was recorded after a call, and nobody has disputed it or let it stand since."""
    outcome = case.outcome
    if outcome is None or not outcome.final or outcome.told is None:
        return False
    return not marks(case, DISPUTE, ACCEPT, since=outcome.recorded_at)


def is_to_be_used(case: Case) -> bool:
    """Whether something is authorized until a day, and nobody has said that the service was done."""
    known = authorization_of(case)
    return known is not None and known.ends_on is not None and not marks(case, DONE)


def authorization_of(case: Case) -> Authorization | None:
    """
    Return what is authorized: as the outcome says it, the rest as the payer's answer does; None: nothing.

    An extension reaches on from there; one that the letter which was recorded since goes beyond counts no more
    """
    outcome = case.outcome
    granted = outcome is not None and outcome.result in GRANTED
    if outcome is not None and not granted:
        return None
    answered = case.routing.decision.value in _ANSWERED
    read = authorized_by(case.denial) if answered else Authorization()
    told = (outcome.authorization if outcome is not None else None) or Authorization()
    found = Authorization(told.number or read.number, told.starts_on or read.starts_on, told.ends_on or read.ends_on)
    for each in marks(case, EXTENDED):
        found = _extended(found, each.extends)
    return found if found != Authorization() else None


def _extended(found: Authorization, more: Authorization | None) -> Authorization:
    if more is None or more.ends_on is None or (found.ends_on is not None and more.ends_on <= found.ends_on):
        return found
    return Authorization(more.number or found.number, found.starts_on or more.starts_on, more.ends_on)


def is_told_day(day: date) -> bool:
    """Whether a day is one that was meant: payers write the first or last day of all calendars for “none”."""
    return _FIRST_YEAR <= day.year < _LAST_YEAR


def authorized_by(denial: Denial) -> Authorization:
    """Return the number and the days that a payer's answer names, the whole answer's number before a line's."""
    told = (denial.authorization_number, *(each.authorization_number for each in denial.lines))
    number = next((each for each in told if each), None)
    starts, ends = (
        day if day and is_told_day(day) else None for day in (denial.authorized_from, denial.authorized_until)
    )
    return Authorization(number, starts, ends)


def marks(case: Case, *kinds: str, since: datetime | None = None) -> tuple[TakenAct, ...]:
    """Return the acts of these kinds that were not taken back, done at `since` or later."""
    return tuple(
        each
        for each in case.acts
        if each.kind in kinds and each.taken_back is None and (since is None or each.at >= since)
    )
