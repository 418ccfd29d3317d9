"""Every fact of a chart quotes what stands in the resource it names, at the place it names: whatever form it has."""

import json
import random

import pytest

from app.edges.fhir.attachment import Files
from app.edges.fhir.chart import read_chart
from app.edges.fhir.source import text_at
from app.edges.letters import text_and_warnings
from tests.bench.chart import PATIENT
from tests.bench.chart import _resources as chart_of_2000
from tests.edges.test_chart import CHARTS, chart_of, needs_charts, observation, order
from tests.edges.test_chart_claims import allergy, condition, facts, procedure, request, taken


def lost(chart, resources):
    """Return each evidence whose quote does not stand where it says; PDFs are read anew."""
    held = {}
    missing = []
    for evidence in (each for fact in facts(chart) for each in fact.evidence):
        place = evidence.reference, evidence.path
        if place not in held:
            held[place] = text_at(resources[place[0]], place[1], files=Files(text_and_warnings, left=1_000)) or ""
        if evidence.quote not in held[place]:
            missing.append(evidence)
    return missing


def test_a_chart_in_every_form_is_quoted_verbatim():
    """2,000 resources, notes as text, HTML, RTF, clinical documents and PDF: all of their facts (issue 5, measures)."""
    resources = {f"{each['resourceType']}/{each['id']}": each for each in chart_of_2000(random.Random(7))}
    chart = read_chart(resources, patient=PATIENT, read_file=text_and_warnings)

    assert [] == lost(chart, resources)
    assert len(chart.remarks) > 1_000 and len(chart.measures) > 1_000


@needs_charts
@pytest.mark.parametrize("path", sorted((CHARTS / "bundles").glob("*.json")), ids=lambda path: path.name[:16])
def test_real_charts_are_quoted_verbatim(path):
    """The public charts, whole."""
    resources = {
        f"{each['resourceType']}/{each['id']}": each
        for each in (entry["resource"] for entry in json.loads(path.read_text())["entry"])
    }

    assert [] == lost(read_chart(resources, patient=None), resources)


@pytest.mark.parametrize(
    "resource",
    [
        *(observation(valueQuantity=None, **each) for each in (
            {"valueBoolean": True}, {"valueBoolean": False}, {"valueInteger": 7}, {"valueString": " two words "},
            {"valueTime": "07:30:00"}, {"valueDateTime": "2026-04-03T10:00:00Z"},
            {"valueCodeableConcept": {"coding": [{"code": "x", "display": "Former smoker"}]}},
            {"valueRange": {"low": {"value": 3.50, "unit": "mm"}, "high": {"value": 5}}},
            {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}},
            {"component": [{"code": {"text": "a"}, "valueQuantity": {"value": "7.10", "unit": "kg"}}]},
        )),
        observation(valueQuantity={"value": 180.50, "unit": "lb", "code": "[lb_av]"}, note=[{"text": "Sat up."}]),
        order(dosageInstruction=[{"text": "daily", "timing": {"repeat": {"boundsPeriod": {"start": "2026-01-05"}}}}]),
        order(dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}],
                                  "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}}]),
        taken(effectivePeriod={"start": "2026-01-05", "end": "2026-03-01"}, statusReason=[{"text": "No effect"}]),
        taken(medicationCodeableConcept=None, medicationReference={"display": "Naproxen 500"}),
        condition(onsetDateTime="2019", note=[{"text": "Since a fall."}]),
        allergy(reaction=[{"manifestation": [{"coding": [{"display": "Hives"}]}]}]),
        procedure(outcome={"text": "No relief"}),
        procedure(note=[{"text": "Stopped for pain."}]),
        request(),
    ],
)  # fmt: skip
def test_each_element_is_quoted_as_it_stands(resource):
    """Numbers, yes and no, spans, codes, days: as the JSON has them, so that a checker of its own finds them."""
    chart = chart_of(resource)

    assert facts(chart)
    assert [] == lost(chart, {f"{resource['resourceType']}/{resource['id']}": resource})
