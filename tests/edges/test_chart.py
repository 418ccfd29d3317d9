"""A chart as servers send it, read into facts: nothing lost, nothing invented, one bad thing hides only itself."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.brief.measures import course_of, series_of
from app.edges.fhir.chart import read_chart
from app.errors import BadInput

CHARTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "charts"
needs_charts = pytest.mark.skipif(not CHARTS.is_dir(), reason="the public charts do not stand beside the checkout")
PATIENT = {"resourceType": "Patient", "id": "p"}
OURS = {"subject": {"reference": "Patient/p"}}


def chart_of(*resources, patient=None):
    """Return the chart of one patient's resources."""
    found = {f"{each['resourceType']}/{each['id']}": each for each in (PATIENT, *resources)}
    return read_chart(found, patient=patient)


def observation(**more):
    """Return an Observation of pain, 5."""
    base = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3", "display": "Pain"}]},
        "effectiveDateTime": "2026-10-01T09:00:00-05:00",
        "valueQuantity": {"value": 5, "unit": "score", "system": "http://unitsofmeasure.org", "code": "{score}"},
    }
    return {**base, **OURS, **more}


def note(text, *, kind="text/plain", **more):
    """Return a DocumentReference that holds the text."""
    data = base64.b64encode(text.encode()).decode()
    base = {
        "resourceType": "DocumentReference",
        "id": "n1",
        "status": "current",
        "type": {"text": "Clinic note"},
        "date": "2026-10-02T10:00:00Z",
        "content": [{"attachment": {"contentType": kind, "data": data}}],
    }
    return {**base, **OURS, **more}


def order(**more):
    """Return a stopped MedicationRequest."""
    base = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "stopped",
        "intent": "order",
        "medicationCodeableConcept": {"text": "naproxen 500 mg"},
        "authoredOn": "2026-01-01",
    }
    return {**base, **OURS, **more}


def test_a_value_keeps_its_code_unit_day_and_exact_words():
    """The day is the one the chart wrote, the quote the value as it stands."""
    (found,) = chart_of(observation()).measures

    assert found.series == ("http://loinc.org", "72514-3", "{score}")
    assert (found.value, found.unit, found.day) == (5.0, "score", "2026-10-01")
    assert found.at == datetime(2026, 10, 1, 14, 0, tzinfo=UTC)
    assert (found.cite.reference, found.cite.path, found.cite.quote) == ("Observation/o1", "valueQuantity.value", "5")


def test_loinc_names_the_series_wherever_it_stands_among_the_codings():
    """A local code in front must not split the series."""
    codings = [{"system": "urn:local", "code": "PAIN"}, {"system": "http://loinc.org", "code": "72514-3"}]

    (found,) = chart_of(observation(code={"coding": codings, "text": "Pain"})).measures

    assert found.series[:2] == ("http://loinc.org", "72514-3")


def test_a_panel_is_split_into_its_components():
    """Systolic and diastolic pressure hide under one code."""
    parts = [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "unit": "mm[Hg]"},
        }
        for code, value in (("8480-6", 137.5), ("8462-4", 82))
    ]
    panel = observation(component=parts)
    del panel["valueQuantity"]

    found = chart_of(panel).measures

    assert [("8480-6", "component[0].valueQuantity.value"), ("8462-4", "component[1].valueQuantity.value")] == [
        (each.series[1], each.cite.path) for each in found
    ]


@pytest.mark.parametrize(
    "resource",
    [
        observation(status="entered-in-error"),
        observation(status="cancelled"),
        observation(status="registered"),
        order(status="entered-in-error"),
        order(status="cancelled"),
        order(status="draft"),
        order(intent="plan"),
        order(intent="proposal"),
        order(doNotPerform=True),
        {**order(), "resourceType": "MedicationStatement", "status": "not-taken"},
        {**order(), "resourceType": "MedicationStatement", "status": "intended"},
        {**order(), "resourceType": "MedicationAdministration", "status": "not-done"},
        {"resourceType": "Procedure", "id": "x", "status": "not-done", "code": {"text": "Fusion"}, **OURS},
        {"resourceType": "Procedure", "id": "x", "status": "preparation", "code": {"text": "Fusion"}, **OURS},
        {"resourceType": "Procedure", "id": "x", "status": "entered-in-error", "code": {"text": "Fusion"}, **OURS},
        {
            "resourceType": "Condition",
            "id": "x",
            "code": {"text": "Cancer"},
            "verificationStatus": {"coding": [{"code": "refuted"}]},
            **OURS,
        },
        {
            "resourceType": "Condition",
            "id": "x",
            "code": {"text": "Cancer"},
            "verificationStatus": {"coding": [{"code": "differential"}]},
            **OURS,
        },
        {"resourceType": "Condition", "id": "x", "code": {"text": "Suspected lung cancer (situation)"}, **OURS},
        {
            "resourceType": "Condition",
            "id": "x",
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z80.0", "display": "Cancer"}]},
            **OURS,
        },
        {"resourceType": "FamilyMemberHistory", "id": "x", "condition": [{"code": {"text": "Cancer"}}], **OURS},
        {"resourceType": "CarePlan", "id": "x", "title": "Physical therapy", **OURS},
        {"resourceType": "Encounter", "id": "x", "status": "planned", "type": [{"text": "Physical therapy"}], **OURS},
        note("Pain.", status="entered-in-error"),
        note("Pain.", docStatus="entered-in-error"),
    ],
    ids=lambda each: f"{each['resourceType']}-{each.get('status', '')}-{each.get('intent', '')}",
)
def test_what_is_wrong_planned_refuted_or_of_the_family_is_no_fact(resource):
    """None of these says anything of the patient."""
    chart = chart_of(resource)

    assert not any(
        (
            chart.problems,
            chart.measures,
            chart.findings,
            chart.medicines,
            chart.procedures,
            chart.remarks,
            chart.allergies,
        )
    )


def test_a_resolved_problem_is_a_fact_but_not_an_active_one():
    """It happened; it is not why one operates today."""
    ended = {
        "resourceType": "Condition",
        "id": "c",
        "code": {"text": "Sprain"},
        "abatementDateTime": "2025-01-01",
        **OURS,
    }

    (found,) = chart_of(ended).problems

    assert not found.active


def test_a_medicine_tells_dose_dates_and_why_it_ended():
    """The table of prior therapy needs all four, each with its own quote."""
    period = {"start": "2026-01-01", "end": "2026-03-01"}
    dosage = [{"text": "500 mg twice a day", "timing": {"repeat": {"boundsPeriod": period}}}]

    (found,) = chart_of(order(dosageInstruction=dosage, statusReason={"text": "No effect"})).medicines

    assert (found.label, found.dose, found.day, found.ended_day, found.stop_reason) == (
        "naproxen 500 mg",
        "500 mg twice a day",
        "2026-01-01",
        "2026-03-01",
        "No effect",
    )
    assert {"naproxen 500 mg", "500 mg twice a day", "2026-01-01", "2026-03-01", "No effect"} == {
        each.quote for each in found.evidence
    }


def test_a_medicine_named_elsewhere_is_found_and_cited_there():
    """medicationReference points at a Medication of the chart, or at a contained one."""
    outside = order(id="m1", medicationReference={"reference": "Medication/med"})
    inside = order(
        id="m2",
        medicationReference={"reference": "#a"},
        contained=[{"resourceType": "Medication", "id": "a", "code": {"text": "gabapentin"}}],
    )
    del outside["medicationCodeableConcept"], inside["medicationCodeableConcept"]
    medication = {"resourceType": "Medication", "id": "med", "code": {"text": "pregabalin"}}

    found = chart_of(outside, inside, medication).medicines

    assert [
        ("pregabalin", "Medication/med", "code.text"),
        ("gabapentin", "MedicationRequest/m2", "contained[0].code.text"),
    ] == [(each.label, each.cite.reference, each.cite.path) for each in found]


def test_a_dose_without_words_is_built_from_its_numbers():
    """Synthetic and some real servers send numbers only."""
    dosage = {
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}],
    }

    (found,) = chart_of(order(dosageInstruction=[dosage])).medicines

    assert found.dose == "500 mg 2 × a day"


def test_a_note_is_quoted_verbatim():
    """A checker must find the quote in the decoded text."""
    text = "Seen today. Leg pain 8\nof 10.\n\nPlan:\n- MRI\n"

    chart = chart_of(note(text))

    assert ["Seen today.", "Leg pain 8\nof 10.", "- MRI"] == [each.cite.quote for each in chart.remarks]
    assert all(each.cite.quote in text for each in chart.remarks)
    assert chart.remarks[-1].heading == "plan"


def test_markup_of_a_note_is_no_text():
    """Scripts and styles of a note never become words of the brief."""
    head = "<head><style>p{}</style></head>"
    source = f"<html>{head}<body><script>alert(1)</script><p>Pain &gt; 7.</p><p>Walks 120 m.</p></body></html>"

    assert ["Pain > 7.", "Walks 120 m."] == [each.words for each in chart_of(note(source, kind="text/html")).remarks]


def test_a_binary_beside_the_note_is_read_and_cited():
    """Attachment.url to a Binary of the same chart."""
    pointing = note("")
    pointing["content"] = [{"attachment": {"contentType": "text/plain", "url": "Binary/b"}}]
    binary = {
        "resourceType": "Binary",
        "id": "b",
        "contentType": "text/plain",
        "data": base64.b64encode(b"Pain 8 of 10.").decode(),
    }

    (found,) = chart_of(pointing, binary).remarks

    assert (found.cite.reference, found.cite.path) == ("Binary/b", "data")


@pytest.mark.parametrize(
    ("attachment", "why"),
    [
        ({"contentType": "application/pdf", "data": "JVBERi0="}, "a PDF"),
        ({"contentType": "text/plain", "data": "%%%not base64"}, "damaged"),
        ({"contentType": "text/plain", "url": "https://elsewhere.example/note"}, "outside the chart"),
        ({"contentType": "text/plain", "url": "Binary/unknown"}, "not in the chart"),
        ({"contentType": "text/plain", "data": base64.b64encode(b"x" * 3_000_000).decode()}, "longer than 2 MiB"),
    ],
)
def test_a_document_that_cannot_be_read_is_told_and_hides_only_itself(attachment, why):
    """The brief builds without it and says what it did without."""
    unread = note("", id="n2")
    unread["content"] = [{"attachment": attachment}]

    chart = chart_of(note("Pain 8 of 10."), unread)

    assert ["Pain 8 of 10."] == [each.words for each in chart.remarks]
    assert any(why in each for each in chart.left_out)


def test_the_payers_letter_and_our_own_notes_are_no_evidence():
    """A denial cannot be proved, nor answered, by the denial letter or by Parley's own call note."""
    letter = note("Therapy was not shown.", type={"coding": [{"system": "http://loinc.org", "code": "52034-6"}]})
    ours = note("The call was held.", id="n2", identifier=[{"system": "urn:parley:write", "value": "1"}])

    assert chart_of(letter, ours).remarks == ()


def test_a_replaced_note_no_longer_speaks():
    """What a later document replaces was withdrawn by its author; one superseded without successor is marked."""
    old = note("No therapy.", id="old", status="superseded")
    new = note(
        "Therapy done.", id="new", relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/old"}}]
    )

    assert ["Therapy done."] == [each.words for each in chart_of(old, new).remarks]
    assert "(superseded)" in chart_of(old).remarks[0].label


def test_one_sentence_told_by_report_and_document_is_one_remark():
    """Servers send a note both as DiagnosticReport and as DocumentReference."""
    data = base64.b64encode(b"Pain 8 of 10.").decode()
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": {"text": "Note"},
        "effectiveDateTime": "2026-10-02",
        "presentedForm": [{"contentType": "text/plain", "data": data}],
        **OURS,
    }

    assert len(chart_of(report, note("Pain 8 of 10.")).remarks) == 1


def test_facts_of_another_patient_are_left_out_and_counted():
    """A shared Bundle must never mix two people."""
    chart = chart_of(observation(), observation(id="o2", subject={"reference": "Patient/q"}), patient="Patient/p")

    assert len(chart.measures) == 1
    assert any("another patient" in each for each in chart.left_out)


def test_two_patients_need_a_name():
    """Guessing whose chart it is would be the worst guess of all."""
    other = {"resourceType": "Patient", "id": "q"}

    with pytest.raises(BadInput, match="more than one Patient"):
        chart_of(other, observation())


@pytest.mark.parametrize(
    "reference", ["Patient/p", "urn:uuid:p", "https://ehr.example/fhir/Patient/p", "Patient/p/_history/3"]
)
def test_the_patient_is_known_by_every_name_that_servers_use(reference):
    """Transaction Bundles point by urn:uuid, exports by absolute URL."""
    assert len(chart_of(observation(subject={"reference": reference})).measures) == 1


def test_restricted_resources_stay_out_and_it_is_said():
    """What is labelled restricted is not put before a payer."""
    secret = observation(
        meta={"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    )

    chart = chart_of(secret)

    assert chart.measures == ()
    assert ["Held back as sensitive: 1 thing in the chart; a person may add it."] == list(chart.left_out)


def test_a_year_alone_is_a_date():
    """Onset is often known by year only; the page shows the year as written."""
    condition = {"resourceType": "Condition", "id": "c", "code": {"text": "Asthma"}, "onsetDateTime": "2011", **OURS}

    (found,) = chart_of(condition).problems

    assert (found.day, found.at) == ("2011", datetime(2011, 1, 1, tzinfo=UTC))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "text", "coding", "value"]), inner)
    ),
    max_leaves=6,
)
WHOLE = [
    observation(component=[{"code": {"text": "x"}, "valueString": "y"}], note=[{"text": "said"}]),
    order(
        dosageInstruction=[{"text": "x", "timing": {"repeat": {"boundsPeriod": {"start": "2026-01-01"}}}}],
        statusReason={"text": "y"},
    ),
    {
        "resourceType": "Condition",
        "id": "c",
        "code": {"text": "x"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "onsetDateTime": "2026",
        **OURS,
    },
    {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "code": {"text": "x"},
        "reaction": [{"manifestation": [{"text": "y"}]}],
        "patient": {"reference": "Patient/p"},
    },
    {
        "resourceType": "Procedure",
        "id": "pr",
        "status": "completed",
        "code": {"text": "x"},
        "performedPeriod": {"start": "2026-01-01"},
        "note": [{"text": "y"}],
        **OURS,
    },
    {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "type": [{"text": "x"}],
        "period": {"start": "2026-01-01"},
        "reasonCode": [{"text": "y"}],
        **OURS,
    },
    {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": "final",
        "code": {"text": "x"},
        "conclusion": "y.",
        "presentedForm": [{"data": "eA=="}],
        "conclusionCode": [{"text": "z"}],
        **OURS,
    },
    note("Pain.", relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/x"}}]),
    note(
        "{\\rtf1 Pain.}",
        kind="text/rtf",
        securityLabel=[{"coding": [{"code": "N"}]}],
        context={"encounter": [{"reference": "Encounter/e"}], "practiceSetting": {"text": "x"}},
        author=[{"display": "x"}],
        description="y",
    ),
    observation(
        valueQuantity=None,
        valueRange={"low": {"value": 1, "unit": "mm"}, "high": {"value": 2}},
        focus=[{"reference": "Device/x"}],
        component=[{"code": {"text": "x"}, "valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 2}}}],
        meta={"security": [{"code": "N"}]},
        encounter={"reference": "Encounter/e"},
    ),
    {
        "resourceType": "ServiceRequest",
        "id": "s",
        "status": "active",
        "intent": "order",
        "code": {"text": "x"},
        "category": [{"text": "y"}],
        "performer": [{"display": "z"}],
        "authoredOn": "2026-01-01",
        **OURS,
    },
    {
        "resourceType": "Encounter",
        "id": "e2",
        "status": "finished",
        "class": {"code": "IMP", "display": "x"},
        "serviceType": {"text": "y"},
        "serviceProvider": {"display": "z"},
        "location": [{"location": {"display": "w"}}],
        **OURS,
    },
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_wrong_type_anywhere_breaks_the_chart(data):
    """A resource with nonsense in any element hides at most itself."""
    resource = json.loads(json.dumps(data.draw(st.sampled_from(WHOLE))))
    places = [(holder, key) for holder, key in _places(resource) if key not in ("resourceType", "id")]
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(JUNK)

    chart = chart_of(resource, observation(id="sound"))

    assert "Observation/sound" in {each.cite.reference for each in chart.measures}


def _places(value):
    """Yield (holder, key) of every element."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


def real_charts():
    """Return (bundle, expected) paths of the public charts."""
    return (
        [(CHARTS / "bundles" / each.name, each) for each in sorted((CHARTS / "expected").glob("*.json"))]
        if CHARTS.is_dir()
        else []
    )


def real_chart(path):
    """Return the chart of a public Bundle."""
    entries = json.loads(path.read_text())["entry"]
    found = {f"{each['resource']['resourceType']}/{each['resource']['id']}": each["resource"] for each in entries}
    found |= {each["fullUrl"]: each["resource"] for each in entries}
    return read_chart(found, patient=None)


@needs_charts
@pytest.mark.parametrize(("bundle", "expected"), real_charts(), ids=lambda path: path.name[:16])
def test_every_measure_of_a_real_chart_is_read_as_its_readers_worked_out(bundle, expected):
    """224 serial measures of 13 public charts: first, latest and change over the whole record, per code and unit."""
    told = json.loads(expected.read_text())
    found = series_of(real_chart(bundle).measures, now=datetime(2026, 11, 20, tzinfo=UTC))
    by_code = {(key[1], readings[-1].values[0].unit): readings for key, readings in found.items()}

    for each in told["measures"]:
        readings = by_code[each["code"], each["unit"]]
        course = course_of(readings, until=datetime(3000, 1, 1, tzinfo=UTC))
        firsts = each.get("same_time_first") or [each["first"][1]]
        latests = each.get("same_time_latest") or [each["latest"][1]]
        assert course.baseline.at == datetime.fromisoformat(each["first"][0])
        assert course.recent.at == datetime.fromisoformat(each["latest"][0])
        assert sorted(set(firsts)) == [one.value for one in course.baseline.values]
        assert sorted(set(latests)) == [one.value for one in course.recent.values]
    assert {key for key, readings in by_code.items() if len(readings) > 1} >= {
        (each["code"], each["unit"]) for each in told["measures"]
    }


@needs_charts
@pytest.mark.parametrize(("bundle", "expected"), real_charts(), ids=lambda path: path.name[:16])
def test_medicines_problems_and_procedures_of_a_real_chart_are_all_there(bundle, expected):
    """Orders per medicine, active problems and procedure counts as worked out from the files."""
    told, chart = json.loads(expected.read_text()), real_chart(bundle)
    had = [each for each in told["conditions_all"] if not each["display"].startswith("Suspected")]

    orders = {}
    for each in chart.medicines:
        orders[each.codes[0].code] = orders.get(each.codes[0].code, 0) + 1
    assert {each["rxnorm"]: each["orders"] for each in told["medications"]} == orders
    assert sorted(each["display"] for each in had) == sorted(each.label for each in chart.problems)
    active = {each["display"] for each in told["conditions_active_at_case_date"]}
    assert active >= {each.label for each in chart.problems if each.active}
    done = {}
    for each in chart.procedures:
        if each.kind == "procedure":
            done[each.label] = done.get(each.label, 0) + 1
    assert told["procedure_counts"] == done
