"""Intake: whichever way a denial comes in, it becomes the same case by the same steps, once (decision 0016)."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.core.acts import answered
from app.core.case import Case, CaseMoved, CaseState, KnownDenial, Letter, NextAction, NumberTaken
from app.core.deadlines.again import held_ends
from app.core.denial import Denial, Path, Routing, Telling, Way
from app.core.detect.joined import join_tellings
from app.core.detect.same import Same, same_denials, tellings_of
from app.core.outcome.letter import IN_WORDS, continued_letter, letter_come, same_request_letter, seen_as
from app.core.people import Patient
from app.errors import Refused
from app.flow.cases import after_misses, event, save_case, steady
from app.flow.intake.derived import derive
from app.flow.intake.recount import recount
from app.flow.ports import DenialFound, Ports

# Answers that ask nothing of anybody make no case.
_QUIET = {Path.NONE, Path.CLOSED}
NUMBER_TRIES = 5
NEW = "new"
_TURNED = "its answer now names another patient in the EHR. The case was left as it was; look into both charts."
_WORKED_ON = "somebody works on it just now, so what the payer changed is read at the next look."


class NotAChoice(Refused):
    """The case that was chosen for a denial is none of this patient's."""

    say = "That case is not one of this patient's."
    next = "Choose again; nothing was saved."


@dataclass(frozen=True, slots=True)
class Received:
    """
    What became of one denial. how: opened | joined | known | quiet | doubt | aside.

    candidates: with "doubt", the cases that it may be; nothing was saved, a person chooses. problem: with "aside", why
    the case was left as it was
    """

    how: str
    routing: Routing
    case: Case | None = None
    candidates: tuple[Same, ...] = ()
    problem: str | None = None


def receive(
    ports: Ports,
    found: DenialFound,
    *,
    way: Way,
    choice: str | None = None,
    known_as: Same | None = None,
    now: datetime,
) -> Received:
    """
    Take one denial in: open its case, join it to the case that is there, or ask.

    choice: what a person said when asked: a case's id, or NEW; None when nobody was
    known_as: the case that it is surely about, whatever its own words show; None when that is to be found out
    """
    try:
        return _receive(ports, found, way=way, choice=choice, known_as=known_as, now=now)
    except CaseMoved:
        before = ports.store.case_of_denial(ports.tenant, found.denial.reference)
        if before is None and known_as is not None:
            before = ports.store.case(ports.tenant, known_as.case_id)
        if before is None:
            raise
        return Received("aside", before.routing, before, problem=f"Case {before.number}: {_WORKED_ON}")


@steady
def _receive(
    ports: Ports, found: DenialFound, *, way: Way, choice: str | None, known_as: Same | None, now: datetime
) -> Received:
    _tell_continued(ports, found, way=way, now=now)
    before = ports.store.case_of_denial(ports.tenant, found.denial.reference)
    if before is not None and before.patient.reference != found.patient.reference:
        # Records were merged or moved. A case never comes to hold another patient's denial; a person looks.
        return Received("aside", before.routing, before, problem=f"Case {before.number}: {_TURNED}")
    if before is not None:
        return _take_in(ports, before, found, way=way, because="", now=now)
    cases = ports.store.cases_of_patient(ports.tenant, found.patient.reference)
    rule = ports.rules.payer_rule(found.coverage, found.denial)
    key = rule.key if rule else None
    same = same_denials(found.denial, found.coverage, cases, way=way, payer_key=key, now=now)
    if known_as is not None:
        same = (_chosen(cases, known_as.case_id, because=known_as.because),)
    elif choice not in (None, NEW):
        same = (_chosen(cases, choice),)
    sure = [each for each in same if each.sure]
    if len(sure) == 1 and choice != NEW:
        joined = next(each for each in cases if each.id == sure[0].case_id)
        return _take_in(ports, joined, found, way=way, because=sure[0].because, now=now)
    return _begin(ports, found, way=way, doubts=() if choice == NEW else same, among=len(cases), now=now)


def _tell_continued(ports: Ports, found: DenialFound, *, way: Way, now: datetime) -> None:
    """
    Let the cases hold this answer for a person whose request its own takes up, or answers once more.

    What the answer itself asks for goes its usual way: two cases cost a look, a window that nobody sees is lost.
    """
    if way is not Way.EHR or not (found.denial.continues or found.denial.request):
        return  # another server's "Claim/1" is another request
    zone = ports.site.zone
    routing = derive(ports.rules, found.denial, found.coverage, zone=zone, seen_at=now, now=now).routing
    for case in ports.store.cases_of_patient(ports.tenant, found.patient.reference):
        told = (case, found.denial, routing)
        letter = continued_letter(*told, way=way, by=ports.user.name, now=now)
        letter = letter or same_request_letter(*told, way=way, by=ports.user.name, now=now)
        if letter is not None:
            seen = (*case.linked, seen_as(found.denial, routing))
            events = [event(ports, "letter_came", at=now, way=way.value)]
            save_case(ports, replace(case, letter=letter, linked=seen), seen=case.version, events=events, now=now)


def _chosen(cases: tuple[Case, ...], choice: str | None, *, because: str = "a person said so") -> Same:
    for each in cases:
        if each.id == choice:
            return Same(each.id, each.number, True, because)
    raise NotAChoice()


def _begin(
    ports: Ports, found: DenialFound, *, way: Way, doubts: tuple[Same, ...], among: int, now: datetime
) -> Received:
    """Open a case for a denial that is none of the patient's known ones, unless it asks nothing or is in doubt."""
    case = _case_of(ports, found, seen_at=now, now=now)
    if case.routing.route in _QUIET:
        return Received("quiet", case.routing)
    if doubts:
        return Received("doubt", case.routing, candidates=doubts)
    if way is not Way.EHR:
        case = replace(case, tellings=(_telling(ports, found, way=way, because="", now=now),))
    return _open(ports, case, among=among, now=now)


def _telling(ports: Ports, found: DenialFound, *, way: Way, because: str, now: datetime) -> Telling:
    return Telling(way, found.denial, found.coverage, now, ports.user.key, because)


def _case_of(ports: Ports, found: DenialFound, *, seen_at: datetime, now: datetime) -> Case:
    """Return the answer as a new case. seen_at: when it was first seen; where it has no date its clocks begin then."""
    denial, coverage = found.denial, found.coverage
    read = derive(ports.rules, denial, coverage, zone=ports.site.zone, seen_at=seen_at, now=now)
    return Case(
        id=ports.ids.new_id(),
        tenant=ports.tenant,
        number=ports.ids.new_number(),
        patient=found.patient,
        denial=denial,
        coverage=coverage,
        routing=read.routing,
        service_label=service_label(denial, read.routing),
        payer_key=read.payer_key,
        payer_name=read.payer_name,
        state=CaseState.OPEN,
        next_action=NextAction("read", "", None, "us"),
        opened_at=now,
        updated_at=now,
        clinician=found.clinician,
        clocks=read.clocks,
        rules_version=ports.rules.version,
        encounter=found.encounter,
    )


def service_label(denial: Denial, routing: Routing) -> str:
    """Return a few words for the service in dispute: the first line that was not approved, else the first line."""
    approved = {line.sequence for line in routing.lines if line.decision.value == "approved"}
    lines = sorted(denial.lines, key=lambda line: (line.sequence in approved, line.sequence))
    for line in lines:
        if line.service_label:
            return line.service_label
        if line.service and line.service.code:
            return line.service.display or line.service.code
    return "Service not named"


def _open(ports: Ports, case: Case, *, among: int, now: datetime) -> Received:
    """Save a new case; another look at the same moment may have been first, or a number may be taken."""
    from_payer = case.denial.created_at or now
    events = [event(ports, "denied", at=min(from_payer, now), route=case.routing.route.value)]
    for _ in range(NUMBER_TRIES):
        try:
            saved = save_case(ports, case, seen=None, events=events, among=among, now=now)
            return Received("opened", saved.routing, saved)
        except KnownDenial as error:
            known = ports.store.case(ports.tenant, error.case_id)
            return Received("known", known.routing, known)
        except NumberTaken:
            case = replace(case, number=ports.ids.new_number())
    raise NumberTaken()


def _take_in(ports: Ports, before: Case, found: DenialFound, *, way: Way, because: str, now: datetime) -> Received:
    """Take over what the payer or the EHR changed, or told in another way; what we did with the case stays."""
    before = recount(ports, before, now=now)  # what follows is then the answer's change alone, not the rules'
    tellings, is_news = _told(ports, before, found, way=way, because=because, now=now)
    denial, coverage = join_tellings(tellings)
    whole = replace(found, denial=denial, coverage=coverage)
    fresh = _case_of(ports, whole, seen_at=before.opened_at, now=now)
    patient = found.patient if way is Way.EHR else before.patient
    told = (fresh.denial, fresh.coverage, fresh.routing) != (before.denial, before.coverage, before.routing)
    if not told and not is_news:
        if patient == before.patient:
            # its clocks stay too: where the answer has no date they began when it was first seen
            return Received("known", before.routing, before)
        saved = save_case(ports, replace(before, patient=patient), seen=before.version, quiet=True, now=now)
        return Received("known", saved.routing, saved)
    # What a letter says stands beside the coded answer, which leads the case; it is compared by its own words.
    alone = _case_of(ports, found, seen_at=before.opened_at, now=now) if way in IN_WORDS else fresh
    letter = letter_come(before, alone, way=way, by=ports.user.name, now=now)
    changed = _changed(before, fresh, tellings, letter=letter, patient=patient, now=now)
    changed = after_misses(ports, changed)
    happened = "joined" if is_news else "payer_changed"
    events = [event(ports, happened, at=now, route=changed.routing.route.value, way=way.value, because=because)]
    events += [event(ports, "letter_came", at=now, way=way.value)] if changed.letter != before.letter else []
    saved = save_case(ports, changed, seen=before.version, events=events, now=now)
    return Received("joined" if is_news else "known", saved.routing, saved)


def _changed(
    before: Case,
    fresh: Case,
    tellings: tuple[Telling, ...],
    *,
    letter: Letter | None,
    patient: Patient,
    now: datetime,
) -> Case:
    """Return the case as its answer reads now; what comes after a call that was decided waits for a person."""
    same_day = fresh.denial.created_at == before.denial.created_at  # a decision of another day has ends of its own
    decided_anew = (fresh.routing.decision, fresh.routing.route) != (before.routing.decision, before.routing.route)
    waits = letter != before.letter  # what was awaited has come with it too; but a person records it first
    return replace(
        answered(before, now=now) if decided_anew and not waits else before,
        letter=letter,
        patient=patient,
        denial=fresh.denial,
        coverage=fresh.coverage,
        routing=fresh.routing,
        service_label=fresh.service_label,
        payer_key=fresh.payer_key,
        payer_name=fresh.payer_name,
        clocks=held_ends(before.clocks, fresh.clocks) if same_day else fresh.clocks,
        rules_version=fresh.rules_version,
        clinician=before.clinician or fresh.clinician,
        encounter=before.encounter or fresh.encounter,
        tellings=() if [each.way for each in tellings] == [Way.EHR] else tellings,
    )


def _told(
    ports: Ports, before: Case, found: DenialFound, *, way: Way, because: str, now: datetime
) -> tuple[tuple[Telling, ...], bool]:
    """Return every telling of the case with this one in its place, and whether this one is news."""
    known = tellings_of(before)
    this = _telling(ports, found, way=way, because=because, now=now)
    if all(each.denial.reference != found.denial.reference for each in known):
        return (*known, this), True
    kept = (
        replace(each, denial=found.denial, coverage=found.coverage)
        if each.denial.reference == found.denial.reference
        else each
        for each in known
    )
    return tuple(kept), False
