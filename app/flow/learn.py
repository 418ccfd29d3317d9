"""Learn: the journeys so far, as measures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.case import CALL_ROUTES, UNBOOKED, Case
from app.core.learn import GROUPS, Happened, Journey, Measure, happened_of, journeys_of, mark_of
from app.core.learn.counted import WHOLE, Place
from app.core.learn.export import LEAST, ExportRow, export_rows, whole_rows
from app.core.learn.lessons import TABLED, Lessons, lessons_from, measured_in, medians_in, medians_wanted
from app.core.learn.measures import Kept, NoSuchMeasure, Part, measure_named
from app.core.learn.odds import Odds, Precedents, decided_call, likeness_of, odds_of, precedents_of
from app.core.learn.scorecard import Scorecard, claim_words, scorecard_of
from app.core.learn.sums import measured
from app.core.learn.upstream import Advice, advice_of
from app.core.people import Act, may
from app.core.rulebook.criteria import ServiceCriteria
from app.flow.cases import demand
from app.flow.ports import JourneyEvent, Ports, Store


def definitions(ports: Ports, *, now: datetime) -> Any:
    """Return what each measure counts, ready to show."""
    demand(ports, Act.SEE_LEARN, now=now)
    return ports.papers.definitions


def lessons(ports: Ports, *, now: datetime) -> Lessons:
    """Return what this site's cases teach."""
    demand(ports, Act.SEE_LEARN, now=now)
    return lessons_from(*ports.store.learned(ports.tenant, medians_wanted, grouped=TABLED))


@dataclass(frozen=True, slots=True)
class AdviceRead:
    """One piece of advice, with the service and the criterion in the words of their rule."""

    advice: Advice
    service: str
    criterion: str


def advice(ports: Ports, *, now: datetime) -> tuple[AdviceRead, ...]:
    """Return what requests lacked whose denials were overturned on the call."""
    demand(ports, Act.SEE_LEARN, now=now)
    rules = {each.key: each for each in ports.rules.criteria}
    return tuple(
        _in_words(each, rules.get(each.rule)) for each in advice_of(ports.store.requests_decided(ports.tenant))
    )


def _in_words(advice: Advice, rule: ServiceCriteria | None) -> AdviceRead:
    """Return advice as its rule words it; by its keys where the rule is a site's own, or was taken out since."""
    texts = {each.key: each.text for each in rule.criteria} if rule else {}
    service = rule.label if rule else advice.rule.replace("_", " ")
    return AdviceRead(advice, service, texts.get(advice.criterion, advice.criterion.replace("_", " ")))


def export(ports: Ports, by: tuple[str, ...], *, now: datetime) -> tuple[ExportRow, ...]:
    """Return the measures to give away: no person in them, small cells left out; who took them is kept."""
    demand(ports, Act.SEE_LEARN, now=now)
    rows = export_rows(ports.store.counted(ports.tenant), by)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="export_learn", case_id=None, patient=None)
    return rows


def monitored(store: Store, tenant: str) -> tuple[ExportRow, ...]:
    """Return the measures of a whole site for its monitoring: what an export of them would hold, by nobody's name."""
    sums, middles = store.learned(tenant, medians_in, place=WHOLE)
    return whole_rows(measured(sums.get(WHOLE, {}), middles.get(WHOLE, {}), floor=LEAST))


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
    number, asked = measure_named(key)
    place = _place(ports, group, mark) if group else WHOLE
    counted, total = ports.store.behind(ports.tenant, number, place, now=now, limit=MOST_CASES)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=f"see_learn {key}", case_id=None, patient=None)
    way = {each.case_id: each for each in _journeys(ports, [each.case_id for each in counted])}
    has_part = isinstance(asked, Part | Kept)
    told = tuple(
        (way[each.case_id], ports.store.case(ports.tenant, each.case_id), each.is_counted(number) if has_part else None)
        for each in counted
    )
    found = measured_in(place, *ports.store.learned(ports.tenant, medians_in, place=place))[key]
    return Behind(found, place if group else None, told, total - len(told))


def _place(ports: Ports, group: str, mark: str) -> Place:
    """Return the place in a group whose name has this mark, one without a case for none; raises NoSuchMeasure."""
    if group not in GROUPS:
        raise NoSuchMeasure()
    names = ports.store.names_in(ports.tenant, group)
    return group, next((each for each in names if mark_of(each) == mark), "")


def scorecard(ports: Ports, mark: str, *, now: datetime) -> tuple[Scorecard, dict[str, str]]:
    """Return a payer's record with our case numbers by id, for contract talks; that it was looked at is kept."""
    demand(ports, Act.SEE_LEARN, now=now)
    demand(ports, Act.SEE_WORKLIST, now=now)
    _, name = _place(ports, "payer", mark)
    words = claim_words(ports.rules.calls)
    card = scorecard_of(name, _cases_of(ports, name), words=words)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="see_scorecard", case_id=None, patient=None)
    cases = {each.case_id for claims in card.claims.values() for each in claims.latest}
    return card, {case_id: ports.store.case(ports.tenant, case_id).number for case_id in sorted(cases)}


def scorecard_docx(ports: Ports, mark: str, *, now: datetime) -> bytes:
    """Return the same as a Word document."""
    card, numbers = scorecard(ports, mark, now=now)
    return ports.papers.scorecard(card, numbers=numbers, zone=ports.site.zone, made_at=now)


def _cases_of(ports: Ports, payer: str) -> Iterator[tuple[Happened, ...]]:
    """Yield what happened in each case of a payer."""
    for each in ports.store.journeys_of_payer(ports.tenant, payer):
        yield tuple(map(_happened, each))


def _journeys(ports: Ports, cases: Sequence[str]) -> tuple[Journey, ...]:
    return journeys_of(map(_happened, ports.store.journey(ports.tenant, cases=cases)))


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


def _happened(event: JourneyEvent) -> Happened:
    about = {name: getattr(event, name) for name in GROUPS}
    return happened_of(event.case_id, event.at, event.kind, event.data, about)
