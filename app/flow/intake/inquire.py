"""Asking payers: how a request stands is asked of the payer itself, and its answer taken in like any other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.case import Case, CaseState
from app.core.denial import Decision, Way
from app.core.detect.inquired import Whose, as_first_told, is_no_answer, whose_answer
from app.core.detect.person import AnswersTold, ToldAnswer
from app.core.detect.same import Same
from app.core.effects import SignInNeeded
from app.core.people import Act
from app.errors import ParleyError, Refused, Temporary
from app.flow.cases import case_for
from app.flow.intake import Received
from app.flow.intake.arrivals import keep, receive_told
from app.flow.ports import Ask, Ports, RequestRead, Rest

APART = timedelta(seconds=30)  # two people at one case, or one who clicks twice
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=4)
LONGEST_PAUSE = timedelta(hours=24)
EHR_PAUSE = timedelta(minutes=5)
BECAUSE = "the payer answered the question about this request"
DECISION_WORDS = {
    Decision.APPROVED: "approved",
    Decision.PARTIAL: "partly approved",
    Decision.MODIFIED: "approved with changes",
    Decision.DENIED: "denied",
    Decision.MIXED: "decided line by line",
    Decision.PENDED: "still under review",
    Decision.CANCELLED: "cancelled",
    Decision.ERROR: "not reviewed, because of an error",
}
_NOT_SAID = "an answer that a person must read"


class NotAskable(Refused):
    """This case's payer cannot be asked over the wire."""

    say = "The payer cannot be asked about this case from here."
    next = "Call the payer, or look into its portal."


class AskedJustNow(Refused):
    """Somebody asked a moment ago."""

    say = "The payer was asked about this case a moment ago."
    next = "Its answer stands on the case."


class PayerRests(Refused):
    """The payer asked to be left alone for a while."""

    say = "The payer asked not to be asked again just yet."
    next = "Ask later, or call the payer."


@dataclass(frozen=True, slots=True)
class AskView:
    """What a case's page says of asking. latest: the last question and what became of it, None when never asked."""

    latest: Ask | None
    why_not: str | None = None  # why it cannot be asked from here, in words


@dataclass(frozen=True, slots=True)
class Put:
    """What became of one question. how: as Ask; trouble: what stood in the way, at_payer: on the payer's side."""

    how: str
    say: str
    trouble: ParleyError | None = None
    at_payer: bool = False


def view_of_ask(ports: Ports, case: Case) -> AskView | None:
    """Return what the page says of asking this case's payer; None for a payer that cannot be asked at all."""
    if ports.inquiries is None or ports.asks is None or not ports.inquiries.may_ask(case.payer_key):
        return None
    return AskView(ports.asks.of_case(ports.tenant, case.id), _why_not(case))


def ask_payer(ports: Ports, case_id: str, *, now: datetime) -> Ask:
    """Ask at once, because a person wants to know; a failure is an answer too and is kept on the case."""
    case = case_for(ports, case_id, Act.ASK_PAYER, now=now)
    if ports.inquiries is None or ports.asks is None or not ports.inquiries.may_ask(case.payer_key):
        raise NotAskable()
    if why := _why_not(case):
        raise NotAskable(why)
    before = ports.asks.of_case(ports.tenant, case.id)
    if before is not None and now - before.at < APART:
        raise AskedJustNow()
    if ports.asks.rest_of(case.payer_key or "").closed_until > now:
        raise PayerRests()
    put = put_question(ports, case, now=now)
    if isinstance(put.trouble, SignInNeeded):
        raise put.trouble  # of this person's own session: nobody else need read of it
    return note_ask(ports, case, put, before, jitter=_middle, now=now)


def ask_unbidden(ports: Ports, case_id: str, *, jitter: Callable[[], float], now: datetime) -> bool:
    """Ask because it is time to; return whether nothing stood in the way."""
    case = case_for(ports, case_id, Act.ASK_PAYER, now=now)
    why_not = _why_not(case)
    put = Put("nothing", why_not) if why_not else put_question(ports, case, now=now)
    if isinstance(put.trouble, SignInNeeded):
        return False  # Parley's own token at the EHR: nothing that a reader of the case could mend
    note_ask(ports, case, put, ports.asks.of_case(ports.tenant, case_id), jitter=jitter, now=now)
    return put.trouble is None


def put_question(ports: Ports, case: Case, *, now: datetime) -> Put:
    """Read the request in the EHR, ask its payer, and take the answer in."""
    try:
        request = ports.ehr.request(case.request or "", patient=case.patient.reference)
    except ParleyError as error:
        return Put("failed", f"The request could not be read in the EHR. {error.say} {error.next}", error)
    try:
        told = ports.inquiries.ask(case.payer_key, request, bundle_id=ports.ids.new_id(), now=now)
    except ParleyError as error:
        at_payer = isinstance(error, Temporary)
        return Put("failed", f"{error.say} {error.next}", error, at_payer=at_payer)
    return _take_answers(ports, case, told, request, now=now)


def note_ask(
    ports: Ports, case: Case, put: Put, before: Ask | None, *, jitter: Callable[[], float], now: datetime
) -> Ask:
    """Keep what became of a question, when the case is due again, and how long its payer is left alone."""
    key, failures = case.payer_key or "", before.failures if before else 0
    rest = ports.asks.rest_of(key)
    if put.at_payer:  # the payer's failure, not this case's: it is asked about as soon as the payer may be
        longer = _longer(rest, put.trouble, jitter=jitter, now=now)
        ports.asks.rest(key, longer)
        due_at = longer.free_at
    else:
        failures = failures + 1 if put.trouble else 0
        due_at = now + _pause(ports, key, put, failures, jitter=jitter)
        if rest.failures and put.trouble is None:
            ports.asks.rest(key, replace(rest, failures=0))
    made = Ask(case.id, key, now, ports.user.name, put.how, put.say, due_at, failures)
    ports.asks.note(ports.tenant, made)
    return made


def _middle() -> float:
    return 0.5


def _why_not(case: Case) -> str | None:
    if case.state is CaseState.CLOSED:
        return "The case is closed."
    if case.request is None:
        return "The request does not stand in this EHR, so the payer cannot be asked about it from here."
    return None


def _pause(ports: Ports, key: str, put: Put, failures: int, *, jitter: Callable[[], float]) -> timedelta:
    """Return how long until this case is asked about again: the payer's pace, longer after each failure, scattered."""
    pace = ports.inquiries.paces().get(key)
    every = pace.every if pace else LONGEST_PAUSE
    if isinstance(put.trouble, Temporary):
        every = EHR_PAUSE
    longer = min(every * 2 ** min(max(failures - 1, 0), 10), max(LONGEST_PAUSE, every))
    return longer * (0.9 + 0.2 * jitter())


def _longer(rest: Rest, trouble: ParleyError | None, *, jitter: Callable[[], float], now: datetime) -> Rest:
    """Return the rest that a payer is given after a failure: twice the last, and never less than it asked for."""
    doubled = min(FIRST_REST * 2 ** min(rest.failures, 10), LONGEST_REST)
    asked = timedelta(seconds=getattr(trouble, "retry_after_seconds", None) or 0.0)
    return Rest(
        free_at=now + max(doubled * (1 + 0.2 * jitter()), asked),
        closed_until=now + asked if asked else rest.closed_until,
        failures=rest.failures + 1,
    )


def _take_answers(ports: Ports, case: Case, told: AnswersTold, request: RequestRead, *, now: datetime) -> Put:
    """Give each answer to whom it belongs, and say what came of it for this case."""
    names = (*request.identifiers, (None, f"{request.base}/{case.request}"))
    whose = {each: [] for each in Whose}
    for answer in told.answers:
        if not is_no_answer(answer.denial):
            whose[whose_answer(answer, case, names=names)].append(answer)
    if whose[Whose.STRANGERS]:
        who, patient = ports.user.key, case.patient.reference
        act = "inquiry answered about somebody else"
        ports.store.audit(ports.tenant, at=now, who=who, act=act, case_id=case.id, patient=patient)
    asides = [_another(ports, case, each, now=now) for each in whose[Whose.PATIENTS]]
    for each in whose[Whose.UNNAMED]:
        why = f"asked of the payer about case {case.number}; it does not say whose it is"
        keep(ports, each, way=Way.INQUIRY, why=why, again=False, now=now)
    if whose[Whose.OURS]:
        return _own(ports, case, whose[Whose.OURS], now=now)
    return _nothing_of_ours(told, whose, [each for each in asides if each])


def _own(ports: Ports, case: Case, answers: list[ToldAnswer], *, now: datetime) -> Put:
    """Take the payer's latest answer about the request in."""
    latest = max(answers, key=lambda each: (each.denial.created_at is not None, each.denial.created_at or now))
    anew = replace(latest, denial=as_first_told(latest.denial, case))
    here = Same(case.id, case.number, True, BECAUSE)
    try:
        received = receive_told(ports, anew, case.patient, way=Way.INQUIRY, known_as=here, now=now)
    except ParleyError as error:
        return Put("failed", f"The payer's answer could not be taken over. {error.say} {error.next}", error)
    if received.problem:
        return Put("failed", received.problem)
    words = DECISION_WORDS.get(received.routing.decision, _NOT_SAID)
    if received.routing.decision is case.routing.decision:
        return Put("same", f"No change: {words}.")
    return Put("changed", f"The payer's answer: {words}.")


def _another(ports: Ports, case: Case, answer: ToldAnswer, *, now: datetime) -> str:
    """Take in what the payer told of another request of this patient; return what came of it, in words."""
    try:
        received: Received = receive_told(ports, answer, case.patient, way=Way.INQUIRY, now=now)
    except ParleyError:
        return ""
    if received.how == "doubt":
        why = f"asked of the payer about case {case.number}; may be a case that is there already"
        keep(ports, answer, way=Way.INQUIRY, why=why, again=False, now=now)
        return "It told of another request of this patient, which waits under Take in."
    if received.how == "opened" and received.case is not None:
        return f"It told of another request of this patient: case {received.case.number} is open for it."
    return ""


def _nothing_of_ours(told: AnswersTold, whose: dict[Whose, list[ToldAnswer]], asides: list[str]) -> Put:
    if whose[Whose.STRANGERS]:
        return Put("other", "The payer answered about somebody else. Nothing of it was taken; call the payer.")
    if whose[Whose.UNNAMED]:
        return Put("doubt", "The payer's answer does not say whose it is; it waits under Take in for a person.")
    if told.faults and not told.answers:
        return Put("failed", f"The payer's answer could not be read ({told.faults[0][0]}). Call the payer.")
    if told.answers and not whose[Whose.PATIENTS]:
        return Put("nothing", "The payer could not look the request up. Call the payer.")
    return Put("nothing", " ".join(("The payer knows of no such request.", *asides, "Call the payer.")))
