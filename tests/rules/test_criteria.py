"""The criteria files: dated, sourced, readable, in our own words; and what they say of the sandbox's charts."""

import re
import shutil
from base64 import b64encode
from datetime import UTC, date, datetime
from importlib import import_module
from itertools import combinations
from pathlib import Path

import pytest

from app.core.brief import assemble_brief
from app.core.brief.criteria import judge_criteria
from app.core.detect import route_denial
from app.edges.fhir.bundle import answers_in
from app.edges.fhir.chart import read_chart
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.patient import read_patient
from app.edges.rulebook.criteria import load_criteria
from app.edges.rulebook.denials import load_denial_rules
from app.errors import Misconfigured
from launch.sandbox.patients.dates import Dates
from launch.sandbox.stories import tell

RULES = Path(__file__).parents[2] / "app" / "rules"
SERVICES = load_criteria(RULES / "criteria")
DENIALS = load_denial_rules(RULES / "denials.toml")
NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
CODE = re.compile(r"\d{4}[0-9A-Z]|[A-Z]\d{4}")


def test_the_services_that_lead_p2p_lists_have_criteria():
    """Drugs, imaging, surgery, stays and therapy; and the generic ones last, so that a known service is found first."""
    assert {
        "lumbar_fusion",
        "spine_mri",
        "knee_mri",
        "infliximab",
        "oncology_regimen",
        "pet_ct",
        "physical_therapy",
        "dupilumab",
        "glp1_weight",
        "glp1_diabetes",
        "inpatient_status",
        "skilled_nursing",
        "home_health",
    } <= {each.key for each in SERVICES}
    assert [each.generic for each in SERVICES].count(True) == 1
    assert SERVICES[-1].generic


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.key)
def test_each_file_is_dated_and_sourced_and_says_what_to_bring(service):
    """A rule without its source and date cannot be argued with, nor kept up."""
    assert service.source
    assert date(2026, 1, 1) <= service.reviewed
    assert all(each.text and each.short and each.missing and each.needs for each in service.criteria)


OURS = (
    "infliximab dupilumab glp1_weight glp1_diabetes oncology_regimen inpatient_status skilled_nursing home_health "
    "physical_therapy generic"
).split()


@pytest.mark.parametrize("service", [each for each in SERVICES if each.key in OURS], ids=lambda each: each.key)
def test_a_medical_directors_questions_have_a_file_to_answer_them(service):
    """Two fall-backs, four to seven questions, two counters at least; a known service also alternatives and papers."""
    counters = [each for each in service.questions if each.counters]

    assert 2 <= len(service.fallbacks)
    assert 4 <= len(service.questions) - len(counters) <= 7 and 2 <= len(counters) <= 4
    if not service.generic:
        assert 2 <= len(service.alternatives) and 2 <= len(service.literature) <= 4
        assert any(each.contrary for each in service.literature), "the other side is told as well"


def test_services_are_named_by_bare_codes_only():
    """CPT descriptors are licensed: numbers only, and our own short labels."""
    texts = [path.read_text() for path in (RULES / "criteria").glob("*.toml") if path.name != "systems.toml"]
    codes = [
        code
        for text in texts
        for found in re.findall(r"(?:cpt|hcpcs) = \[(.*?)\]", text, re.S)
        for code in re.findall(r'"(.*?)"', found)
    ]

    assert codes
    assert all(CODE.fullmatch(code) or code == "J9*" for code in codes)


def test_no_code_belongs_to_two_services():
    """A line must not be judged by whichever file is read first: what two files name has uses that tell them apart."""
    known = [each for each in SERVICES if not each.generic]
    for one, other in combinations(known, 2):
        if {c for s in one.codes for c in s.codes} & {c for s in other.codes for c in s.codes}:
            mine, theirs = ({c for s in each.diagnoses for c in (*s.codes, *s.stems)} for each in (one, other))
            assert mine and theirs
            assert not [a for a in mine for b in theirs if a.startswith(b) or b.startswith(a)]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('source = "', 'sourc = "', "sourc"),
        ("reviewed = 2026-12-01", 'reviewed = "soon"', "reviewed"),
        ('kind = "problem"', 'kind = "hunch"', "criteria[0].needs[2].kind"),
        ("icd10 =", "icd9 =", "criteria[0].needs[2].codes.icd9"),
        ("within_days = 730", "within_days = 'long'", "within_days"),
        ('units = ["%", "{score}", "score", "points", ""]', "", "criteria[4].needs[0]"),
        ('worse = "higher"', 'worse = "louder"', "measures[0].worse"),
        ("cues = 'oswestry|", "cues = '(oswestry|", "cues"),
        ('missing = "A mood screening score."', 'missing = " "', "criteria[6].missing"),
        ('key = "nerve"', 'key = "mood"', "criteria"),
        ('kind = "problem"', 'kind = "problem"\nof_family = true', "criteria[0].needs[2]"),
        ("within_days = 730", 'together = [{ kind = "hunch" }]', "together[0].kind"),
    ],
)
def test_a_wrong_rule_is_refused_by_file_and_place(tmp_path, old, new, place):
    """The person who edited the file must find the line."""
    for path in (RULES / "criteria").glob("*.toml"):
        shutil.copy(path, tmp_path)
    file = tmp_path / "lumbar_fusion.toml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))

    with pytest.raises(Misconfigured) as refused:
        load_criteria(tmp_path)

    assert "lumbar_fusion.toml" in refused.value.say
    assert place in refused.value.say


def brief_of(module, *, drop=(), now=NOW):
    """Return the brief of a story of the sandbox, without the resources whose id begins with one of `drop`."""
    chart, _ = tell(import_module(f"launch.sandbox.patients.{module}"), Dates(now))
    kept = [each for each in chart.resources if not any(f"{chart.patient_id}-{name}" in each["id"] for name in drop)]
    resources = {f"{each['resourceType']}/{each['id']}": each for each in kept}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in chart.resources]}
    _, answer, around = next(answers_in(bundle))
    denial = read_denial(answer, claim=claim_of(answer, around))
    patient = f"Patient/{chart.patient_id}"
    return assemble_brief(
        denial=denial,
        routing=route_denial(denial, None, rules=DENIALS, payer=None, now=now),
        coverage=None,
        patient=read_patient(resources[patient], reference=patient),
        clinician=None,
        chart=read_chart(resources, patient=patient),
        criteria=SERVICES,
        now=now,
    )


def statuses(brief):
    """Return status by criterion."""
    return {each.criterion.key: each.status.value for each in brief.criteria}


MET = {
    "lumbar_fusion": {
        "instability": "met",
        "nerve": "met",
        "therapy": "met",
        "medicines": "met",
        "function": "met",
        "nicotine": "not documented",
        "mood": "met",
        "alone": "met",
    },
    "infliximab_step": dict.fromkeys(
        ("diagnosis", "severity", "step", "conventional", "tuberculosis", "hepatitis"), "met"
    ),
    "weight_medicine": dict.fromkeys(("weight", "risk", "lifestyle", "older_drug", "safety", "beside"), "met"),
    "oncology_regimen": dict.fromkeys(("diagnosis", "marker", "line", "progress", "performance", "organs"), "met"),
    "knee_mri": {
        "mechanical": "met",
        "conservative": "not met",  # five weeks of visits are not the six that are asked for
        "plain_film": "met",
        "changes_care": "met",
    },
    "medicare_after_denial": {
        "cancer": "met",
        "question": "met",
        "conventional": "met",
        "change": "met",
        "count": "not documented",
    },
    "therapy_visits": dict.fromkeys(("diagnosis", "deficit", "progress", "goal"), "met"),
    "two_reviews": {
        "symptoms": "met",
        "conservative": "met",
        "plain_film": "not documented",
        "changes_care": "not documented",
    },
}


@pytest.mark.parametrize("story", MET)
def test_the_sandboxs_charts_are_judged_as_a_reader_would(story):
    """Worked out by hand from each story; the dates move with the clock, the answers do not."""
    assert statuses(brief_of(story)) == MET[story]
    assert statuses(brief_of(story, now=datetime(2027, 3, 14, 7, 30, tzinfo=UTC))) == MET[story]


@pytest.mark.parametrize(
    ("story", "drop", "changed"),
    [
        ("lumbar_fusion", ("procedure-therapy", "note-therapy"), {"therapy": "not documented"}),
        ("lumbar_fusion", ("medicine-",), {"medicines": "not documented"}),
        ("lumbar_fusion", ("phq9", "note-surgeon"), {"mood": "not documented"}),
        ("infliximab_step", ("allergy", "note-", "medicine-adalimumab"), {"step": "not documented"}),
        ("infliximab_step", ("allergy", "note-"), {"step": "not met"}),  # five weeks are no trial of twelve
        ("knee_mri", ("report-films", "note-"), {"plain_film": "not documented"}),
        ("oncology_regimen", ("mismatch", "note-"), {"marker": "not documented"}),
    ],
)
def test_without_the_facts_a_criterion_is_no_longer_met(story, drop, changed):
    """The same charts with the deciding resources struck out."""
    found = statuses(brief_of(story, drop=drop))

    assert changed == {key: found[key] for key in changed}


def test_the_answer_takes_up_the_denial_of_the_fusion():
    """The payer asks for therapy and films; the sentence names both with their dates."""
    brief = brief_of("lumbar_fusion")

    assert brief.answered
    assert "5 mm of motion" in brief.answer.text
    assert "14 times" in brief.answer.text
    assert "22633" in brief.ask


def test_what_the_payer_prefers_is_told_with_what_forbids_it():
    """The step rule names two medicines; a stent forbids one, an opioid the other; orlistat is unasked."""
    brief = brief_of("weight_medicine")
    told = " ".join(each.text for each in brief.against)

    assert brief.rule.label == "GLP-1 medicine for weight"
    assert "Phentermine" in told and "stent" in told
    assert "Naltrexone with bupropion (blocks opioids, brings on seizures): tramadol" in told
    assert "Orlistat" not in told
    assert all(each.evidence for each in brief.against)


def test_a_benefit_exclusion_is_not_argued():
    """The contract excludes the service; the page says that no chart answers it."""
    brief = brief_of("benefit_exclusion")

    assert not brief.answered
    assert "what the plan covers" in brief.answer.text


@pytest.mark.parametrize(
    ("story", "key", "words", "status"),
    [
        ("lumbar_fusion", "instability", "Bending films show 2.4 mm of motion at L4-L5.", "not met"),
        ("lumbar_fusion", "instability", "Bending films show 4.5 mm of motion at L4-L5.", "met"),
        ("lumbar_fusion", "instability", "No instability on the films.", "not met"),
        ("lumbar_fusion", "nicotine", "She never smoked.", "met"),
        ("lumbar_fusion", "nicotine", "She is a current smoker.", "not met"),
        ("lumbar_fusion", "nicotine", "She plans to stop smoking.", "not documented"),
        ("text_only", "worse", "The patient is progressing well.", "not documented"),
        ("text_only", "worse", "Declined further tests.", "not documented"),
        ("text_only", "worse", "Fatigue is worse than in spring.", "met"),
        ("text_only", "tried", "Known heart failure.", "not documented"),
        ("text_only", "tried", "Oral iron failed.", "met"),
        ("oncology_regimen", "marker", "PD-L1 was negative.", "not met"),
        ("lumbar_fusion", "therapy", "Pt has been off work for 8 weeks.", "not documented"),
        ("lumbar_fusion", "therapy", "PT x 8 weeks without relief.", "met"),
        ("lumbar_fusion", "therapy", "Plan: PT for 8 weeks.", "not documented"),
        ("two_reviews", "conservative", "No history of cancer and no fever.", "not documented"),
        ("two_reviews", "conservative", "New urinary retention since Sunday.", "met"),
        ("knee_mri", "mechanical", "McMurray positive, Lachman negative.", "met"),
        ("knee_mri", "mechanical", "Lachman and drawer tests stable.", "not met"),
        ("two_reviews", "conservative", "I will refer you to physical therapy for 8 weeks.", "not documented"),
        ("knee_mri", "plain_film", "X-rays were negative.", "met"),
    ],
)
def test_one_sentence_more_or_other_turns_the_criterion(story, key, words, status):
    """Sentences that a careless reading would take for the contrary of what they say."""
    chart, _ = tell(import_module(f"launch.sandbox.patients.{story}"), Dates(NOW))
    patient = f"Patient/{chart.patient_id}"
    note = {
        "resourceType": "DocumentReference",
        "id": "one",
        "status": "current",
        "subject": {"reference": patient},
        "date": "2026-11-18",
        "content": [{"attachment": {"contentType": "text/plain", "data": b64encode(words.encode()).decode()}}],
    }
    read = read_chart(
        {"Patient/x": next(r for r in chart.resources if r["resourceType"] == "Patient"), "n": note}, patient=patient
    )
    service = next(
        each for each in SERVICES if each.key == {"text_only": "generic", "two_reviews": "spine_mri"}.get(story, story)
    )

    (found,) = [each for each in judge_criteria(service, read, diagnoses=(), now=NOW) if each.criterion.key == key]

    assert found.status.value == status
