"""Single sentences that a careless reading takes for the contrary: what is denied, advised, planned or another's."""

import pytest

from app.core.brief.criteria import judge_criteria
from app.edges.fhir.chart import read_chart
from tests.rules.charts import NOW, PATIENT, Case
from tests.rules.charts.write import note
from tests.rules.test_criteria_charts import SERVICES

MET = [
    ("ct_angiography", "kidney", "eGFR 62 mL/min/1.73 m2"),
    ("ct_angiography", "kidney", "Creatinine 0.7 mg/dL"),
    ("lumbar_fusion", "therapy", "Physical therapy: yes, 10 weeks"),
    ("sleep_study", "symptoms", "Snoring: yes, loud"),
    ("knee_mri", "conservative", "PT: 12 visits over 8 weeks, no improvement"),
    ("knee_mri", "plain_film", "Knee films: no acute osseous abnormality."),
    ("lumbar_fusion", "nicotine", "Tobacco: never"),
    ("lumbar_fusion", "nicotine", "Smoking status: Former"),
    ("lumbar_fusion", "mood", "Depression screening: negative"),
    ("spinal_cord_stimulator", "trial", "SCS trial: 70% improvement in leg pain and better sleep"),
    ("spinal_cord_stimulator", "trial", "Pain reduced by half with the temporary stimulator."),
    ("spinal_cord_stimulator", "psychology", "Psych clearance obtained 3/2026."),
    ("ct_angiography", "stress_test", "Stress test deferred, cannot exercise due to severe knee OA."),
    ("pet_ct", "count", "No prior PET."),
]
NOT_MET = [
    ("ct_angiography", "kidney", "eGFR 24 mL/min/1.73 m2"),
    ("ct_angiography", "kidney", "Cr 2.1"),
    ("knee_mri", "changes_care", "The MRI will not alter management."),
    ("sleep_study", "symptoms", "Snoring: No"),
    ("sleep_study", "symptoms", "Snoring: denies. Witnessed apneas: none."),
    ("sleep_study", "symptoms", "Snores: N"),
    ("sleep_study", "symptoms", "Snoring - no; EDS - no"),
    ("sleep_study", "symptoms", "Screening questions for snoring, gasping and choking were all negative."),
    ("sleep_study", "symptoms", "Her husband snores."),
    ("sleep_study", "not_at_home", "Home sleep apnea test ordered. If negative will need PSG."),
    ("sleep_study", "not_at_home", "Heart failure ruled out by echo."),
    ("sleep_study", "not_at_home", "No COPD, no heart failure."),
    ("sleep_study", "not_at_home", "Opioids discontinued in 2019."),
    ("knee_mri", "conservative", "Prior PT: none"),
    ("knee_mri", "conservative", "Recommended 6 weeks of physical therapy prior to MRI."),
    ("knee_mri", "conservative", "Patient declined 6 weeks of physical therapy."),
    ("knee_mri", "conservative", "He had PT for 8 weeks for his shoulder."),
    ("knee_mri", "conservative", "Insurance requires 6 weeks of PT."),
    ("knee_mri", "conservative", "She will do home exercises for 6 weeks."),
    ("knee_mri", "plain_film", "X-ray: none available"),
    ("knee_mri", "plain_film", "X-rays ordered today, will review."),
    ("knee_mri", "plain_film", "Obtain x-rays to rule out fracture; if normal MRI."),
    ("knee_mri", "mechanical", "Locking: no. Giving way: no. Swelling: none."),
    ("knee_mri", "mechanical", "Return if locking or swelling occurs."),
    ("knee_mri", "changes_care", "Status post arthroscopy 2015."),
    ("knee_mri", "changes_care", "No surgery is being considered."),
    ("spine_mri", "conservative", "Saddle anesthesia: denies. Bowel/bladder incontinence: denies."),
    ("spine_mri", "conservative", "Return to ED for saddle anesthesia, incontinence or progressive weakness."),
    ("spine_mri", "conservative", "Call if fever or new weakness."),
    ("spine_mri", "symptoms", "Numbness: none; weakness: none"),
    ("spine_mri", "symptoms", "5/5 strength, sensation intact to light touch, reflexes 2+ symmetric"),
    ("lumbar_fusion", "nicotine", "Tobacco use: Current every day smoker"),
    ("lumbar_fusion", "nicotine", "Counseled on smoking cessation."),
    ("lumbar_fusion", "therapy", "Failed conservative management including PT."),
    ("lumbar_fusion", "therapy", "Needs 6 weeks of PT before surgery is approved."),
    ("lumbar_fusion", "instability", "No evidence of spondylolisthesis or instability."),
    ("lumbar_fusion", "instability", "Rule out instability."),
    ("lumbar_fusion", "mood", "History of depression, on sertraline"),
    ("lumbar_fusion", "medicines", "Allergic to naproxen."),
    ("spinal_cord_stimulator", "trial", "Plan SCS trial; proceed to implant if > 50% relief."),
    ("spinal_cord_stimulator", "psychology", "Refer for psychological evaluation prior to trial."),
    ("spinal_cord_stimulator", "psychology", "Psychology evaluation scheduled; if cleared proceed with trial."),
    ("ct_angiography", "symptoms", "Chest pain: denies. SOB: denies."),
    ("ct_angiography", "symptoms", "Go to the ED for chest pain."),
    ("ct_angiography", "stress_test", "Stress test ordered."),
    ("ct_angiography", "stress_test", "Unable to obtain stress test report."),
    ("ct_angiography", "likelihood", "ASCVD risk 4 percent, low risk."),
    ("pet_ct", "cancer", "Family history of colon cancer."),
    ("pet_ct", "cancer", "Biopsy pending to rule out lymphoma."),
    ("pet_ct", "change", "No evidence of recurrence or new lesions."),
    ("pet_ct", "change", "Return if weight loss or new pain."),
    ("pet_ct", "conventional", "CT chest ordered."),
    ("pet_ct", "conventional", "PET/CT showed a 2 cm nodule."),
    ("vessel_ct_angiography", "disease", "No aneurysm or dissection."),
    ("vessel_ct_angiography", "first_test", "Duplex recommended."),
    ("vessel_ct_angiography", "change", "No new symptoms."),
    ("vessel_ct_angiography", "change", "Aneurysm stable at 4.1 cm."),
]


def status_of(service, key, words):
    """Return what the criterion is in a chart that holds this one sentence."""
    case = Case(name="one", asked="", denial="", resources=(note(words, on="2026-11-10"),), expected={})
    rule = next(each for each in SERVICES if each.key == service)
    judged = judge_criteria(rule, read_chart(case.chart, patient=PATIENT), diagnoses=(), now=NOW)
    return next(each.status.value for each in judged if each.criterion.key == key)


@pytest.mark.parametrize(("service", "key", "words"), NOT_MET)
def test_a_sentence_that_does_not_say_so_meets_nothing(service, key, words):
    """Each of these was once told as met, or is of the kind that was: a false fact costs the call."""
    assert status_of(service, key, words) != "met"


@pytest.mark.parametrize(("service", "key", "words"), MET)
def test_a_sentence_that_says_so_in_few_words_is_heard(service, key, words):
    """Label and value, shorthand, and the reason why a test was not done."""
    assert status_of(service, key, words) == "met"
