"""The clinician is chosen by a person, read in the EHR, and from then on it is their calendar that counts."""

from dataclasses import replace

import pytest

from app.core.clinician import CallBooked
from app.core.denial import Way
from app.core.interval import Interval
from app.core.people import Clinician, Role
from app.errors import Permanent
from app.flow.book import cancel
from app.flow.clinician import choices_of, choose
from app.flow.intake import arrivals
from app.flow.slots import propose_slots
from tests.builders import CLINICIAN, MONDAY, hours
from tests.fakes.office import Office, a_patient, an_answer, bring, detected, keep_window
from tests.flow.test_arrivals import LETTER

ADA = Clinician("Practitioner/ada", "Ada Lindqvist-Moreau, MD", "America/Chicago", specialty="Spine surgery")
FELIX = Clinician("Practitioner/felix", "Felix Brandauer, DO", "America/Chicago")


@pytest.fixture
def clinic(office: Office) -> Office:
    """An office whose EHR knows two more clinicians."""
    office.ehr.staff |= {each.reference: each for each in (ADA, FELIX)}
    return office


def by_letter(office: Office, text: str = LETTER):
    """Return the case of a letter."""
    person = replace(a_patient("p1"), name="Synthetic-p1 Testperson")
    office.ehr.people = {person.reference: person}
    (arrival,) = arrivals.take_file(office.ports(), "letter.txt", text.encode(), now=office.now)[0]
    return arrivals.settle(office.ports(), arrival.id, patient="Patient/p1", sworn=True, now=office.now).case


def chosen(office: Office, case, who: Clinician = ADA, **ports):
    """Return the case with this clinician."""
    return choose(office.ports(**ports), case.id, who.reference, seen=office.case(case.id).version, now=office.now)


def who(office: Office, case, name: str = "", **ports):
    """Return who may be meant."""
    return choices_of(office.ports(**ports), case.id, name=name, now=office.now)


def test_a_letters_case_has_nobody_until_somebody_is_chosen(clinic: Office):
    """Times are offered and none can be proposed; chosen, that clinician's own calendar decides."""
    case = keep_window(clinic, by_letter(clinic))
    clinic.ehr.calendars[ADA.reference] = [Interval(MONDAY + hours(1), MONDAY + hours(3))]
    assert (None, ()) == (case.clinician, propose_slots(clinic.ports(), case.id, now=clinic.now).slots)
    assert "choose_clinician" == case.next_action.kind
    after = chosen(clinic, case)
    slots = propose_slots(clinic.ports(), case.id, now=clinic.now).slots

    assert (ADA, "book") == (after.clinician, after.next_action.kind)
    assert slots and min(each.interval.start for each in slots) == MONDAY + hours(3)
    assert ("busy", ADA.reference) in clinic.ehr.asked


def test_the_choice_is_on_record(clinic: Office):
    """Who chose whom in whose place: in the case's history and in the audit."""
    case = detected(clinic)
    chosen(clinic, case)
    event = clinic.story(case)[-1]

    assert ("clinician_chosen", ADA.reference, CLINICIAN.reference) == (
        event.kind,
        event.data["clinician"],
        event.data["before"],
    )
    assert ("sandbox|coordinator", "choose_clinician", case.id, "Patient/p1") in clinic.audited()
    assert ("sandbox|coordinator", "case clinician_chosen", case.id, "Patient/p1") in clinic.audited()


def test_a_later_look_at_the_ehr_does_not_undo_the_choice(clinic: Office):
    """The request still names the one who ordered; a person said otherwise."""
    case = detected(clinic)
    chosen(clinic, case)
    again = detected(clinic, an_answer(reference_number="REF-NEW-1"))

    assert (case.id, ADA) == (again.id, again.clinician)


def test_the_signed_in_clinician_is_one_tap_away(clinic: Office):
    """From their own launch; a coordinator is not offered to themself."""
    case = by_letter(clinic)
    me = Clinician("Practitioner/clinician", "Test Clinician", "America/Chicago")
    clinic.ehr.staff[me.reference] = me

    assert me == who(clinic, case, role=Role.CLINICIAN).me
    assert None is who(clinic, case).me
    assert me == chosen(clinic, case, me, role=Role.CLINICIAN).clinician
    assert None is who(clinic, case, role=Role.CLINICIAN).me, "has the call already"


def test_whom_the_request_names_is_offered_and_not_taken(clinic: Office):
    """The EHR could not read the orderer when the denial was found; now it can, and a person decides."""
    case = detected(clinic, an_answer(clinician=None, ordering=FELIX.reference))

    assert (FELIX, None) == (who(clinic, case).ordering, clinic.case(case.id).clinician)


def test_whom_a_letter_names_is_shown_as_words(clinic: Office):
    """A name in a letter is no clinician of the EHR: it is only looked for, even where just one is called so."""
    case = by_letter(clinic, LETTER + "\nOrdering provider: Ada Lindqvist-Moreau, MD\n")
    shown = who(clinic, case)

    assert ("Ada Lindqvist-Moreau", None, None) == (shown.named, shown.ordering, clinic.case(case.id).clinician)
    assert (Way.LETTER, "Ada Lindqvist-Moreau") == (case.tellings[0].way, case.denial.provider_name)
    assert (ADA,) == who(clinic, case, name=shown.named.partition("-")[0]).found


def test_a_search_brings_who_is_called_so(clinic: Office):
    """Nobody looked for, nobody found, and an EHR that shows no staff are three different things."""
    case = detected(clinic)

    assert (FELIX,) == who(clinic, case, name="felix").found
    assert () == who(clinic, case, name="nobody").found
    assert None is who(clinic, case, name="  ").found
    clinic.ehr.shows_staff = False
    shown = who(clinic, case, name="felix")
    assert (None, True) == (shown.found, "does not let Parley look for clinicians" in shown.problems[0])


def test_an_ehr_that_is_away_still_shows_the_page(clinic: Office):
    """What could not be read is said once; the case is there."""
    case = detected(clinic, an_answer(ordering=FELIX.reference))
    clinic.ehr.go_away()
    shown = who(clinic, case, name="felix", role=Role.CLINICIAN)

    assert (None, None, None, 1) == (shown.me, shown.ordering, shown.found, len(shown.problems))


def test_somebody_whom_the_ehr_does_not_know_is_not_taken(clinic: Office):
    """A forged form: a patient, a stranger, nothing at all."""
    case = detected(clinic)
    for reference in ("Patient/p1", "Practitioner/nobody", "", "Practitioner/../Patient/p1"):
        with pytest.raises(Permanent):
            choose(clinic.ports(), case.id, reference, seen=case.version, now=clinic.now)

    assert case == clinic.case(case.id)


def test_a_covering_clinician_takes_over_before_and_never_behind_a_booking(clinic: Office):
    """Booked: refused by name. Cancelled: taken over, and the colleague's calendar is read from then on."""
    case = bring(clinic, "booked")
    with pytest.raises(CallBooked, match="booked with Dr Test"):
        chosen(clinic, case)
    assert case == clinic.case(case.id)

    cancel(clinic.ports(), case.id, reason="covering", seen=case.version, now=clinic.now)
    clinic.ehr.asked.clear()
    after = chosen(clinic, case)
    propose_slots(clinic.ports(), case.id, now=clinic.now)
    assert (ADA, {ADA.reference}) == (after.clinician, {who for what, who in clinic.ehr.asked if what == "busy"})
