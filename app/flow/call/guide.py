"""What is shown beside a call: hours at which the other side does not work, and what its reviewer may be bound to."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.call.hours import OutsideHours, outside_hours
from app.core.call.phone import OpenHours, hours_now
from app.core.case import Attempt, Case
from app.core.rulebook.duties import Duty, duties_for
from app.flow.ports import Ports


def closed_now(ports: Ports, case: Case, *, now: datetime) -> OpenHours | None:
    """Return that the payer does not work now, and from when it does; None where a call of ours would reach it."""
    booking = case.booking
    if not case.is_call_open or (booking is not None and booking.is_live and booking.who_calls == "payer"):
        return None
    usual = ports.rules.calendar.usual_hours(ports.site.zone)
    hours = hours_now(ports.rules.payer_by_key(case.payer_key), usual=usual, now=now)
    return None if hours.is_open else hours


def doubt_of(ports: Ports, case: Case, attempt: Attempt) -> OutsideHours | None:
    """Return how an entry lies outside the hours of whom it was placed to."""
    rule = ports.rules.payer_by_key(case.payer_key)
    told = rule.hours if rule is not None else None
    clinician = case.clinician
    return outside_hours(
        attempt,
        payer=told or ports.rules.calendar.usual_hours(ports.site.zone),
        known=told is not None,
        clinician=clinician,
        usual=ports.rules.calendar.usual_hours(clinician.zone if clinician is not None else ports.site.zone),
    )


def doubts_of(ports: Ports, case: Case) -> Mapping[str, OutsideHours]:
    """Return the entries that lie outside the hours of whom they were placed to, by id."""
    found = ((each.id, doubt_of(ports, case, each)) for each in case.attempts)
    return {entry_id: doubt for entry_id, doubt in found if doubt is not None}


def duties_of(ports: Ports, case: Case, *, now: datetime) -> tuple[Duty, ...]:
    """Return what the reviewer may be bound to on this case's call; nothing where no call is to come."""
    if not case.is_call_open:
        return ()
    today = now.astimezone(ZoneInfo(ports.site.zone)).date()
    return duties_for(ports.rules.duties, state=case.coverage.state, today=today)
