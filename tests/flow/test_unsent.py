"""No call needed: a case's chart read by whom it may be, and the payer's rule on new information asked first."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.brief.sending import Marks, Parcel, Submission, When
from app.core.people import Role
from app.errors import Temporary
from app.flow.cases import NotYours, OtherPatient
from app.flow.detect import unsent_of
from tests.builders import MONDAY
from tests.fakes.office import EXCLUDED, TENANT, Office, an_answer, bring, detected

THERAPY = "15 of 16 physical therapy visits attended over 8 weeks."


def a_note(text: str = THERAPY, *, id: str = "n1", patient: str = "p1", days: int = 3, **more) -> dict:
    """Return a DocumentReference of a patient, written so many days ago."""
    data = base64.b64encode(text.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "id": id,
        "status": "current",
        "type": {"text": "Therapy summary"},
        "subject": {"reference": f"Patient/{patient}"},
        "date": (MONDAY - timedelta(days=days)).isoformat(),
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    } | more


def chart(
    office: Office, *notes: dict, patient: str = "Patient/p1", days: int = 10, listed: tuple[str, ...] = ()
) -> None:
    """Let a chart hold these, and a request of so many days ago that lists what is named."""
    at = MONDAY - timedelta(days=days)
    office.ehr.charts[patient] = {f"DocumentReference/{each['id']}": each for each in notes}
    parcels = tuple(Parcel(Marks(frozenset({each}))) for each in ("DocumentReference/other", *listed))
    sent = When(at, at.date().isoformat(), exact=True)
    office.ehr.submissions[patient] = Submission(sent=sent, known=True, parcels=parcels)


def look(office: Office, case, *, role: Role = Role.COORDINATOR, **more):
    """Look for what was not sent."""
    return unsent_of(office.ports(role, **more), case.id, now=office.now)


@pytest.mark.parametrize(
    ("payer", "manner", "severity"),
    [
        ("UnitedHealthcare", "offer", None),
        ("Priority Health", "danger", "loses"),
        ("Regence", "danger", "loses"),
        ("Payer Test", "ask", "ask_first"),
    ],
)
def test_the_payers_rule_decides_how_it_is_offered(office: Office, payer: str, manner: str, severity: str | None):
    """Taken as new, taken as an appeal that cancels the call, or nobody knows: told apart, never guessed."""
    case = detected(office, payer=payer)
    chart(office, a_note())
    found = look(office, case)

    assert (manner, True) == (found.manner, found.found.spares_the_call)
    assert severity == (found.lost[0].severity.value if found.lost else None)
    assert all(each.source and each.verified_on for each in found.lost)


def test_what_was_sent_or_says_nothing_is_not_offered(office: Office):
    """The note that the payer has, and the one that answers nothing."""
    case = detected(office, payer="UnitedHealthcare")
    chart(office, a_note(days=20), a_note("Walks 120 m.", id="n2"), listed=("DocumentReference/n1",))
    found = look(office, case)

    assert ("none", ()) == (found.manner, found.found.to_send)
    assert ["yes"] == [each.sending.sent.value for one in found.found.failed for each in one.answers]


def test_a_note_that_is_struck_is_offered_no_more(office: Office):
    """Entered in error a minute later: the next look does not show it."""
    case = detected(office, payer="UnitedHealthcare")
    chart(office, a_note())
    before = look(office, case).manner
    chart(office, a_note(status="entered-in-error"))

    assert ("offer", "none") == (before, look(office, case).manner)


def test_another_patients_note_is_not_this_ones(office: Office):
    """Whatever an EHR sends along."""
    case = detected(office, payer="UnitedHealthcare")
    chart(office, a_note(patient="p2"))

    assert () == look(office, case).found.to_send


def test_the_chart_is_asked_for_once_and_its_look_is_kept(office: Office):
    """One chart, one request, and who looked: as with the brief."""
    case = detected(office)
    office.ehr.asked.clear()
    look(office, case, patient="Patient/p1")

    assert [("chart", "Patient/p1"), ("sent", "Patient/p1")] == office.ehr.asked
    assert ("sandbox|coordinator", "see_case", case.id, "Patient/p1") == office.audited()[-1]


def test_a_chart_that_may_not_be_seen_is_not_read(office: Office):
    """Another patient's tab, a chart the EHR closes to this user: refused, kept, and nothing asked of the chart."""
    case = detected(office)
    office.ehr.asked.clear()
    with pytest.raises(OtherPatient):
        look(office, case, patient="Patient/p2")
    office.ehr.closed.add("Patient/p1")
    with pytest.raises(NotYours):
        look(office, case, session_id="s1")

    assert "chart" not in {what for what, _ in office.ehr.asked}
    assert ["refused see_case"] * 2 == [act for _, act, *_ in office.audited()[-2:]]


@pytest.mark.parametrize("role", list(Role))
def test_whoever_may_see_the_case_may_see_it(office: Office, role: Role):
    """A delegate sends documents as well as anybody."""
    case = detected(office)

    assert look(office, case, role=role).found is not None


@pytest.mark.parametrize("state", ["decided", "closed", "no_call"])
def test_no_chart_is_read_where_no_document_counts(office: Office, state: str):
    """Decided, closed, or a benefit that the plan excludes: nothing is looked for."""
    case = bring(office, state)
    office.ehr.asked.clear()
    found = look(office, case)

    assert (None, "none") == (found.found, found.manner)
    assert "chart" not in {what for what, _ in office.ehr.asked}


def test_a_request_that_nobody_can_read_leaves_it_to_be_asked(office: Office):
    """No Claim in this EHR: what answers is shown, and that nobody can tell whether it was sent."""
    case = detected(office, an_answer(payer="UnitedHealthcare"))
    chart(office, a_note(days=20))
    del office.ehr.submissions["Patient/p1"]
    found = look(office, case)

    assert ("ask", False) == (found.manner, found.found.is_sure)


def test_what_could_not_be_read_is_passed_on(office: Office):
    """A search that failed, a note that is a picture: one of them may hold the answer."""
    case = detected(office)
    picture = {"content": [{"attachment": {"contentType": "image/tiff", "data": "AA=="}}]}
    chart(office, a_note(**picture))
    office.ehr.left_out = ("DocumentReference: the EHR does not answer", "Observation: the EHR keeps some back")

    assert ("DocumentReference: the EHR does not answer", "Not used: a document of type image/tiff.") == (
        look(office, case).unread
    )


def test_an_ehr_that_is_away_is_told(office: Office):
    """Nothing is made up of a chart that cannot be read."""
    case = detected(office)
    office.ehr.go_away()
    with pytest.raises(Temporary):
        look(office, case)


def test_looking_changes_nothing(office: Office):
    """It offers; a person acts."""
    case = detected(office, payer="UnitedHealthcare")
    chart(office, a_note())
    before = office.photo()
    look(office, case)

    assert before == office.photo()


def test_only_the_request_of_this_ehr_is_asked_for(office: Office):
    """A letter names a request of its sender's; under that number this EHR may hold another patient's."""
    asked: list[tuple[str, ...]] = []
    office.ehr.sent = lambda patient, *, about, payers: asked.append(about) or Submission()
    look(office, detected(office))

    assert [("ClaimResponse/cr1", "Claim/cr1")] == asked
    assert replace(office.store.case_of_denial(TENANT, "ClaimResponse/cr1"), tellings=()).about == asked[0]


def test_a_benefit_that_is_excluded_never_becomes_a_question_of_documents(office: Office):
    """Where the plan does not cover it, no note changes that."""
    case = detected(office, an_answer(reason=EXCLUDED, notes=()))

    assert look(office, case).found is None
