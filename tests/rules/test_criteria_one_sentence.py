"""One sentence alone against one criterion: what a careless reading would take for more than it says."""

from pathlib import Path

import pytest

from app.core.brief.criteria import judge_criteria
from app.edges.fhir.chart import read_chart
from app.edges.rulebook.criteria import load_criteria
from tests.rules.charts import MET, NOW, PATIENT, SILENT, UNMET, Case
from tests.rules.charts.write import note

SERVICES = {each.key: each for each in load_criteria(Path(__file__).parents[2] / "app" / "rules" / "criteria")}


@pytest.mark.parametrize(
    ("service", "key", "words", "status"),
    [
        ("glp1_weight", "weight", "BMI goal is 25.", SILENT),
        ("glp1_weight", "weight", "Body fat 34%, BMI not measured.", SILENT),
        ("glp1_weight", "weight", "BMI 36.2 before treatment in 2019, BMI 25.8 today.", UNMET),
        ("glp1_weight", "risk", "Mother has type 2 diabetes and hypertension.", SILENT),
        ("glp1_weight", "risk", "Screened for sleep apnea: negative.", UNMET),
        ("glp1_weight", "lifestyle", "Will follow a 1,500 kcal diet for 6 months.", SILENT),
        ("glp1_weight", "lifestyle", "Started exercise 3 weeks ago.", UNMET),
        ("glp1_weight", "older_drug", "Takes bupropion for depression.", SILENT),
        ("glp1_weight", "safety", "Papillary thyroid cancer in 2010.", SILENT),
        ("glp1_weight", "safety", "Grandfather died of medullary thyroid cancer.", UNMET),
        ("glp1_diabetes", "a1c", "A1c goal is below 7.", SILENT),
        ("glp1_diabetes", "a1c", "A1c fell from 8.4 to 6.3.", UNMET),
        ("glp1_diabetes", "metformin", "Metformin is well tolerated.", SILENT),
        ("glp1_diabetes", "metformin", "We will start metformin, and stop it if diarrhea comes.", SILENT),
        ("glp1_diabetes", "organs", "Father had a stroke at 60.", SILENT),
        ("glp1_diabetes", "organs", "No coronary disease, no kidney disease.", UNMET),
        ("dupilumab", "severity", "Mild eczema, 3% body surface.", UNMET),
        ("dupilumab", "severity", "Severe asthma.", SILENT),
        ("dupilumab", "steroid", "Consider clobetasol if triamcinolone fails.", SILENT),
        ("dupilumab", "second_topical", "Tacrolimus ointment works well.", SILENT),
        ("dupilumab", "burden", "No itch, sleeps through.", UNMET),
        ("infliximab", "step", "Adalimumab was approved by the plan.", SILENT),
        ("infliximab", "step", "Will try adalimumab, and stop if there is no response.", SILENT),
        ("infliximab", "tuberculosis", "Tuberculosis screen was positive.", UNMET),
        ("infliximab", "severity", "No fistula, no abscess.", UNMET),
        ("oncology_regimen", "progress", "No growth of any lesion.", UNMET),
        ("oncology_regimen", "progress", "Disease progression would lead to hospice.", SILENT),
        ("oncology_regimen", "performance", "ECOG 4.", UNMET),
        ("oncology_regimen", "organs", "Renal function is not adequate.", UNMET),
        ("inpatient_status", "expectation", "He is not expected to need two midnights.", UNMET),
        ("inpatient_status", "expectation", "Slept well for two nights at home.", SILENT),
        ("inpatient_status", "severity", "No hypoxia, no hypotension.", UNMET),
        ("inpatient_status", "severity", "Sepsis was ruled out.", UNMET),
        ("inpatient_status", "treatment", "Peripheral IV placed, never used.", SILENT),
        ("inpatient_status", "order", "Place in observation.", UNMET),
        ("skilled_nursing", "skilled", "Needs daily help with meals only.", SILENT),
        ("skilled_nursing", "skilled", "PT signed off, no skilled needs.", UNMET),
        ("skilled_nursing", "function", "Ambulates 400 feet independently.", UNMET),
        ("skilled_nursing", "practical", "Lives with her husband, who is able to help.", UNMET),
        ("skilled_nursing", "gain", "Refused PT again.", UNMET),
        ("home_health", "homebound", "Drives to work.", UNMET),
        ("home_health", "homebound", "Not homebound.", UNMET),
        ("home_health", "skilled", "The wound has healed.", UNMET),
        ("home_health", "plan", "Walks three times a week.", SILENT),
        ("physical_therapy", "progress", "No improvement with therapy.", UNMET),
        ("physical_therapy", "deficit", "Strength 5/5 throughout.", UNMET),
        ("physical_therapy", "goal", "Patient will follow up in 6 weeks.", SILENT),
        ("generic", "tried", "The treatment failed to be scheduled.", SILENT),
        ("glp1_weight", "safety", "Negative for MEN 2 and medullary thyroid cancer.", MET),
        ("inpatient_status", "expectation", "Expected to stay at least 3 days.", MET),
        ("skilled_nursing", "practical", "Cannot be cared for at home.", MET),
        ("glp1_weight", "beside", "Not willing to change diet.", UNMET),
        ("glp1_weight", "older_drug", "Phentermine tolerated well, 8 lb lost.", SILENT),
        ("glp1_diabetes", "metformin", "Metformin 1000 mg BID refilled.", SILENT),
        ("glp1_diabetes", "organs", "Echocardiogram ruled out heart failure.", UNMET),
        ("dupilumab", "steroid", "Triamcinolone injected into the knee without relief.", SILENT),
        ("dupilumab", "second_topical", "Tacrolimus level 8.2 after transplant, dose not changed.", SILENT),
        ("infliximab", "step", "If adalimumab fails, infliximab would follow.", SILENT),
        ("infliximab", "hepatitis", "Hepatitis B vaccine given.", SILENT),
        ("oncology_regimen", "marker", "HER2 testing is pending.", SILENT),
        ("oncology_regimen", "line", "Chemotherapy will start next week.", SILENT),
        ("inpatient_status", "severity", "History of sepsis in 2019.", SILENT),
        ("inpatient_status", "treatment", "Discharged on oral antibiotics only.", UNMET),
        ("inpatient_status", "expectation", "Will likely be discharged tomorrow.", UNMET),
        ("skilled_nursing", "function", "Max HR 120.", SILENT),
        ("skilled_nursing", "stay", "Observation stay of one day.", UNMET),
        ("home_health", "condition", "Condition stable for months at baseline.", UNMET),
        ("home_health", "plan", "Nurse will visit twice a week for 3 weeks.", MET),
        ("physical_therapy", "goal", "Goal: return to running within 8 weeks, 10 visits.", MET),
        ("physical_therapy", "progress", "Improvement is expected.", SILENT),
        ("physical_therapy", "deficit", "Gait is normal.", UNMET),
        ("generic", "worse", "Her mother's condition is worse.", SILENT),
        ("home_health", "homebound", "It takes a walker and another person to leave home.", MET),
    ],
)
def test_one_sentence_is_read_for_what_it_says(service, key, words, status):
    """Worked out by hand; plans, wishes, families and other illnesses meet nothing."""
    case = Case(name="one", asked="any", denial="any", resources=(note(words, on="2026-11-18"),), expected={})
    chart = read_chart(case.chart, patient=PATIENT)

    (found,) = [e for e in judge_criteria(SERVICES[service], chart, diagnoses=(), now=NOW) if e.criterion.key == key]

    assert status == found.status.value
