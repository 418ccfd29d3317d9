"""What a resource says that is not so of the patient, not done, or only planned, is no fact of the chart."""

import pytest

from tests.edges.test_chart import OURS, chart_of, note, observation, order

CODED = "http://terminology.hl7.org/CodeSystem"


def condition(text="Gout", **more):
    """Return a confirmed, active Condition."""
    base = {"resourceType": "Condition", "id": "c", "code": {"text": text}, "recordedDate": "2026-05-01"}
    status = {"clinicalStatus": said("active"), "verificationStatus": said("confirmed")}
    return {**base, **status, **OURS, **more}


def said(code):
    """Return a status as a CodeableConcept."""
    return {"coding": [{"system": f"{CODED}/condition-ver-status", "code": code}]}


def allergy(text="Penicillin", **more):
    """Return an active allergy."""
    base = {"resourceType": "AllergyIntolerance", "id": "a", "code": {"text": text}, "clinicalStatus": said("active")}
    return {**base, "patient": OURS["subject"], **more}


def procedure(text="Physical therapy", **more):
    """Return a Procedure that was done."""
    base = {"resourceType": "Procedure", "id": "pr", "status": "completed", "code": {"text": text}}
    return {**base, "performedDateTime": "2026-05-01", **OURS, **more}


def request(**more):
    """Return an order for therapy."""
    base = {"resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order"}
    return {**base, "code": {"text": "Physical therapy"}, "authoredOn": "2026-05-01", **OURS, **more}


def taken(kind="MedicationStatement", **more):
    """Return a medicine of any of the kinds."""
    base = {"resourceType": kind, "id": "m", "status": "completed", "medicationCodeableConcept": {"text": "Naproxen"}}
    return {**base, **OURS, **more}


def facts(chart):
    """Return every fact of a chart."""
    return [
        *(*chart.problems, *chart.measures, *chart.findings, *chart.medicines),
        *(*chart.procedures, *chart.remarks, *chart.allergies),
    ]


NO_FACT = [
    *(condition(verificationStatus=said(each)) for each in ("refuted", "provisional", "differential", "unconfirmed")),
    condition(verificationStatus=said("entered-in-error")),
    condition(verificationStatus={"text": "Refuted"}),
    condition(verificationStatus="unconfirmed"),
    condition(verificationStatus={"coding": [{"code": "confirmed"}, {"code": "refuted"}]}),
    *(condition(each) for each in ("Suspected gout", "Rule out gout", "Possible gout", "Gout (ruled out)", "Gout?")),
    *(condition(each) for each in ("Family history of gout", "FH: gout", "Mother with gout", "No known problems")),
    *(condition(each) for each in ("At risk of falls", "Screening for diabetes", "R/O gout", "Gout in mother")),
    *(condition(code={"text": "x", "coding": [{"system": "urn:oid:2.16.840.1.113883.6.90", "code": each}]})
      for each in ("Z80.3", "Z03.89", "Z12.11")),
    *(allergy(each) for each in ("No known allergies", "NKDA", "No Known Drug Allergies", "None")),
    *(allergy(clinicalStatus=said(each)) for each in ("inactive", "resolved")),
    allergy(clinicalStatus={"text": "Inactive"}),
    *(allergy(verificationStatus=said(each)) for each in ("refuted", "unconfirmed", "presumed", "entered-in-error")),
    *(procedure(status=each) for each in ("not-done", "preparation", "on-hold", "stopped", "entered-in-error")),
    procedure(notPerformed=True),
    procedure(notDone=True),
    procedure("Not performed"),
    procedure("Declined physical therapy"),
    *(taken(status=each) for each in ("intended", "not-taken", "not-done", "entered-in-error", "draft", "cancelled")),
    *(taken(kind, status=each) for kind, each in (("MedicationAdministration", "not-done"),
                                                  ("MedicationDispense", "declined"),
                                                  ("MedicationDispense", "preparation"))),
    taken(wasNotTaken=True),
    taken(taken="n"),
    taken("MedicationAdministration", notGiven=True),
    taken("MedicationAdministration", wasNotGiven=True),
    taken(medicationCodeableConcept={"text": "No current medications"}),
    *(order(intent=each) for each in ("proposal", "plan", "option")),
    order(doNotPerform=True),
    *(order(status=each) for each in ("draft", "cancelled", "entered-in-error")),
    *(request(intent=each) for each in ("proposal", "plan", "directive", "option")),
    *(request(status=each) for each in ("draft", "revoked", "entered-in-error", "unknown")),
    request(doNotPerform=True),
    *(observation(status=each) for each in ("registered", "cancelled", "entered-in-error", "unknown")),
    observation(dataAbsentReason={"text": "not asked"}),
    observation(code={"text": "Family history of back pain"}, valueQuantity=None, valueString="yes"),
    observation(code={"coding": [{"code": "8670-2", "display": "History of family member diseases"}]}),
    observation(focus=[{"reference": "RelatedPerson/mother"}]),
    {"resourceType": "FamilyMemberHistory", "id": "f", "status": "completed", "patient": OURS["subject"],
     "relationship": {"text": "mother"}, "condition": [{"code": {"text": "Gout"}}]},
    {"resourceType": "Encounter", "id": "e", "status": "cancelled", "type": [{"text": "Visit"}], **OURS},
    {"resourceType": "Encounter", "id": "e", "status": "planned", "type": [{"text": "Visit"}], **OURS},
    {"resourceType": "DiagnosticReport", "id": "d", "status": "cancelled", "code": {"text": "MRI"}, **OURS},
    {"resourceType": "Goal", "id": "g", "description": {"text": "Pain below 3"}, **OURS},
    {"resourceType": "CarePlan", "id": "g", "title": "Therapy", **OURS},
    note("Pain 8 of 10.", status="entered-in-error"),
    note("Pain 8 of 10.", docStatus="entered-in-error"),
]  # fmt: skip


@pytest.mark.parametrize("resource", NO_FACT, ids=lambda each: f"{each['resourceType']}-{NO_FACT.index(each)}")
def test_what_is_not_so_of_the_patient_is_no_fact(resource):
    """Refuted, suspected, planned, not done, absent, in error, or of the family: nothing in the chart (issue 5, 1)."""
    assert [] == facts(chart_of(resource))


@pytest.mark.parametrize(
    "resource",
    [
        condition(),
        condition(verificationStatus={"text": "Confirmed"}),
        condition(verificationStatus=None, clinicalStatus=None),
        condition("Familial hypercholesterolemia"),
        condition("Maternal care for breech presentation"),
        condition("Noise-induced hearing loss"),
        allergy(),
        allergy("Nonsteroidal drugs"),
        procedure(),
        procedure("Negative pressure wound therapy"),
        procedure("Non-invasive ventilation"),
        taken(),
        taken(taken="y"),
        request(),
        observation(focus=[{"reference": "Patient/p"}]),
        observation(focus=[{"reference": "Device/implant"}]),
        {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "IMP"}, **OURS},
    ],
)
def test_what_only_looks_like_it_is_a_fact(resource):
    """Names that begin with no, family or negative as part of a word, and statuses that loose servers leave out."""
    assert 1 == len(facts(chart_of(resource)))


@pytest.mark.parametrize(
    "more",
    [
        {"abatementDateTime": "2026-06-01"},
        {"abatementAge": {"value": 50}},
        {"abatementString": "last spring"},
        {"abatementBoolean": True},
        {"clinicalStatus": said("resolved")},
        {"clinicalStatus": {"text": "Resolved"}},
        {"clinicalStatus": said("inactive")},
    ],
)
def test_a_problem_that_ended_is_past(more):
    """It is told as history, and no criterion that asks for a problem rests on it."""
    assert [False] == [each.active for each in chart_of(condition(**more)).problems]


@pytest.mark.parametrize(
    ("value", "words", "cited"),
    [
        ({"valueBoolean": True}, "yes", [("valueBoolean", "true")]),
        ({"valueBoolean": False}, "no", [("valueBoolean", "false")]),
        ({"valueDateTime": "2026-04-03"}, "2026-04-03", [("valueDateTime", "2026-04-03")]),
        ({"valueTime": "07:30:00"}, "07:30:00", [("valueTime", "07:30:00")]),
        ({"valueRange": {"low": {"value": 3, "unit": "mm"}, "high": {"value": 5, "unit": "mm"}}}, "3 to 5 mm",
         [("valueRange.low.value", "3"), ("valueRange.high.value", "5")]),
        ({"valueRange": {"low": {"value": 3, "unit": "mm"}}}, "at least 3 mm", [("valueRange.low.value", "3")]),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1:128",
         [("valueRatio.numerator.value", "1"), ("valueRatio.denominator.value", "128")]),
    ],
)  # fmt: skip
def test_values_that_are_no_number_are_told_in_words(value, words, cited):
    """A titer, a span, a yes or no, a day; each with the elements it is made of (issue 5, 1)."""
    (found,) = chart_of(observation(valueQuantity=None, **value)).findings

    assert (words, cited) == (found.words, [(each.path, each.quote) for each in found.evidence])


def test_a_panel_keeps_what_is_there_and_leaves_out_what_is_said_to_be_absent():
    """One part without a value does not hide the other."""
    parts = [
        {"code": {"text": "Systolic"}, "valueQuantity": {"value": 140, "unit": "mmHg"}},
        {"code": {"text": "Diastolic"}, "dataAbsentReason": {"text": "error"}, "valueQuantity": {"value": 0}},
    ]
    panel = observation(valueQuantity=None, component=parts)

    assert ["Systolic"] == [each.label for each in chart_of(panel).measures]


def test_what_is_not_final_says_so():
    """A preliminary report, result or note may yet change; whoever reads the brief must see it."""
    report = {"resourceType": "DiagnosticReport", "id": "d", "status": "preliminary", "code": {"text": "MRI"}, **OURS}
    chart = chart_of(report, note("Pain 8 of 10.", docStatus="preliminary"), observation(status="preliminary"))

    assert all("(preliminary)" in each.label for each in facts(chart)) and len(facts(chart)) == 3


def test_an_order_is_no_therapy():
    """What was ordered is told as ordered; that it was done needs a proof of its own."""
    (found,) = chart_of(request(reasonCode=[{"text": "Severe pain"}])).procedures

    assert ("order", "2026-05-01", "Physical therapy") == (found.kind, found.day, found.cite.quote)


def test_a_visit_without_a_type_is_called_by_its_class():
    """Whether somebody was an inpatient often stands nowhere else; the code is quoted, the page speaks words."""
    stay = {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "IMP"}, **OURS}
    (found,) = chart_of(stay).procedures

    assert ("inpatient stay", "IMP", "class.code") == (found.label, found.cite.quote, found.cite.path)
