"""Learn: the journeys so far, as measures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.acts import CALL
from app.core.case import CALL_ROUTES, UNBOOKED, Case
from app.core.learn import Happened, Journey, journeys_of
from app.core.learn.lessons import Lessons, lessons_of
from app.core.learn.odds import Odds, Precedents, likeness_of, odds_of, precedents_of
from app.core.people import Act, may
from app.flow.cases import demand
from app.flow.ports import JourneyEvent, Ports


def definitions(ports: Ports, *, now: datetime) -> Any:
    """Return what each measure counts, ready to show."""
    demand(ports, Act.SEE_LEARN, now=now)
    return ports.papers.definitions


def lessons(ports: Ports, *, now: datetime) -> Lessons:
    """Return what this site's cases teach."""
    demand(ports, Act.SEE_LEARN, now=now)
    return lessons_of(journeys(ports))


def journeys(ports: Ports) -> tuple[Journey, ...]:
    """Return the way of every case of the site."""
    return journeys_of(map(_happened, ports.store.journey(ports.tenant)))


@dataclass(frozen=True, slots=True)
class Worth:
    """What our own history says of a call like this one; None where it says nothing."""

    odds: Odds | None
    precedents: Precedents | None


def worth_of(ports: Ports, case: Case, *, now: datetime) -> Worth | None:
    """Return what history says of a call that is still to be booked, to those who may see Learn; asks no EHR."""
    to_book = case.state in UNBOOKED and case.routing.route.value in CALL_ROUTES
    if not to_book or not may(ports.user.role, Act.SEE_LEARN):
        return None
    like, history = likeness_of(case), ports.store.history(ports.tenant, now=now)
    return Worth(odds_of(like, history), precedents_of(like, history))


APPEAL = "file_appeal"  # the act whose answer an appeal's decision is


def _happened(event: JourneyEvent) -> Happened:
    """Return an event as Learn counts it: an appeal's decision as an appeal's, a window that closed as an end."""
    told, kind, cause = event.data, event.kind, event.data.get("cause")
    if kind in ("decided", "confirmed") and told.get("way", CALL) == APPEAL:
        kind = "appeal_decided"
    elif kind == "lapsed":
        kind, cause = "closed", "lapsed"
    minutes = {name: told.get(name) for name in ("hold_minutes", "prep_minutes", "talk_minutes")}
    plain = {name: told.get(name) for name in ("result", "final", "by", "inside", "specialty_match")}
    return Happened(
        case=event.case_id,
        at=event.at,
        kind=kind,
        payer=event.payer,
        reason=event.reason,
        clinician=event.clinician,
        service=event.service,
        lane=event.lane,
        way=told.get("way", CALL),
        cause=cause,
        **minutes,
        **plain,
    )
