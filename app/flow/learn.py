"""Learn: the journeys so far, as measures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.acts import CALL
from app.core.case import CALL_ROUTES, UNBOOKED, Case
from app.core.learn import Happened, Journey, Measure, cases_behind, in_group, journeys_of, measure
from app.core.learn.export import ExportRow, export_rows
from app.core.learn.lessons import Lessons, lessons_of
from app.core.learn.odds import Odds, Precedents, decided_call, likeness_of, odds_of, precedents_of
from app.core.learn.scorecard import Scorecard, scorecard_of
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


def export(ports: Ports, by: tuple[str, ...], *, now: datetime) -> tuple[ExportRow, ...]:
    """Return the measures to give away: no person in them, small cells left out; who took them is kept."""
    demand(ports, Act.SEE_LEARN, now=now)
    rows = export_rows(journeys(ports), by)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="export_learn", case_id=None, patient=None)
    return rows


@dataclass(frozen=True, slots=True)
class Behind:
    """The cases behind one number. counted: whether each is in its numerator, None where it has none."""

    measure: Measure
    group: tuple[str, str] | None
    cases: tuple[tuple[Journey, Case, bool | None], ...]
    more: int


def behind(ports: Ports, key: str, *, group: str | None, mark: str, now: datetime) -> Behind:
    """Return the cases that a measure counts, the latest first, to those who may see both; audited."""
    demand(ports, Act.SEE_LEARN, now=now)
    demand(ports, Act.SEE_WORKLIST, now=now)
    name, among = in_group(journeys(ports), group, mark) if group else ("", journeys(ports))
    counted = cases_behind(key, among)
    shown = sorted(counted, key=lambda pair: (pair[0].denied_at or now, pair[0].case_id), reverse=True)[:MOST_CASES]
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=f"see_learn {key}", case_id=None, patient=None)
    found = next(each for each in measure(among) if each.key == key)
    told = tuple((each, ports.store.case(ports.tenant, each.case_id), counts) for each, counts in shown)
    return Behind(found, (group, name) if group else None, told, len(counted) - len(shown))


def scorecard(ports: Ports, mark: str, *, now: datetime) -> tuple[Scorecard, dict[str, str]]:
    """Return a payer's record with our case numbers by id, for contract talks; that it was looked at is kept."""
    demand(ports, Act.SEE_LEARN, now=now)
    demand(ports, Act.SEE_WORKLIST, now=now)
    card = scorecard_of(map(_happened, ports.store.journey(ports.tenant)), mark)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="see_scorecard", case_id=None, patient=None)
    cases = {each.case_id for claims in card.claims.values() for each in claims}
    return card, {case_id: ports.store.case(ports.tenant, case_id).number for case_id in sorted(cases)}


def scorecard_docx(ports: Ports, mark: str, *, now: datetime) -> bytes:
    """Return the same as a Word document."""
    card, numbers = scorecard(ports, mark, now=now)
    return ports.papers.scorecard(card, numbers=numbers, zone=ports.site.zone, made_at=now)


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


def precedents_for(ports: Ports, case: Case, *, now: datetime) -> Precedents | None:
    """Return how this payer decided on the same service before, to those who may see Learn, until this call is."""
    if not may(ports.user.role, Act.SEE_LEARN) or decided_call(case) is not None:
        return None  # a case is no precedent of its own
    return precedents_of(likeness_of(case), ports.store.history(ports.tenant, now=now))


MOST_CASES = 200  # on the page behind a number
APPEAL = "file_appeal"  # the act whose answer an appeal's decision is


def _happened(event: JourneyEvent) -> Happened:
    """Return an event as Learn counts it: an appeal's decision as an appeal's, a window that closed as an end."""
    told, kind, cause = event.data, event.kind, event.data.get("cause")
    if kind in ("decided", "confirmed") and told.get("way", CALL) == APPEAL:
        kind = "appeal_decided"
    elif kind == "lapsed":
        kind, cause = "closed", "lapsed"
    minutes = {name: told.get(name) for name in ("hold_minutes", "prep_minutes", "talk_minutes")}
    plain = {
        name: told.get(name) for name in ("result", "final", "by", "inside", "specialty_match", "entry", "corrects")
    }
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
