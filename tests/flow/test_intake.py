"""One denial, whichever way it comes in: the same case, what matched told, nothing merged on doubt."""

from dataclasses import replace
from datetime import date
from threading import Barrier, Thread

import pytest

from app.core.case import CaseState
from app.core.denial import Code, Origin, Quote, Way
from app.core.detect.joined import join_tellings
from app.edges.store import SqlStore
from app.flow.detect import detect_denials
from app.flow.intake import NEW, NotAChoice, Received, receive
from app.flow.ports import DenialFound
from tests.fakes.office import ACTION, TENANT, Office, an_answer, bring, detected, settle

TRN = ("urn:trnorg:9012345678", "TRN-778")
PENDED = Code(ACTION, "A4")


def told(number: str = "1", **more) -> DenialFound:
    """Return the denial of `an_answer` as another source tells it: another name, no request of the EHR's, no number."""
    base = {"request": None, "reference_number": None, "authorization_number": None}
    found = an_answer(**(base | more))
    return replace(found, denial=replace(found.denial, reference=f"told:{number}"), clinician=None)


def take(office: Office, found: DenialFound, *, way: Way = Way.LETTER, **more) -> Received:
    """Take a denial in, now."""
    return receive(office.ports(), found, way=way, now=office.now, **more)


def cases_of(office: Office) -> int:
    """Return how many cases there are."""
    return len(office.rows("cases"))


def letter(number: str = "1", **more) -> DenialFound:
    """Return a denial in words, with where its reason stands."""
    quote = Quote("Flexion films were not received.", "letter, characters 10–42")
    more = {"notes": (quote,), "origins": (Origin("reasons", "verbatim", quote),), "in_words": True} | more
    return told(number, **more)


def test_a_letter_opens_a_case_that_remembers_the_way(office: Office):
    """A denial that the EHR does not hold is a case like any other, and says that it came by letter."""
    received = take(office, letter(reference_number="REF-99881"))

    assert ("opened", [Way.LETTER], CaseState.OPEN) == (
        received.how,
        [each.way for each in received.case.tellings],
        received.case.state,
    )
    assert ["denied"] == office.events(received.case)


def test_what_the_ehr_does_not_hold_is_never_named_in_it(office: Office):
    """A letter is no resource: what we write back must not point at it; the EHR's own answer is pointed at."""
    outside = take(office, letter(reference_number="REF-99881", request="Claim/elsewhere")).case
    inside = detected(office, an_answer("cr5", patient="p5"))

    assert ((), ("ClaimResponse/cr5", "Claim/cr5")) == (outside.about, inside.about)


@pytest.mark.parametrize(
    ("first", "then", "because"),
    [
        ({"identifiers": (TRN,)}, {"identifiers": (TRN,)}, "same identifier"),
        ({"reference_number": "REF-778812"}, {"reference_number": "ref 778812"}, "same reference or authorization"),
        ({"authorization_number": "AUTH-9001"}, {"identifiers": ((None, "AUTH-9001"),)}, "same reference or author"),
    ],
    ids=["identifier", "payer's reference", "authorization"],
)
def test_the_same_denial_by_two_ways_is_one_case(office: Office, first: dict, then: dict, because: str):
    """What both sources say joins them, whichever came first, and the case says what matched."""
    case = detected(office, an_answer(**({"reference_number": None} | first)))
    received = take(office, told(**then))

    assert ("joined", case.id, 1) == (received.how, received.case.id, cases_of(office))
    assert because in received.case.tellings[-1].because
    assert because in office.story(case)[-1].data["because"]
    assert ("sandbox|coordinator", "case joined", case.id, "Patient/p1") in office.audited()


def test_the_letter_first_and_the_ehr_after_is_one_case_too(office: Office):
    """The answer that the EHR shows later joins the letter's case and leads it; neither opens another ever after."""
    first = take(office, letter(reference_number="REF-cr1-22")).case
    office.ehr.tell(an_answer(reference_number="REF-cr1-22"))
    seen = detect_denials(office.ports(), patient=None, now=office.now)
    again = detect_denials(office.ports(), patient=None, now=office.now)
    letter_again = take(office, letter(reference_number="REF-cr1-22"))

    assert ([], [first.id], [first.id]) == (list(seen.new), [c.id for c in seen.known], [c.id for c in again.known])
    assert ("known", first.id, 1) == (letter_again.how, letter_again.case.id, cases_of(office))
    assert "ClaimResponse/cr1" == office.case(first.id).denial.reference
    assert ["denied", "joined"] == office.events(first)


def test_a_joined_letter_adds_its_words_and_changes_none_of_the_payers(office: Office):
    """The coded answer leads; the letter's reason and its origin stand beside it."""
    detected(office, an_answer(reference_number="REF-77123"))
    case = take(office, letter(reference_number="REF-77123", urgent=True)).case

    texts = [each.text for each in case.denial.notes]
    assert ("Six weeks of therapy not shown.", "Flexion films were not received.") == (texts[0], texts[-1])
    assert [each.field for each in case.denial.origins] == ["reasons"]
    assert case.denial.urgent is True
    assert not case.denial.in_words


def test_the_order_of_arrival_does_not_matter(office: Office):
    """The same three tellings make the same denial in any order."""
    detected(office, an_answer(reference_number="REF-77123"))
    take(office, letter("1", reference_number="REF-77123"))
    case = take(office, told("2", reference_number="REF-77123", notes=(), urgent=False), way=Way.TYPED).case

    assert join_tellings(case.tellings) == join_tellings(tuple(reversed(case.tellings)))
    assert 3 == len(case.tellings)


def test_a_letter_leads_an_answer_that_only_waits(office: Office):
    """The EHR still says "pended" when the denial letter is there: the case is of the denial."""
    detected(office, an_answer(action=PENDED, reason=None, notes=(), reference_number="REF-77123"))
    case = take(office, letter(reference_number="REF-77123")).case

    assert ("told:1", True) == (case.denial.reference, case.denial.in_words)
    assert ("ClaimResponse/cr1", "Claim/cr1") == case.about


def test_another_patients_case_is_never_joined(office: Office):
    """The same number in two charts is two denials (wrong-patient guard)."""
    detected(office, an_answer(reference_number="REF-77123"))
    received = take(office, letter(patient="p2", reference_number="REF-77123"))

    assert ("opened", "Patient/p2", 2) == (received.how, received.case.patient.reference, cases_of(office))


def test_two_answers_of_one_server_stay_two(office: Office):
    """The EHR tells its own answers apart; a number that both carry does not make them one."""
    office.ehr.tell(*(an_answer(name, reference_number="REF-77123", identifiers=(TRN,)) for name in ("cr1", "cr2")))

    assert 2 == len(detect_denials(office.ports(), patient=None, now=office.now).new)


def test_two_candidates_are_for_a_person(office: Office):
    """Two cases carry the number: nothing is saved, both are named, and the choice is kept."""
    office.ehr.tell(*(an_answer(name, reference_number="REF-77123") for name in ("cr1", "cr2")))
    first, second = detect_denials(office.ports(), patient=None, now=office.now).new
    before = office.photo()
    asked = take(office, letter(reference_number="REF-77123"))

    assert ("doubt", {first.id, second.id}) == (asked.how, {each.case_id for each in asked.candidates})
    assert before == office.photo()
    assert second.id == take(office, letter(reference_number="REF-77123"), choice=second.id).case.id
    assert "a person said so" == office.case(second.id).tellings[-1].because


@pytest.mark.parametrize(
    ("more", "how"),
    [
        ({}, "doubt"),
        ({"created_on": date(2026, 11, 20)}, "doubt"),
        ({"created_on": date(2026, 11, 10)}, "opened"),
        ({"payer": "Another Payer"}, "opened"),
    ],
    ids=["same day", "three days apart", "two weeks apart", "another payer"],
)
def test_what_is_merely_alike_is_asked(office: Office, more: dict, how: str):
    """Same payer, same service, about the same day, no number: likely the same, and only likely."""
    detected(office)

    assert how == take(office, told(**more), way=Way.TYPED).how


def test_a_number_under_another_payers_name_is_asked(office: Office):
    """A vendor's letter may carry the payer's number; that they are one is for a person to know."""
    detected(office, an_answer(reference_number="REF-77123"))

    assert "doubt" == take(office, letter(payer="Vendor Example", reference_number="REF-77123")).how


def test_a_short_number_proves_nothing(office: Office):
    """Line numbers and page numbers stand on every letter."""
    detected(office, an_answer(reference_number="12", identifiers=((None, "007"),)))
    received = take(office, letter(payer="Another Payer", reference_number="12", identifiers=((None, "007"),)))

    assert "opened" == received.how


def test_a_person_may_say_that_it_is_another(office: Office):
    """Both cases then stand, and the next look at either opens no third."""
    detected(office)
    received = take(office, told(), way=Way.TYPED, choice=NEW)

    assert ("opened", 2) == (received.how, cases_of(office))
    assert "known" == take(office, told(), way=Way.TYPED).how


def test_only_this_patients_cases_can_be_chosen(office: Office):
    """A choice that names another patient's case is refused and nothing is saved."""
    other = detected(office, an_answer("cr9", patient="p9"))
    before = office.photo()
    with pytest.raises(NotAChoice):
        take(office, letter(), choice=other.id)

    assert before == office.photo()


def test_in_the_worker_a_doubt_is_told_and_no_denial_is_lost(office: Office):
    """Somebody typed the denial; the EHR shows it without any number: two cases, and both are named."""
    typed = take(office, told(), way=Way.TYPED).case
    office.ehr.tell(an_answer(reference_number=None))
    seen = detect_denials(office.ports(), patient=None, now=office.now)

    assert (1, 2) == (len(seen.new), cases_of(office))
    assert [(typed.number in each, seen.new[0].number in each) for each in seen.problems] == [(True, True)]


def test_news_after_the_case_was_closed_is_for_a_person(office: Office):
    """A second denial may carry the first one's number: it does not vanish into a closed case."""
    case = bring(office, "closed", reference_number="REF-77123")
    late = letter(reference_number="REF-77123", created_on=date(2026, 12, 20))

    assert CaseState.CLOSED is office.case(case.id).state
    assert ("doubt", [case.id]) == ((asked := take(office, late)).how, [each.case_id for each in asked.candidates])


def test_an_approval_ends_on_the_denials_case_and_opens_none(office: Office):
    """What asks nothing makes no case, but what a known case is told is kept there."""
    case = take(office, letter(reference_number="REF-77123")).case
    approval = told("2", action=Code(ACTION, "A1"), reason=None, notes=(), reference_number="REF-77123")

    assert "quiet" == take(office, replace(approval, denial=replace(approval.denial, reference_number=None))).how
    assert ("joined", case.id) == ((r := take(office, approval, way=Way.FILE)).how, r.case.id)


def test_what_we_did_stays_when_a_letter_joins(office: Office):
    """A booked call is still booked."""
    case = bring(office, "booked", reference_number="REF-77123")
    joined = take(office, letter(reference_number="REF-77123")).case

    assert (case.booking, CaseState.BOOKED, case.clinician) == (joined.booking, joined.state, joined.clinician)


def test_a_settled_case_takes_a_letter_and_keeps_its_outcome(office: Office):
    """The written notice of a told decision joins without undoing it."""
    case = settle(office, bring(office, "connected", reference_number="REF-77123"), final=False)
    joined = take(office, letter(reference_number="REF-77123")).case

    assert case.outcome == joined.outcome


def test_two_ways_at_one_moment_make_one_case(office: Office):
    """The interface sends it while somebody uploads the letter: neither sees the other, one case all the same."""
    meet = Barrier(2, timeout=20)

    class Slow(SqlStore):
        met = False

        def cases_of_patient(self, tenant: str, patient: str):
            found = super().cases_of_patient(tenant, patient)
            if not self.met:
                self.met = True
                meet.wait()
            return found

    def run(found: DenialFound, way: Way) -> None:
        receive(office.ports(store=Slow(office.database)), found, way=way, now=office.now)

    both = (letter("1", reference_number="REF-77123"), Way.LETTER), (told("2", reference_number="REF-77123"), Way.SENT)
    threads = [Thread(target=run, args=each) for each in both]
    [each.start() for each in threads]
    [each.join(30) for each in threads]

    (case,) = office.store.cases_of_patient(TENANT, "Patient/p1")
    assert {Way.LETTER, Way.SENT} == {each.way for each in case.tellings}
