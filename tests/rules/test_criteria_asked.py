"""What a payer calls a service, and what it says of it: which criteria that means, and which of them it disputes."""

from pathlib import Path

import pytest

from app.core.brief.service import service_of
from app.core.denial import Code, DenialLine
from app.edges.rulebook.criteria import load_criteria
from app.edges.rulebook.denials import load_denial_rules
from tests.rules import charts
from tests.rules.charts import Case

RULES = Path(__file__).parents[2] / "app" / "rules"
SERVICES = load_criteria(RULES / "criteria")
DENIALS = load_denial_rules(RULES / "denials.toml")


@pytest.mark.parametrize(
    ("key", "words", "disputed"),
    [
        (
            "inpatient_status",
            "The condition could have been safely managed in observation.",
            {"expectation", "severity"},
        ),
        ("inpatient_status", "Clinical information does not support acute inpatient level of care.", {"severity"}),
        ("inpatient_status", "No reasonable expectation of a stay crossing two midnights.", {"expectation"}),
        ("inpatient_status", "No signed inpatient order was found.", {"order"}),
        ("inpatient_status", "Vital signs were stable; intravenous therapy was not needed.", {"severity", "treatment"}),
        ("skilled_nursing", "The member does not require daily skilled services.", {"skilled"}),
        ("skilled_nursing", "Your needs can be met at home with home health services.", {"practical"}),
        ("skilled_nursing", "You are walking 150 feet and no longer need this level of care.", {"function", "skilled"}),
        ("skilled_nursing", "A qualifying three-day hospital stay is not documented.", {"stay"}),
        ("skilled_nursing", "You are no longer making progress in therapy.", {"gain"}),
        ("home_health", "You are not confined to the home.", {"homebound"}),
        ("home_health", "The services could be performed by a non-skilled caregiver.", {"skilled"}),
        ("home_health", "A face-to-face encounter was not documented.", {"seen"}),
        ("home_health", "The plan of care lacks frequency and duration.", {"plan"}),
        ("glp1_weight", "Criteria require a baseline BMI of 30 or greater.", {"weight"}),
        ("glp1_weight", "Coverage requires at least one weight-related comorbidity.", {"risk"}),
        ("glp1_weight", "Six months of a structured lifestyle modification program are required.", {"lifestyle"}),
        ("glp1_weight", "The preferred formulary alternative is phentermine.", {"older_drug"}),
        ("glp1_diabetes", "The member has not tried and failed metformin.", {"metformin"}),
        ("glp1_diabetes", "Only covered for an FDA-approved diagnosis of type 2 diabetes.", {"diagnosis"}),
        ("glp1_diabetes", "Recent A1c results were not provided.", {"a1c"}),
        ("dupilumab", "Requires a trial of a topical calcineurin inhibitor for 6 weeks.", {"second_topical"}),
        ("dupilumab", "At least 10 percent BSA was not shown.", {"severity"}),
        ("dupilumab", "A medium to high potency topical corticosteroid is required.", {"steroid"}),
        ("dupilumab", "A trial of methotrexate or cyclosporine is required.", {"systemic"}),
        ("infliximab", "Adalimumab must be tried first.", {"step"}),
        ("infliximab", "Moderate to severe disease activity is not documented.", {"severity"}),
        ("infliximab", "Latent TB testing results are missing.", {"tuberculosis"}),
        ("oncology_regimen", "The regimen is not supported for this line of therapy.", {"line"}),
        ("oncology_regimen", "PD-L1 expression was not documented.", {"marker"}),
        ("physical_therapy", "Services are maintenance in nature.", {"progress"}),
        ("physical_therapy", "You can continue with a home exercise program.", {"goal"}),
        ("generic", "Recent office notes were not submitted.", {"recent_note"}),
    ],
)
def test_a_payers_sentence_puts_the_criterion_in_dispute_that_it_is_about(key, words, disputed):
    """What the payer asks is answered; a trial of one medicine is not answered with another."""
    rule = next(each for each in SERVICES if each.key == key)
    asked = {each.key for each in rule.criteria if each.asked is not None and each.asked.search(words.casefold())}

    assert disputed <= asked
    assert key != "dupilumab" or disputed == asked


@pytest.mark.parametrize(
    ("words", "benefit"),
    [
        ("The member has reached maximum medical improvement.", False),
        ("Maximum therapeutic benefit has been reached.", False),
        ("You have reached the maximum number of visits.", True),
        ("The benefit maximum has been reached.", True),
    ],
)
def test_what_medicine_calls_a_maximum_is_no_limit_of_the_plan(words, benefit):
    """A judgement on healing was sent to the benefit exception, and its brief said that no chart answers it."""
    case = Case(name="one", asked=("cpt", "97110"), denial=words, resources=(), expected={})

    brief = charts.brief_of(case, services=SERVICES, rules=DENIALS)

    assert benefit == ("what the plan covers" in brief.answer.text)


@pytest.mark.parametrize(
    ("label", "diagnosis", "key"),
    [
        ("Wegovy 1.7 mg/0.75 mL", "E66.01", "glp1_weight"),
        ("Ozempic 2 mg/3 mL", "E11.9", "glp1_diabetes"),
        ("Semaglutide injection", "E66.9", "glp1_weight"),
        ("Semaglutide injection", "E11.65", "glp1_diabetes"),
        ("Semaglutide injection", None, "generic"),
        ("Dupixent 300 mg", "L20.9", "dupilumab"),
        ("Dupixent 300 mg", "J45.50", "generic"),
        ("Dupilumab", None, "dupilumab"),
        ("Inpatient hospital admission", "J18.9", "inpatient_status"),
        ("Acute inpatient admission", "J18.9", "inpatient_status"),
        ("Continued hospital stay", "J18.9", "inpatient_status"),
        ("Inpatient level of care", "I50.9", "inpatient_status"),
        ("Hospital inpatient, medical", "I50.9", "inpatient_status"),
        ("Inpatient rehabilitation facility admission", "I63.9", "generic"),
        ("Inpatient psychiatric stay", "F33.2", "generic"),
        ("Lumbar fusion with inpatient stay", "M43.16", "lumbar_fusion"),
        ("Skilled nursing facility", "S72.001D", "skilled_nursing"),
        ("SNF stay, 14 days", "I63.9", "skilled_nursing"),
        ("Subacute rehab", "I63.9", "skilled_nursing"),
        ("Home health skilled nursing visits", "L89.154", "home_health"),
        ("Skilled nursing visits, home", "L89.154", "home_health"),
        ("Home PT visits", "Z96.641", "home_health"),
        ("Physical therapy, 12 visits", "M54.50", "physical_therapy"),
        ("Outpatient PT", "M54.50", "physical_therapy"),
        ("Therapeutic exercises PT/OT visits", "M54.50", "physical_therapy"),
        ("Remicade", "K50.90", "infliximab"),
        ("Keytruda", "C34.90", "oncology_regimen"),
        ("Opdivo 240 mg", "C34.90", "oncology_regimen"),
        ("FOLFOX chemotherapy", "C18.9", "oncology_regimen"),
        ("Herceptin", "C50.919", "oncology_regimen"),
        ("Family therapy visits", "F43.20", "generic"),
        ("Hospital bed", "G82.20", "generic"),
        ("Inpatient detoxification", "F10.239", "generic"),
        ("Rituximab infusion", "M05.79", "generic"),
    ],
)
def test_a_service_told_in_words_is_judged_by_what_it_is_asked_for(label, diagnosis, key):
    """Brand names, short forms and places; a hospital bed is no stay, and an arthritis drug no cancer medicine."""
    asked = (Code("http://hl7.org/fhir/sid/icd-10-cm", diagnosis),) if diagnosis else ()

    assert key == service_of((DenialLine(1, service_label=label, diagnoses=asked),), SERVICES).key
