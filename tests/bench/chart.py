"""The one-page brief from a chart of 2,000 resources: read, assembled, and on paper."""

import base64
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.race import FULL, Laps, Row, race
from tests.letters import a_pdf, shown

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
PATIENT = "Patient/chart"
LOINC, ICD10, CPT = "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm", "http://www.ama-assn.org/go/cpt"
TERMS, ABOUT = "http://terminology.hl7.org/CodeSystem", {"reference": PATIENT}
# How many resources of each kind, as in a chart that many hands have written into; with the patient 2,000.
SHARES = {
    "Observation": 1_249,
    "Encounter": 250,
    "MedicationRequest": 150,
    "DocumentReference": 150,
    "Procedure": 100,
    "DiagnosticReport": 60,
    "Condition": 40,
}
SENTENCES = (
    "Pain in the lower back radiates into the left leg when walking.",
    "Physical therapy was continued twice a week without lasting relief.",
    "Naproxen was stopped because it brought no relief.",
    "Weakness of the left foot, walks 200 m before resting.",
    "Standing films show 6 mm of translation at the level.",
    "Does not smoke. Mood screening normal.",
    "Lungs clear, heart sounds regular, abdomen soft.",
    "Blood pressure within range; no change of medication today.",
    "Immunizations reviewed and up to date.",
    "Follow-up arranged in four weeks.",
)


def prepare(folder: Path) -> None:
    """Write the chart as one Bundle."""
    draw = random.Random(2000)
    entries = [{"resource": each} for each in _resources(draw)]
    (folder / "chart.json").write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))


def rows(folder: Path) -> list[Row]:
    """Return what the race gave."""
    prepare(folder)
    runners = ("chart:assemble", "chart:with_files", "chart:html", "chart:docx")
    laps = race(runners, folder, rounds=5 if FULL else 2)
    assembled, filed, html, docx = (laps[each] for each in runners)
    name = f"brief from {1 + sum(SHARES.values()):,} resources"
    return [
        _row(f"{name}: chart read, page assembled", assembled, most=1000),
        _row(f"{name}: the same with 15 PDFs among the notes, on the wall", filed, most=1000),
        _row(f"{name}: HTML of it", html, most=15),
        _row(f"{name}: DOCX of it", docx, most=70),
    ]


def _row(name: str, laps: Laps, *, most: float | None = None) -> Row:
    value = round(laps.each * 1000, 1)
    goal, met = (f"<= {most:g} ms", value <= most) if most else (None, None)
    return Row(name, value, "ms", goal=goal, met=met, memory_mib=laps.memory_mib)


def assemble(folder: Path) -> dict:
    """Read the chart into facts and assemble the page, as the page of the brief does."""
    brief, work = _ready(folder)
    return {"seconds": _median(work, 10 if FULL else 3), "count": 1, "answer": _facts(brief)}


def with_files(folder: Path) -> dict:
    """Do the same with the chart's PDFs, which processes of their own read: by the clock on the wall."""
    from app.edges.letters import text_and_warnings

    brief, work = _ready(folder)
    seconds = _median(lambda: work(text_and_warnings), 10 if FULL else 3, clock=time.perf_counter)
    return {"seconds": seconds, "count": 1, "answer": _facts(brief)}


def html(folder: Path) -> dict:
    """Render the page as one file."""
    from app.edges.papers import PaperMaker

    brief, _ = _ready(folder)
    papers = PaperMaker()
    assert "<html" in papers.html(brief)
    return {"seconds": _median(lambda: papers.html(brief), 30 if FULL else 10), "count": 1, "answer": _facts(brief)}


def docx(folder: Path) -> dict:
    """Render the page as a Word document."""
    from app.edges.papers import PaperMaker

    brief, _ = _ready(folder)
    papers = PaperMaker()
    assert papers.docx(brief)[:2] == b"PK"
    return {"seconds": _median(lambda: papers.docx(brief), 15 if FULL else 5), "count": 1, "answer": _facts(brief)}


def _ready(folder: Path) -> tuple:
    """Return the brief, and the work that makes it anew."""
    from app.core.brief import assemble_brief
    from app.core.detect import route_denial
    from app.core.people import Patient
    from app.edges.fhir.chart import read_chart
    from app.edges.fhir.claim_response import read_denial
    from app.edges.fhir.coverage import read_coverage
    from app.edges.letters import text_and_warnings
    from app.edges.rulebook import RuleBook
    from app.wire import RULES

    book = RuleBook.load(RULES)
    bundle = json.loads((folder / "chart.json").read_text())
    resources = {f"{each['resourceType']}/{each['id']}": each for each in (e["resource"] for e in bundle["entry"])}
    denial = read_denial(_denial(), claim=_claim())
    coverage = read_coverage(None, payer=None, insurer=denial.insurer)
    routing = route_denial(denial, coverage, rules=book.denials, payer=None, now=NOW)

    def work(read_file=None):
        return assemble_brief(
            denial=denial,
            routing=routing,
            coverage=coverage,
            patient=Patient(PATIENT, "Synthetic Person", "1968-04-02", "female"),
            clinician=None,
            chart=read_chart(resources, patient=PATIENT, read_file=read_file),
            criteria=book.criteria,
            now=NOW,
        )

    brief = work(text_and_warnings)
    evidence = [each for section in brief.sections for sentence in section.sentences for each in sentence.evidence]
    assert len(resources) == 1 + sum(SHARES.values())
    assert evidence and all(each.reference in resources for each in evidence if not _is_of_denial(each.reference))
    return brief, work


def _is_of_denial(reference: str) -> bool:
    return reference in ("ClaimResponse/denial", "Claim/claim")


def _facts(brief) -> list:
    sentences = [sentence.text for section in brief.sections for sentence in section.sentences]
    return [brief.answer.text, sentences, len(brief.missing)]


def _median(work: Callable[[], object], times: int, *, clock: Callable[[], float] = time.process_time) -> float:
    seconds = []
    for _ in range(times):
        begun = clock()
        work()
        seconds.append(clock() - begun)
    return statistics.median(seconds)


def _denial() -> dict:
    url = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-reviewAction"
    action = {"url": f"{url}Code", "valueCodeableConcept": _concept("https://codesystem.x12.org/005010/306", "A3")}
    reason = {"url": "reasonCode", "valueCodeableConcept": _concept("https://codesystem.x12.org/external/886", "0F")}
    return {
        "resourceType": "ClaimResponse",
        "id": "denial",
        "status": "active",
        "use": "preauthorization",
        "outcome": "complete",
        "created": (NOW - timedelta(days=2)).isoformat(),
        "patient": ABOUT,
        "insurer": {"display": "Example Mutual"},
        "item": [
            {"itemSequence": 1, "adjudication": [{"extension": [{"url": url, "extension": [action, reason]}]}]},
        ],
        "processNote": [{"number": 1, "text": "Six weeks of supervised therapy and instability are not shown."}],
    }


def _claim() -> dict:
    item = {"sequence": 1, "productOrService": _concept(CPT, "22612"), "diagnosisSequence": [1]}
    diagnosis = {"sequence": 1, "diagnosisCodeableConcept": _concept(ICD10, "M43.16")}
    return {"resourceType": "Claim", "id": "claim", "use": "preauthorization", "item": [item], "diagnosis": [diagnosis]}


def _resources(draw: random.Random) -> Iterator[dict]:
    yield {"resourceType": "Patient", "id": "chart", "name": [{"family": "Person"}], "birthDate": "1968-04-02"}
    makers = {
        "Observation": _observation,
        "Encounter": lambda n, day, draw: {"subject": ABOUT, "status": "finished", "period": {"start": day}},
        "MedicationRequest": _medicine,
        "DocumentReference": _note,
        "Procedure": _procedure,
        "DiagnosticReport": _report,
        "Condition": _condition,
    }
    for kind, count in SHARES.items():
        for number in range(count):
            day = (NOW - timedelta(days=draw.randrange(5, 900), minutes=draw.randrange(600))).isoformat()
            yield {"resourceType": kind, "id": f"{kind.lower()}-{number}", **makers[kind](number, day, draw)}


def _observation(number: int, day: str, draw: random.Random) -> dict:
    code, value = draw.choice(
        (
            (_concept(LOINC, "72514-3"), {"value": draw.randint(3, 9), "unit": "{score}"}),
            ({"text": "Oswestry disability index"}, {"value": draw.randint(30, 60), "unit": "%"}),
            (_concept(LOINC, "8480-6"), {"value": draw.randint(100, 150), "unit": "mm[Hg]"}),
            (_concept(LOINC, "29463-7"), {"value": draw.randint(60, 90), "unit": "kg"}),
            (_concept(LOINC, "2345-7"), {"value": draw.randint(80, 130), "unit": "mg/dL"}),
        )
    )
    return {"status": "final", "subject": ABOUT, "code": code, "effectiveDateTime": day, "valueQuantity": value}


def _medicine(number: int, day: str, draw: random.Random) -> dict:
    name = draw.choice(("naproxen 500 mg", "gabapentin 300 mg", "lisinopril 10 mg", "metformin 500 mg"))
    return {
        "status": draw.choice(("stopped", "active", "completed")),
        "intent": "order",
        "subject": ABOUT,
        "authoredOn": day,
        "medicationCodeableConcept": {"text": name},
        "dosageInstruction": [{"text": "one tablet twice daily"}],
    }


def _note(number: int, day: str, draw: random.Random) -> dict:
    kind, content = _form(number, draw.choices(SENTENCES, k=20))
    data = base64.b64encode(content).decode()
    return {
        "status": "current",
        "subject": ABOUT,
        "date": day,
        "type": _concept(LOINC, "11506-3"),
        "content": [{"attachment": {"contentType": kind, "data": data}}],
    }


def _form(number: int, lines: list[str]) -> tuple[str, bytes]:
    """Return lines as a note in one of the forms that servers send; of ten, five are plain text and one is a PDF."""
    if number % 10 == 0:
        return "application/pdf", a_pdf(shown("\n".join(lines)))
    if number % 10 == 1:
        paragraphs = "".join(f"<paragraph>{line}</paragraph>" for line in lines)
        section = f"<section><title>Note</title><text>{paragraphs}</text></section>"
        body = f"<component><structuredBody><component>{section}</component></structuredBody></component>"
        return "text/xml", f'<ClinicalDocument xmlns="urn:hl7-org:v3">{body}</ClinicalDocument>'.encode()
    if number % 10 == 2:
        return "text/rtf", ("{\\rtf1\\ansi " + "\\par\n".join(lines) + "}").encode()
    if number % 10 in (3, 4):
        return "text/html", "".join(f"<p>{line}</p>" for line in lines).encode()
    return "text/plain", "\n".join(lines).encode()


def _procedure(number: int, day: str, draw: random.Random) -> dict:
    code = _concept(CPT, draw.choice(("97110", "97140", "99213", "36415")))
    return {"status": "completed", "subject": ABOUT, "performedDateTime": day, "code": code}


def _report(number: int, day: str, draw: random.Random) -> dict:
    told = draw.choice(("Severe stenosis of the canal at the level.", "No abnormal finding."))
    return {
        "status": "final",
        "subject": ABOUT,
        "effectiveDateTime": day,
        "code": _concept(LOINC, "24968-9"),
        "conclusion": told,
    }


def _condition(number: int, day: str, draw: random.Random) -> dict:
    code = _concept(ICD10, draw.choice(("M43.16", "M48.061", "E11.9", "I10", "J45.909")))
    status = _concept(f"{TERMS}/condition-clinical", "active")
    return {"subject": ABOUT, "code": code, "clinicalStatus": status, "recordedDate": day}


def _concept(system: str, code: str) -> dict:
    return {"coding": [{"system": system, "code": code}]}
