"""Payers' answers in the EHR become cases: once each, routed, kept up to date, one bad one hiding only itself."""

from dataclasses import replace

import pytest

from app.core.case import CaseState, NumberTaken
from app.core.denial import Code, Path, Quote
from app.core.people import Role
from app.edges.store import SqlStore
from app.errors import Temporary
from app.flow.detect import detect_denials
from app.flow.intake import NUMBER_TRIES
from app.flow.worklist import take_over
from tests.builders import MONDAY, hours
from tests.fakes.office import ACTION, PUBLISHER, Office, an_answer, bring, detected

APPROVED = Code(ACTION, "A1")


def look(office: Office, **more):
    """Look for answers as the worker does."""
    return detect_denials(office.ports(**more), patient=None, now=office.now)


class Late(SqlStore):
    """The real store, to which another look at the same moment comes first."""

    def case_of_denial(self, tenant: str, denial_reference: str):
        """Say that nobody has opened it yet."""
        return None


class Busy(SqlStore):
    """The real store, in which somebody changes a case whenever it is looked up by its denial."""

    change = staticmethod(lambda case: None)

    def case_of_denial(self, tenant: str, denial_reference: str):
        """Return the case, then let it be changed."""
        found = super().case_of_denial(tenant, denial_reference)
        self.change(found)
        return found


def test_an_answer_becomes_a_case_with_route_reasons_and_clocks(office: Office):
    """Read, routed, dated, given a number, and the history begins when the payer wrote."""
    office.ehr.tell(an_answer(payer=PUBLISHER[1]))
    (case,) = look(office).new

    assert (Path.P2P, CaseState.OPEN, PUBLISHER[0]) == (case.routing.route, case.state, case.payer_key)
    assert case.routing.because
    assert {"offer", "appeal"} <= {clock.name for clock in case.clocks}
    assert [("denied", MONDAY - hours(4))] == [(each.kind, each.at) for each in office.story(case)]
    assert ("sandbox|coordinator", "case denied", case.id, "Patient/p1") in office.audited()


def test_an_answer_dated_after_now_begins_now(office: Office):
    """A payer's clock that runs ahead does not put history into the future."""
    case = detected(office, an_answer(created_at=MONDAY + hours(5)))

    assert [office.now] == [each.at for each in office.story(case)]


def test_looking_again_opens_nothing_twice(office: Office):
    """The same answer, looked at three times, is one case at its first version."""
    office.ehr.tell(an_answer())
    first, second, third = look(office), look(office), look(office)

    assert (1, 0, 0) == tuple(len(each.new) for each in (first, second, third))
    assert [first.new[0].id] == [each.id for each in third.known]
    assert 1 == office.case(first.new[0].id).version


def test_an_answer_that_asks_nothing_makes_no_case(office: Office):
    """An approval is told with its reason and not put on anybody's list."""
    office.ehr.tell(an_answer(action=APPROVED, reason=None, notes=()))
    seen = look(office)

    assert ((), [("ClaimResponse/cr1", Path.NONE)]) == (seen.new, [(name, each.route) for name, each in seen.quiet])
    assert [] == office.rows("cases")


def test_only_the_patients_answers_are_looked_at(office: Office):
    """A chart launch asks for its own patient."""
    office.ehr.tell(an_answer("cr1", patient="p1"), an_answer("cr2", patient="p2"))
    seen = detect_denials(office.ports(Role.CLINICIAN, patient="Patient/p2"), patient="Patient/p2", now=office.now)

    assert ["Patient/p2"] == [each.patient.reference for each in seen.new]


def test_two_looks_at_one_moment_make_one_case(office: Office):
    """The worker and a launch see a new answer together: one opens it, the other is given that case (KnownDenial)."""
    first = detected(office)
    seen = look(office, store=Late(office.database))

    assert ([], [first.id]) == (list(seen.new), [each.id for each in seen.known])
    assert 1 == len(office.rows("cases"))


def test_a_number_that_is_taken_is_drawn_again(office: Office):
    """Two cases never share the number that is said on the phone."""
    office.ids.numbers = ["P-SAME22", "P-SAME22", "P-OTHER2"]
    office.ehr.tell(an_answer("cr1"), an_answer("cr2"))

    assert ["P-SAME22", "P-OTHER2"] == [each.number for each in look(office).new]


def test_numbers_are_not_drawn_for_ever(office: Office):
    """When every number drawn is taken, that is told instead of tried without end."""
    detected(office, an_answer("cr1"))
    taken = office.store.case_of_denial("sandbox", "ClaimResponse/cr1").number
    office.ids.numbers = [taken] * (NUMBER_TRIES + 1)
    office.ehr.tell(an_answer("cr2"))
    with pytest.raises(NumberTaken):
        look(office)


def test_the_same_answer_at_two_hospitals_is_two_cases(office: Office):
    """Ids of one EHR mean nothing at another."""
    here = detected(office)
    there = look(office, tenant="elsewhere").new

    assert (1, "elsewhere") == (len(there), there[0].tenant)
    assert here.id != there[0].id


def test_what_the_payer_changed_is_taken_over_and_what_we_did_stays(office: Office):
    """A new reason comes in while a call is booked: routed anew, the booking and its history as they were."""
    case = bring(office, "booked")
    found = an_answer(notes=(Quote("Films not received.", "processNote[0].text", "ClaimResponse/cr1"),))
    office.ehr.tell(found)
    (fresh,) = look(office).known

    assert ("Films not received.", case.booking, CaseState.BOOKED) == (
        fresh.denial.notes[0].text,
        fresh.booking,
        fresh.state,
    )
    assert ["denied", "offered", "booked", "payer_changed"] == office.events(case)
    assert ["WriteAppointment"] == office.effects(case)


def test_an_unchanged_answer_moves_no_clock(office: Office):
    """A deadline never moves later because we looked again (reliability I10)."""
    case = detected(office, an_answer(created_at=None, created_on=None))
    office.push(days=3)
    look(office)

    assert (case.clocks, case.version) == (office.case(case.id).clocks, office.case(case.id).version)


def test_a_changed_answer_without_a_date_moves_no_clock_later(office: Office):
    """Its clocks began when it was first seen; what the payer adds later gives nobody more time."""
    case = detected(office, an_answer(created_at=None, created_on=None))
    office.push(days=3)
    office.ehr.tell(an_answer(created_at=None, created_on=None, reference_number="REF-NEW"))
    look(office)

    stands = office.case(case.id)
    assert "REF-NEW" == stands.denial.reference_number
    assert [each.ends_at for each in case.clocks] == [each.ends_at for each in stands.clocks]


def test_a_corrected_name_is_taken_over(office: Office):
    """The EHR corrected who the patient is; the strip must not go on naming somebody else."""
    case = detected(office)
    found = an_answer()
    office.ehr.tell(replace(found, patient=replace(found.patient, name="Corrected Name", mrn="MRN-9")))
    look(office)

    stands = office.case(case.id)
    assert ("Corrected Name", "MRN-9") == (stands.patient.name, stands.patient.mrn)
    assert ["denied"] == office.events(case)


def test_an_answer_that_turns_to_another_patient_is_not_followed(office: Office):
    """Records were merged: a case of one patient never comes to hold another's denial; it is told (reliability A10)."""
    case = detected(office, an_answer(patient="p1"))
    office.ehr.tell(an_answer(patient="p2"))
    seen = look(office)

    stands = office.case(case.id)
    assert (case.patient, case.denial) == (stands.patient, stands.denial)
    assert [case.id] == [each.id for each in seen.known]
    assert [case.number in each for each in seen.problems] == [True]


def test_a_case_that_somebody_works_on_hides_no_other(office: Office):
    """One case changes whenever it is looked at; the new answer behind it is opened all the same."""
    first = detected(office, an_answer("cr1"))
    office.ehr.tell(an_answer("cr1", reference_number="REF-NEW"), an_answer("cr2"))
    store = Busy(office.database)

    def own(case) -> None:
        if case is not None:
            take_over(office.ports(), case.id, seen=case.version, now=office.now)

    store.change = own
    seen = look(office, store=store)

    assert (["ClaimResponse/cr2"], [first.id]) == (
        [each.denial.reference for each in seen.new],
        [each.id for each in seen.known],
    )


def test_a_case_that_was_changed_in_between_is_brought_up_to_date(office: Office):
    """Somebody took it over between reading and saving: both changes stand."""
    case = detected(office)
    office.ehr.tell(an_answer(reference_number="REF-NEW"))
    store = Busy(office.database)
    once = [lambda found: take_over(office.ports(), found.id, seen=found.version, now=office.now)]
    store.change = lambda found: once.pop()(found) if once else None
    look(office, store=store)

    stands = office.case(case.id)
    assert ("REF-NEW", "Test Coordinator") == (stands.denial.reference_number, stands.owner_name)


def test_what_the_ehr_kept_back_is_passed_on(office: Office):
    """Problems and a missing offer are told in words, never left out."""
    office.ehr.problems = ("One of the payers' answers could not be read.",)
    office.ehr.tell(an_answer())
    assert (office.ehr.problems, True) == (look(office).problems, look(office).supported)

    office.ehr.supported = False
    assert not look(office).supported


def test_an_ehr_that_is_away_changes_nothing(office: Office):
    """The look fails as a whole; what is known stays."""
    case = detected(office)
    before = office.photo()
    office.ehr.go_away()
    with pytest.raises(Temporary):
        look(office)

    assert before == office.photo()
    assert case == office.case(case.id)
