"""Learn: the journeys so far, as measures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.acts import CALL
from app.core.case import CALL_ROUTES, UNBOOKED, Case
from app.core.learn import Lessons, journeys_of, measure_journeys
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
    events = ports.store.journey(ports.tenant)
    return measure_journeys(
        journeys_of(
            (e.case_id, e.at, e.kind, e.payer, e.reason, e.clinician, e.service, e.lane, _told(e)) for e in events
        )
    )


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


def _told(event: JourneyEvent) -> str | None:
    """
    Return who missed a missed call, else what a call decided.

    An appeal's decision, or the answer to records that were sent, is no call's.
    """
    if event.kind == "missed":
        return event.data.get("by")
    return event.data.get("result") if event.data.get("way", CALL) == CALL else None
