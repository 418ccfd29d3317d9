"""Every quote of the brief is found again where the evidence says that it stands, and marked there and nowhere else."""

import base64
import json

import pytest

from app.core.brief.facts import Evidence
from app.edges.fhir.chart import read_chart
from app.edges.fhir.source import open_sources, text_at
from tests.edges.test_chart import CHARTS, PATIENT, needs_charts, note, observation, order


def cited(fact) -> Evidence:
    """Return what a fact rests on first."""
    return fact.cite


def opened(resource, *paths_and_quotes):
    """Return one resource opened at quotes."""
    reference = f"{resource['resourceType']}/{resource['id']}"
    found = [Evidence(reference, path, None, quote) for path, quote in paths_and_quotes]
    (one,) = open_sources({reference: resource}, found)
    return one


def marked(one) -> list[tuple[str, str]]:
    """Return (label, marked words) of the lines."""
    return [(line.label, piece.text) for line in one.lines for piece in line.pieces if piece.marked]


def said(one) -> dict[str, str]:
    """Return the lines as they read."""
    return {line.label: "".join(piece.text for piece in line.pieces) for line in one.lines}


def facts_of(chart):
    """Return every fact of a chart."""
    return chart.problems + chart.measures + chart.findings + chart.medicines + chart.procedures + chart.remarks


def test_a_value_is_marked_in_its_own_line_beside_its_unit_and_day():
    """The number alone is marked, not the same digit in the date."""
    one = opened(observation(), ("valueQuantity.value", "5"))

    assert [("Result", "5")] == marked(one)
    assert {
        "Of": "Pain (72514-3)",
        "Result": "5 score",
        "Taken": "2026-10-01T09:00:00-05:00",
        "Status": "final",
    } == said(one)
    assert ("Pain", "2026-10-01", "Measurement or finding") == (one.title, one.day, one.kind)


def test_of_a_panel_the_component_is_shown_by_its_name():
    """The reviewer of the sentence sees which of the values it was."""
    part = {"code": {"text": "Systolic"}, "valueQuantity": {"value": 137.5, "unit": "mm[Hg]"}}
    panel = observation(component=[{"code": {"text": "Diastolic"}, "valueQuantity": {"value": 82}}, part])
    del panel["valueQuantity"]
    one = opened(panel, ("component[1].valueQuantity.value", "137.5"))

    assert [("Systolic", "137.5")] == marked(one)
    assert "137.5 mm[Hg]" == said(one)["Systolic"]


def test_an_order_is_marked_at_its_name_dose_dates_and_reason_to_stop():
    """Each element that a sentence on a therapy quotes has its own mark."""
    dose = {
        "text": "1 tablet twice a day",
        "timing": {"repeat": {"boundsPeriod": {"start": "2026-01-02", "end": "2026-03-01"}}},
    }
    one = opened(
        order(dosageInstruction=[dose], statusReason={"text": "Stomach pain"}),
        ("medicationCodeableConcept.text", "naproxen 500 mg"),
        ("dosageInstruction[0].text", "1 tablet twice a day"),
        ("dosageInstruction[0].timing.repeat.boundsPeriod.end", "2026-03-01"),
        ("statusReason.text", "Stomach pain"),
    )

    assert [
        ("Medicine", "naproxen 500 mg"),
        ("Dose", "1 tablet twice a day"),
        ("Dose", "2026-03-01"),
        ("Why it ended", "Stomach pain"),
    ] == marked(one)
    assert "stopped" == said(one)["Status"]


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_a_sentence_of_a_note_is_marked_in_the_text_as_it_was_read(kind):
    """The page shows the decoded text, tags taken away; the sentence is the marked part of it."""
    text = "History: pain.\n\nNo relief after six weeks of therapy.\n\nPlan: decompression."
    body = (
        text
        if kind == "text/plain"
        else "".join(f"<p>{each}</p>" for each in text.split("\n\n")) + "<script>x</script>"
    )
    resource = note(body, kind=kind)
    chart = read_chart({"Patient/p": PATIENT, "DocumentReference/n1": resource}, patient=None)
    (wanted,) = [each.cite for each in chart.remarks if "relief" in each.words]
    (one,) = open_sources({"DocumentReference/n1": resource}, [wanted])
    (passage,) = one.passages

    assert ["No relief after six weeks of therapy."] == [each.text for each in passage if each.marked]
    assert "Plan: decompression." in "".join(each.text for each in passage)
    assert "script" not in str(one)
    assert ("Clinic note", ()) == (one.title, one.lost)


def test_a_text_in_a_binary_is_called_by_the_document_that_points_to_it():
    """A note whose text stands beside it is still that note."""
    data = base64.b64encode(b"Pain is worse.").decode()
    resources = {
        "DocumentReference/n1": note("", content=[{"attachment": {"contentType": "text/plain", "url": "Binary/b1"}}]),
        "Binary/b1": {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": data},
    }
    (one,) = open_sources(resources, [Evidence("Binary/b1", "data", "2026-10-02", "Pain is worse.")])

    assert ("Clinic note", "2026-10-02") == (one.title, one.day)
    assert [["Pain is worse."]] == [[each.text for each in passage if each.marked] for passage in one.passages]


def test_what_is_gone_or_reads_otherwise_is_told_as_lost():
    """Neither a resource that was deleted nor a value that was corrected is shown as if it still said the words."""
    (gone,) = open_sources({}, [Evidence("Observation/o1", "valueQuantity.value", "2026-10-01", "5")])
    changed = opened(observation(valueQuantity={"value": 3, "unit": "score"}), ("valueQuantity.value", "5"))

    assert (("5",), ()) == (gone.lost, gone.lines)
    assert (("5",), []) == (changed.lost, marked(changed))


@pytest.mark.parametrize("added", [False, True])
def test_the_sensitive_part_of_a_note_is_not_shown_around_the_quote_of_another(added):
    """What was held back from the brief is not let in by the text around a sentence; who added it sees it."""
    secret = "Speaks of the assault at length."
    text = f"Assessment:\nPain is worse.\n\nPsychotherapy notes:\n{secret} Weeps.\n\nPlan:\nBrace."
    chosen = frozenset({"DocumentReference/n1"}) if added else frozenset()
    place = Evidence("DocumentReference/n1", "content[0].attachment.data", None, "Pain is worse.")
    (one,) = open_sources({"DocumentReference/n1": note(text)}, [place], added=chosen)
    shown = "".join(piece.text for piece in one.passages[0])

    assert (secret in shown, "Weeps" in shown, "[held back]" in shown) == (added, added, not added)
    assert "Brace." in shown


@pytest.mark.parametrize(
    "path", ["", "x", "note[9].text", "note[0]", "note[-1].text", "a.b.c[0].d", "content[0].attachment.data"]
)
def test_a_path_that_leads_nowhere_is_no_error(path):
    """A path is data; it finds what stands there or nothing."""
    assert text_at({"note": [{"text": "words"}], "a": "b"}, path) in (None,)


@needs_charts
def test_every_fact_of_the_public_charts_is_found_again_where_it_says_it_stands():
    """Of each fact of every chart: the quote stands at the path, and is marked on the page (issue 5, measure 2)."""
    seen = 0
    for file in sorted(CHARTS.rglob("*.json"))[:40]:
        bundle = json.loads(file.read_text("utf-8"))
        found = [each["resource"] for each in bundle.get("entry", []) if "resource" in each]
        resources = {f"{each.get('resourceType')}/{each.get('id')}": each for each in found}
        resources |= {each["fullUrl"]: each["resource"] for each in bundle.get("entry", []) if "fullUrl" in each}
        patient = next((f"Patient/{each['id']}" for each in found if each.get("resourceType") == "Patient"), None)
        for fact in facts_of(read_chart(resources, patient=patient)):
            for one in open_sources(resources, fact.evidence):
                seen += 1
                words = [
                    piece.text
                    for pieces in (*one.passages, *(line.pieces for line in one.lines))
                    for piece in pieces
                    if piece.marked
                ]
                assert one.lost == () and words, (file.name, fact.evidence)

    assert seen > 100
