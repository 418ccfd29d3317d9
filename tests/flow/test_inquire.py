"""A payer is asked how a request stands: its answer joins the case, another's never does, and nobody is hammered."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from app.core.case import Case, CaseState
from app.core.denial import Code, Denial, DenialLine, Path, Quote, Way
from app.core.detect.person import AnswersTold, ToldAnswer, ToldPatient
from app.core.effects import SignInNeeded
from app.core.people import Party, Role
from app.errors import BadInput, Permanent, Temporary
from app.flow.cases import OtherPatient
from app.flow.detect import detect_denials
from app.flow.intake import arrivals
from app.flow.intake.inquire import APART, AskedJustNow, NotAskable, PayerRests, ask_payer, view_of_ask
from app.flow.outcome import close_case
from app.flow.ports import Pace
from app.flow.tick import ask_pended
from tests.fakes.office import ACTION, PUBLISHER, TENANT, Office, an_answer, bring, detected

KEY, PAYER = PUBLISHER
HOUR = timedelta(hours=1)
PENDED, DENIED, APPROVED = (Code(ACTION, each) for each in ("A4", "A3", "A1"))
NECESSITY = Code("https://codesystem.x12.org/external/886", "0F")
OFFER = "A peer-to-peer discussion may be requested within 3 calendar days of this notice."


def waiting(office: Office, number: int = 1, **more) -> Case:
    """Return a case that the EHR knows as pended, at a payer that can be asked."""
    answer = {"action": PENDED, "reason": None, "notes": (), "payer": PAYER, "reference_number": None}
    return detected(office, an_answer(f"cr{number}", patient=f"p{number}", **(answer | more)))


def says(
    office: Office,
    action: Code = DENIED,
    *,
    number: int = 1,
    patient: ToldPatient | None = None,
    named: bool = True,
    after: float = 0,
    **denial,
) -> ToldAnswer:
    """Return what the payer's own server says of a request: about whom, by which number, `after` hours from now."""
    reasons = (NECESSITY,) if action is DENIED else ()
    base = Denial(
        reference=f"told:{number}",
        use="preauthorization",
        status="active",
        outcome="complete",
        created_at=office.now + after * HOUR,
        patient=None,
        insurer=Party(PAYER),
        lines=(DenialLine(1, actions=(action,), reasons=reasons),),
        notes=(Quote(OFFER, "processNote[0].text"),) if action is DENIED else (),
        created_on=office.now.date(),
    )
    who = patient or ToldPatient(f"Synthetic-p{number}", "1960-02-03")
    request = (("urn:request", f"cr{number}"),) if named else ()
    coverage = an_answer(payer=PAYER).coverage
    return ToldAnswer(replace(base, **denial), replace(coverage, reference=None), who, request=request)


def ask(office: Office, case: Case, **ports):
    """Ask, as a person."""
    return ask_payer(office.ports(**ports), case.id, now=office.now)


def tick(office: Office, **ports) -> int:
    """Ask what is due, as the worker."""
    return ask_pended(office.ports(**ports), now=office.now, jitter=lambda: 0.5)


def pace(office: Office, *, every: timedelta = HOUR, per_minute: int = 10) -> None:
    """Let the payer be asked without a person."""
    office.inquiries.pace[KEY] = Pace(every, per_minute)


# -- what an answer does to the case -------------------------------------------------------------------------


def test_a_waiting_case_becomes_the_denial_that_the_payer_has_decided(office: Office):
    """Routed by the payer's answer, with its offer and clock; the EHR's own answer stays beside it as a telling."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office))
    made = ask(office, case)
    after = office.case(case.id)

    assert (Path.WAIT, Path.P2P) == (case.routing.route, after.routing.route)
    assert ("changed", "The payer's answer: denied.") == (made.how, made.say)
    assert [Way.EHR, Way.INQUIRY] == [each.way for each in after.tellings]
    assert "the payer answered the question about this request" == after.tellings[-1].because
    assert "Lumbar fusion" == after.service_label == after.denial.lines[0].service_label
    assert (("ClaimResponse/cr1", "Claim/cr1"), case.clinician) == (after.about, after.clinician)
    assert (office.now, True) == (after.denial.created_at, any(each.name == "offer" for each in after.clocks))


def test_the_question_names_the_request_and_is_audited(office: Office):
    """Who asked, about which case and patient; the EHR is asked for the request with the asker's own token."""
    case = waiting(office)
    office.inquiries.tell(KEY, AnswersTold(()))
    ask(office, case)

    assert [(KEY, "cr1")] == office.inquiries.asked
    assert ("request", "Claim/cr1") in office.ehr.asked
    assert ("sandbox|coordinator", "ask_payer", case.id, "Patient/p1") in office.audited()


def test_an_approval_says_that_nothing_is_left_to_do(office: Office):
    """The commonest answer: the case asks to be closed, and can be."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office, APPROVED))
    made = ask(office, case)
    after = office.case(case.id)

    assert "The payer's answer: approved." == made.say
    assert ("close", Path.NONE) == (after.next_action.kind, after.routing.route)
    closed = close_case(office.ports(), case.id, seen=after.version, now=office.now)
    assert CaseState.CLOSED == closed.state


def test_a_request_that_still_waits_changes_nothing_however_often_it_is_asked(office: Office):
    """The same answer under another name and date each time: one telling more at most, no news, no clock moved."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office, PENDED))
    first = ask(office, case)
    once = office.case(case.id)
    for count in range(2, 6):
        office.push(hours=5)
        office.inquiries.tell(KEY, says(office, PENDED, reference=f"told:{count}"))
        assert "same" == ask(office, case).how
    after = office.case(case.id)

    assert ("same", "No change: still under review.") == (first.how, first.say)
    assert once == after
    assert 2 >= len(after.tellings)
    assert case.clocks == after.clocks
    assert case.denial.created_at == after.denial.created_at


def test_a_decision_told_again_and_again_keeps_its_first_day(office: Office):
    """A server that dates its answer by the question must not push the window of the call on."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office))
    ask(office, case)
    once = office.case(case.id)
    for count in range(3):
        office.push(hours=20)
        office.inquiries.tell(KEY, says(office, reference=f"told:again-{count}"))
        ask(office, case)

    assert once == office.case(case.id)


def test_the_payers_answer_and_the_ehrs_later_one_are_one_case(office: Office):
    """The EHR hears of the denial a day later: no second case, and what it then holds counts."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office, identifiers=(("urn:trn", "T-1"),)))
    ask(office, case)
    office.push(hours=24)
    office.ehr.tell(an_answer("cr9", payer=PAYER, request="Claim/cr1", identifiers=(("urn:trn", "T-1"),)))
    seen = detect_denials(office.ports(), patient=None, now=office.now)

    assert ([], {case.id}) == (list(seen.new), {each.id for each in seen.known})
    assert 1 == len(office.rows("cases"))
    assert {Way.EHR, Way.INQUIRY} == {each.way for each in office.case(case.id).tellings}


def test_the_latest_of_several_answers_about_the_request_counts(office: Office):
    """A server that keeps the pended answer beside the decision, in either order."""
    for number, order in ((1, (0, 1)), (2, (1, 0))):
        case = waiting(office, number)
        later = says(office, number=number, after=-1, reference=f"told:later-{number}")
        told = (says(office, PENDED, number=number, created_at=office.now - 30 * HOUR), later)
        office.inquiries.tell(KEY, AnswersTold(tuple(told[each] for each in order)))
        ask(office, case)
        assert Path.P2P == office.case(case.id).routing.route
        office.push(minutes=5)


# -- what is not about the case ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "patient",
    [ToldPatient("Synthetic-p1", "1971-05-06"), ToldPatient("Somebody Else", "1960-02-03"), ToldPatient(mrn="MRN-p2")],
    ids=["birth date", "name", "record number"],
)
def test_an_answer_about_somebody_else_never_lands_on_the_case(office: Office, patient: ToldPatient):
    """Though it bears the request's own number: nothing is kept of it anywhere, it is said, and it is on record."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office, patient=patient))
    before = office.photo()
    made = ask(office, case)

    assert {name: each for name, each in before.items() if name != "asks"} == {
        name: each for name, each in office.photo().items() if name != "asks"
    }
    assert ("other", True) == (made.how, "about somebody else" in made.say)
    act = ("sandbox|coordinator", "inquiry answered about somebody else", case.id, "Patient/p1")
    assert act in office.audited()


def test_an_answer_that_names_nobody_waits_for_a_person_and_stays_settled(office: Office):
    """It is never guessed; set aside, it does not come back with the next question."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office, patient=ToldPatient(), named=False))
    made = ask(office, case)
    (arrival,) = arrivals.waiting(office.ports(), now=office.now)

    assert ("doubt", "inquiry", True) == (made.how, arrival.way, case.number in arrival.why)
    assert Path.WAIT == office.case(case.id).routing.route
    arrivals.set_aside(office.ports(), arrival.id, now=office.now)
    office.push(hours=1)
    ask(office, case)
    assert () == arrivals.waiting(office.ports(), now=office.now)


def test_another_request_of_the_same_patient_becomes_its_own_case(office: Office):
    """The payer finds two: the one asked about joins its case, the other opens one; neither is mixed."""
    case = waiting(office)
    other = says(office, named=False, reference="told:other", reference_number="REF-OTHER-1")
    office.inquiries.tell(KEY, AnswersTold((other, says(office, APPROVED))))
    ask(office, case)
    cases = office.store.cases_of_patient(TENANT, "Patient/p1")

    assert {(Path.NONE, case.id), (Path.P2P, next(c.id for c in cases if c.id != case.id))} == {
        (each.routing.route, each.id) for each in cases
    }


def test_a_failed_look_up_is_no_decision(office: Office):
    """outcome=error about the question: the case does not turn into one to be corrected and sent again."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office, lines=(), outcome="error", errors=(Code(None, "70"),)))
    made = ask(office, case)

    assert ("nothing", "The payer could not look the request up. Call the payer.") == (made.how, made.say)
    assert case == office.case(case.id)


@pytest.mark.parametrize(
    ("told", "how", "words"),
    [
        (AnswersTold(()), "nothing", "knows of no such request"),
        (AnswersTold((), (("entry[0].resource", "cannot be read"),)), "failed", "entry[0].resource"),
        (Temporary("The payer is busy.", next="It is asked again by itself."), "failed", "The payer is busy."),
        (Permanent("The payer refused this.", next="Call the payer."), "failed", "Call the payer."),
        (BadInput("the request cannot be asked about", path="Claim.insurer"), "failed", "Claim.insurer"),
    ],
    ids=["nothing known", "unreadable", "busy", "refused", "our request lacks"],
)
def test_what_came_of_a_question_stands_on_the_case_in_plain_words(office: Office, told, how: str, words: str):
    """Who asked, when, and the failure as an answer; the case itself is left as it was."""
    case = waiting(office)
    office.inquiries.tell(KEY, told)
    made = ask(office, case)

    assert (how, True) == (made.how, words in made.say)
    assert (made, None) == ((view := view_of_ask(office.ports(), case)).latest, view.why_not)
    assert ("Test Coordinator", office.now) == (made.by, made.at)
    assert case == office.case(case.id)


def test_an_ehr_that_does_not_show_the_request_is_said(office: Office):
    """The payer is not asked in the dark."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office))
    office.ehr.go_away()
    made = ask(office, case)

    assert (True, []) == (made.say.startswith("The request could not be read in the EHR."), office.inquiries.asked)


def test_a_persons_own_ended_session_is_told_to_them_alone(office: Office):
    """Nobody else can mend it, so it is not written on the case."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office))
    office.ehr.trouble = SignInNeeded()
    with pytest.raises(SignInNeeded):
        ask(office, case)

    assert None is office.asks.of_case(TENANT, case.id)


# -- who may ask, and how often ------------------------------------------------------------------------------


def test_only_payers_that_answer_are_asked(office: Office):
    """Where no payer is set up there is no button, and no question."""
    case = waiting(office)
    assert None is view_of_ask(office.ports(), case)
    with pytest.raises(NotAskable):
        ask(office, case)

    assert [] == office.inquiries.asked


def test_a_case_without_a_request_in_the_ehr_says_why_it_cannot_be_asked_about(office: Office):
    """A letter's case, a closed case."""
    office.inquiries.tell(KEY, says(office))
    unrequested = waiting(office, request=None)
    closed = bring(office, "closed", payer=PAYER, id="cr7", patient="p7")
    for case, words in ((unrequested, "does not stand in this EHR"), (closed, "is closed")):
        assert words in view_of_ask(office.ports(), case).why_not
        with pytest.raises(NotAskable, match=words):
            ask(office, case)


def test_a_chart_launch_asks_about_its_own_patient_only(office: Office):
    """No question leaves about anybody else."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office))
    with pytest.raises(OtherPatient):
        ask(office, case, role=Role.CLINICIAN, patient="Patient/p2")

    assert [] == office.inquiries.asked


def test_two_clicks_are_one_question(office: Office):
    """Half a minute lies between two questions about one case."""
    case = waiting(office)
    office.inquiries.tell(KEY, says(office, PENDED))
    ask(office, case)
    with pytest.raises(AskedJustNow):
        ask(office, case)
    office.now += APART
    ask(office, case)

    assert 2 == len(office.inquiries.asked)


def test_a_payer_that_asked_for_time_is_given_it_by_everybody(office: Office):
    """Retry-After counts for the button too, on every case of this payer; then it is asked again."""
    first, second = waiting(office, 1), waiting(office, 2)
    busy = Temporary("The payer is busy.", retry_after_seconds=900)
    office.inquiries.tell(KEY, busy, says(office, PENDED, number=2))
    ask(office, first)
    with pytest.raises(PayerRests):
        ask(office, second)
    pace(office)
    assert 0 == tick(office)
    office.push(seconds=901)

    assert "same" == ask(office, second).how


# -- the ticker ----------------------------------------------------------------------------------------------


def test_waiting_cases_are_asked_about_at_the_payers_pace(office: Office):
    """At once when first seen, then every hour, a little scattered; what is decided is not asked about again."""
    case = waiting(office)
    detected(office, an_answer("cr5", patient="p5", payer=PAYER))
    pace(office)
    office.inquiries.tell(KEY, says(office, PENDED), says(office))
    assert (1, 0) == (tick(office), tick(office))
    office.push(minutes=59)
    assert 0 == tick(office)
    office.push(minutes=1)
    assert 1 == tick(office)
    assert Path.P2P == office.case(case.id).routing.route
    office.push(hours=5)

    assert 0 == tick(office)
    assert [(KEY, "cr1"), (KEY, "cr1")] == office.inquiries.asked


@pytest.mark.parametrize(("jitter", "minutes"), [(0.0, 54), (0.5, 60), (0.999, 66)])
def test_questions_are_scattered(office: Office, jitter: float, minutes: int):
    """A worklist that came in one night is not asked about in one minute every hour."""
    waiting(office)
    pace(office)
    office.inquiries.tell(KEY, says(office, PENDED))
    ask_pended(office.ports(), now=office.now, jitter=lambda: jitter)
    due = office.asks.of_case(TENANT, office.rows("asks")[0][1]).due_at

    assert minutes == round((due - office.now).total_seconds() / 60)


def test_a_round_asks_no_more_than_the_payer_allows(office: Office):
    """Seven cases, three a minute: three rounds, a minute apart, whoever ticks."""
    for number in range(1, 8):
        waiting(office, number)
    pace(office, per_minute=3)
    office.inquiries.tell(KEY, AnswersTold(()))
    rounds = []
    for _ in range(8):
        rounds.append(tick(office))
        office.push(seconds=30)

    assert [3, 0, 3, 0, 1, 0, 0, 0] == rounds
    assert 7 == len({claim for _, claim in office.inquiries.asked})


def test_a_payer_that_fails_is_left_alone_ever_longer(office: Office):
    """One question a round ends it; 1, 2, 4 … minutes, at most four hours; the first answer ends the rest."""
    for number in range(1, 4):
        waiting(office, number)
    pace(office)
    office.inquiries.tell(KEY, Temporary("The payer has a problem of its own just now."))
    asked_at = []
    for _ in range(60 * 20):
        if tick(office):
            asked_at.append(office.now)
        office.push(minutes=1)
    waits = [round((later - earlier) / timedelta(minutes=1)) for earlier, later in pairwise(asked_at)]

    assert [2, 3, 5, 9] == waits[:4], "1.1 times 1, 2, 4, 8 minutes, at the next tick"
    assert waits == sorted(waits)
    assert 264 == max(waits)
    assert len(office.inquiries.asked) == len(asked_at)
    office.push(hours=5)
    office.inquiries.tell(KEY, AnswersTold(()))
    tick(office)
    assert 0 == office.asks.rest_of(KEY).failures


def test_a_case_that_cannot_be_asked_about_does_not_hold_up_the_others(office: Office):
    """Its question is put off, ever longer up to a day; the payer's others are asked in the next round."""
    for number in (1, 2):
        waiting(office, number)
    pace(office)
    refused = Permanent("The payer refused this.", next="Call the payer.")
    office.inquiries.tell(KEY, refused, AnswersTold(()))
    assert 1 == tick(office)
    office.push(minutes=1)
    assert 1 == tick(office)

    assert ["cr1", "cr2"] == [claim for _, claim in office.inquiries.asked]
    assert 0 == office.asks.rest_of(KEY).failures


def test_an_ehr_that_is_away_costs_the_payer_nothing(office: Office):
    """No question is put, the case is tried again in minutes, and the payer is not left alone for it."""
    case = waiting(office)
    pace(office)
    office.inquiries.tell(KEY, says(office))
    office.ehr.go_away()
    assert 1 == tick(office)
    made = office.asks.of_case(TENANT, case.id)

    assert (timedelta(minutes=5), 0, []) == (
        made.due_at - office.now,
        office.asks.rest_of(KEY).failures,
        office.inquiries.asked,
    )


def test_parleys_own_missing_token_is_not_told_on_the_case(office: Office):
    """Nothing that the reader of a case could mend; the next round tries again."""
    case = waiting(office)
    pace(office)
    office.inquiries.tell(KEY, says(office))
    office.ehr.trouble = SignInNeeded()
    tick(office)

    assert None is office.asks.of_case(TENANT, case.id)


def test_what_only_people_ask_is_not_asked_by_itself(office: Office):
    """every_min 0."""
    waiting(office)
    office.inquiries.tell(KEY, says(office))

    assert (0, []) == (tick(office), office.inquiries.asked)


def test_another_hospitals_cases_are_not_asked_about(office: Office):
    """One tenant at a time."""
    waiting(office)
    pace(office)
    office.inquiries.tell(KEY, says(office))

    assert 0 == tick(office, tenant="elsewhere")
