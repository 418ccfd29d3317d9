"""Met, not met, not documented: what the chart says of a criterion, and on which facts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.brief.criteria import Status, judge_criteria
from app.core.brief.facts import Chart, Evidence, Finding, Measure, Medicine, Problem, Procedure, Remark
from app.core.denial import Code
from app.core.rulebook.criteria import CodeSet, Criterion, Need, ServiceCriteria

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
ICD, CPT = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.ama-assn.org/go/cpt"
THERAPY = re.compile(r"\bphysical therapy")


def ago(days):
    """Return that instant and its day."""
    at = NOW - timedelta(days=days)
    return {"at": at, "day": at.date().isoformat()}


def cited(reference, quote, path="code.text", days=10):
    """Return evidence."""
    return (Evidence(reference, path, ago(days)["day"], quote),)


def remark(words, days=10, *, label="Clinic note", heading=""):
    """Return a sentence of a note."""
    evidence = cited(f"DocumentReference/{days}", words, "content[0].attachment.data", days)
    return Remark(label=label, evidence=evidence, words=words, heading=heading, **ago(days))


def visit(days, *, code="97110"):
    """Return a therapy visit."""
    evidence = cited(f"Procedure/{days}", "Physical therapy visit", days=days)
    return Procedure(label="Physical therapy visit", evidence=evidence, codes=(Code(CPT, code),), **ago(days))


def judge(need, chart, *, diagnoses=()):
    """Return the one judgement of one need."""
    needs = need if isinstance(need, tuple) else (need,)
    criterion = Criterion(key="it", text="The criterion", short="it", missing="bring it", needs=needs)
    service = ServiceCriteria(
        key="s", label="S", criteria=(criterion,), source="test", reviewed=datetime(2026, 1, 1, tzinfo=UTC).date()
    )
    return judge_criteria(service, chart, diagnoses=diagnoses, now=NOW)[0]


def test_a_silent_chart_is_not_documented_and_never_not_met():
    """Absence of a record is no record of absence."""
    judged = judge(Need(kind="note", cues=THERAPY), Chart())

    assert (judged.status, judged.evidence, judged.sentence) == (Status.NOT_DOCUMENTED, (), None)


def test_enough_visits_over_enough_weeks_are_met_and_every_visit_is_cited():
    """The count on the page rests on each visit that was counted."""
    chart = Chart(procedures=tuple(visit(days) for days in (100, 90, 80, 70, 60, 50)))

    judged = judge(Need(kind="procedure", cues=THERAPY, count=6, days=42), chart)

    assert judged.status is Status.MET
    assert "6 times" in judged.detail and "50 days" in judged.detail
    assert len(judged.evidence) == 6


def test_too_few_visits_are_not_met_and_shown():
    """Falling short is told with the figures: it is a weak point, not a gap."""
    chart = Chart(procedures=(visit(60), visit(50), visit(50)))

    judged = judge(Need(kind="procedure", cues=THERAPY, count=6, days=42), chart)

    assert judged.status is Status.NOT_MET
    assert "2 times" in judged.detail  # two on one day are one visit day


def test_old_visits_do_not_count_as_recent():
    """Therapy of three years ago does not answer "in the last 12 months"."""
    chart = Chart(procedures=tuple(visit(1000 + days) for days in range(0, 90, 10)))

    judged = judge(Need(kind="procedure", cues=THERAPY, count=6, days=42, within_days=365), chart)

    assert judged.status is Status.NOT_MET
    assert "older than the 365 days" in judged.detail


def test_a_note_meets_a_duration_only_when_it_names_it():
    """ "Physical therapy" alone does not say six weeks."""
    need = Need(kind="note", cues=THERAPY, days=42)

    assert judge(need, Chart(remarks=(remark("Physical therapy for eight weeks."),))).status is Status.MET
    assert judge(need, Chart(remarks=(remark("Physical therapy was tried."),))).status is Status.NOT_MET
    assert judge(need, Chart(remarks=(remark("Pain for 9 months. "),))).status is Status.NOT_DOCUMENTED


def test_a_sentence_that_counts_visits_is_heard_with_the_title_of_its_document():
    """A discharge letter names the therapy in its title and the weeks in its text."""
    need = Need(kind="note", cues=THERAPY, days=42)
    chart = Chart(remarks=(remark("14 of 14 visits attended over 9 weeks.", label="Physical therapy discharge"),))

    assert judge(need, chart).status is Status.MET


def test_a_denied_fact_speaks_against_the_criterion():
    """ "No physical therapy so far" is evidence, and it is against us."""
    judged = judge(Need(kind="note", cues=THERAPY), Chart(remarks=(remark("No physical therapy so far."),)))

    assert judged.status is Status.NOT_MET
    assert "No physical therapy so far." in judged.detail


def test_of_two_contradicting_notes_the_later_one_counts():
    """In spring there was no therapy, in autumn there was: met, and the contradiction is told."""
    early, late = remark("No physical therapy so far.", 200), remark("Physical therapy was completed.", 20)
    need = Need(kind="note", cues=THERAPY)

    judged = judge(need, Chart(remarks=(early, late)))
    turned = judge(
        need,
        Chart(remarks=(remark("Physical therapy was completed.", 200), remark("No physical therapy was done.", 20))),
    )

    assert judged.status is Status.MET
    assert "No physical therapy so far." in judged.contrary[0].text
    assert turned.status is Status.NOT_MET
    assert {"DocumentReference/20", "DocumentReference/200"} == {each.reference for each in turned.evidence}


def test_a_screening_that_must_be_negative_is_met_by_a_negative():
    """Here "negative" is the fact asked for, not a denial."""
    cue = re.compile("tuberculosis")
    need = Need(kind="note", cues=cue, says=re.compile("negative"))

    assert judge(need, Chart(remarks=(remark("Screening for tuberculosis is negative."),))).status is Status.MET
    assert judge(need, Chart(remarks=(remark("Tuberculosis screen pending."),))).status is Status.NOT_DOCUMENTED


@pytest.mark.parametrize(("words", "status"), [("Negative", Status.MET), ("Positive", Status.NOT_MET)])
def test_a_finding_is_read_by_its_words(words, status):
    """The value decides, not that there is one."""
    finding = Finding(label="Tuberculosis blood screen", words=words, evidence=cited("Observation/1", words), **ago(10))
    need = Need(
        kind="finding", cues=re.compile("tuberculosis"), says=re.compile("negative"), against=re.compile("positive")
    )

    assert judge(need, Chart(findings=(finding,))).status is status


def measure(value, days, unit="%", comparator=None):
    """Return a value of a disability index."""
    return Measure(
        label="Disability index",
        value=value,
        unit=unit,
        series=(None, "odi", unit),
        comparator=comparator,
        evidence=cited(f"Observation/{days}", str(value), "valueQuantity.value", days),
        **ago(days),
    )


def test_a_value_in_another_unit_is_never_compared():
    """56 of an unknown unit is not 56 %."""
    need = Need(kind="measure", cues=re.compile("disability"), units=frozenset({"%"}), at_least=30)

    assert judge(need, Chart(measures=(measure(56, 10),))).status is Status.MET
    assert judge(need, Chart(measures=(measure(56, 10, unit="points of 50"),))).status is Status.NOT_MET
    assert judge(need, Chart(measures=(measure(56, 200), measure(20, 10)))).status is Status.NOT_MET
    assert judge(need, Chart(measures=(measure(56, 10, comparator=">"),))).status is Status.NOT_MET


def test_a_value_on_arrival_counts_where_any_of_the_days_will_do():
    """What was low at the door and is well under treatment still tells why the patient came in; not after a year."""
    need = Need(kind="measure", cues=re.compile("disability"), units=frozenset({"%"}), at_least=60, within_days=14)

    treated = Chart(measures=(measure(70, 3), measure(20, 1)))

    assert judge(need, treated).status is Status.NOT_MET
    assert judge(replace(need, ever=True), treated).status is Status.MET
    assert judge(replace(need, ever=True), Chart(measures=(measure(70, 90), measure(20, 1)))).status is Status.NOT_MET


def test_what_is_no_longer_so_was_so():
    """A discharge note that finds the patient well does not undo how ill they came in; it is told as a weak point."""
    need = Need(kind="note", cues=re.compile("hypoxic"), ever=True)
    better = remark("No longer hypoxic.", 1)

    judged = judge(need, Chart(remarks=(remark("Hypoxic at 84 % on arrival.", 4), better)))

    assert judged.status is Status.MET
    assert "No longer hypoxic." in judged.contrary[0].text
    assert judge(need, Chart(remarks=(better,))).status is Status.NOT_MET
    assert judge(replace(need, ever=False), Chart(remarks=(remark("Hypoxic.", 4), better))).status is Status.NOT_MET


def test_a_change_needs_two_values():
    """Gain is measured between two dates."""
    need = Need(kind="measure", cues=re.compile("disability"), falls_by=5)

    assert judge(need, Chart(measures=(measure(62, 60), measure(48, 10)))).status is Status.MET
    assert judge(need, Chart(measures=(measure(50, 60), measure(48, 10)))).status is Status.NOT_MET
    assert judge(need, Chart(measures=(measure(48, 10),))).status is Status.NOT_MET


def medicine(days, ended=None, *, status="stopped", reason=None, label="adalimumab 40 mg"):
    """Return an order."""
    more = {}
    if ended is not None:
        more = {"ended_at": ago(ended)["at"], "ended_day": ago(ended)["day"]}
    evidence = cited(f"MedicationRequest/{days}", label, "medicationCodeableConcept.text", days)
    return Medicine(label=label, evidence=evidence, status=status, stop_reason=reason, **ago(days), **more)


def test_a_trial_is_as_long_as_the_chart_says():
    """An order that stopped without an end date has no length."""
    need = Need(kind="medicine", cues=re.compile("adalimumab"), days=84, ended=True)

    assert judge(need, Chart(medicines=(medicine(300, 200),))).status is Status.MET
    assert judge(need, Chart(medicines=(medicine(300, 265),))).status is Status.NOT_MET
    assert judge(need, Chart(medicines=(medicine(300),))).status is Status.NOT_MET
    assert judge(need, Chart(medicines=(medicine(300, status="active"),))).status is Status.NOT_MET  # still running


def test_a_diagnosis_of_the_request_is_found_by_code_and_system_only():
    """K50.1 covers K50.113; the same letters in another code system do not."""
    problem = Problem(label="Crohn", codes=(Code(ICD, "K50.113"),), evidence=cited("Condition/1", "Crohn"), **ago(900))
    chart = Chart(problems=(problem,))
    need = Need(kind="diagnosis")

    assert judge(need, chart, diagnoses=(Code(ICD, "K50.1"),)).status is Status.MET
    assert judge(need, chart, diagnoses=(Code(ICD, "K51.1"),)).status is Status.NOT_DOCUMENTED
    assert judge(need, chart, diagnoses=(Code("urn:other", "K50.113"),)).status is Status.NOT_DOCUMENTED
    assert judge(need, chart, diagnoses=(Code(None, "K50.113"),)).status is Status.NOT_DOCUMENTED


def test_codes_match_by_system_dots_and_stems():
    """M43.16 and M4316 are one code; a code without its system is nothing."""
    codes = CodeSet(frozenset({ICD}), frozenset({"M4316"}), ("C",))

    assert codes.holds(Code(ICD, "M43.16"))
    assert codes.holds(Code(ICD, "c18.2"))
    assert not codes.holds(Code(None, "M43.16"))
    assert not codes.holds(Code(CPT, "M4316"))


def test_facts_after_now_are_not_seen():
    """A planned visit in the chart's future is no visit."""
    assert judge(Need(kind="procedure", cues=THERAPY), Chart(procedures=(visit(-5),))).status is Status.NOT_DOCUMENTED
    assert judge(Need(kind="note", cues=THERAPY), Chart(remarks=(remark("Physical therapy done.", -5),))).status is (
        Status.NOT_DOCUMENTED
    )


def test_a_plan_counts_only_where_the_criterion_is_about_what_is_expected():
    """A stay that is expected to pass two midnights is a plan by its nature; therapy that is planned is no therapy."""
    cue = re.compile(r"\btwo midnights")
    chart = Chart(remarks=(remark("I expect that she will need hospital care for two midnights.", heading="plan"),))
    never = Chart(remarks=(remark("She will not need two midnights in hospital."),))

    assert judge(Need(kind="note", cues=cue), chart).status is Status.NOT_DOCUMENTED
    assert judge(Need(kind="note", cues=cue, planned=True), chart).status is Status.MET
    assert judge(Need(kind="note", cues=cue, planned=True), never).status is Status.NOT_MET


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Denies personal or family history of medullary thyroid cancer.", Status.MET),
        ("Her mother had medullary thyroid cancer.", Status.NOT_MET),
        ("No goitre.", Status.NOT_DOCUMENTED),
    ],
)
def test_what_must_not_be_is_met_by_its_denial_and_the_family_may_count(words, status):
    """A contraindication in a parent is one, though the illness is not the patient's own."""
    need = Need(kind="note", cues=re.compile("medullary thyroid"), of_family=True, contrary=True)

    assert judge(need, Chart(remarks=(remark(words),))).status is status


def test_a_problem_that_must_not_be_speaks_against():
    """Nothing on the list of problems is no proof that there is nothing."""
    problem = Problem(label="Medullary thyroid cancer", evidence=cited("Condition/1", "Medullary"), **ago(900))
    need = Need(kind="problem", cues=re.compile("medullary"), contrary=True)

    assert judge(need, Chart(problems=(problem,))).status is Status.NOT_MET
    assert judge(need, Chart()).status is Status.NOT_DOCUMENTED


def test_what_must_stand_together_is_met_by_both_with_the_evidence_of_both():
    """An index of 33 % counts beside a slip, and not alone."""
    slip = Problem(label="Slip of L4", evidence=cited("Condition/1", "Slip of L4"), **ago(900))
    besides = Need(kind="problem", cues=re.compile("slip"))
    need = Need(kind="measure", cues=re.compile("disability"), units=frozenset({"%"}), at_least=30, together=(besides,))

    alone = judge(need, Chart(measures=(measure(33, 10),)))
    both = judge(need, Chart(measures=(measure(33, 10),), problems=(slip,)))

    assert (alone.status, both.status) == (Status.NOT_MET, Status.MET)
    assert ["Observation/10", "Condition/1"] == [each.reference for each in both.evidence]
    assert Status.NOT_DOCUMENTED is judge(need, Chart(problems=(slip,))).status


@pytest.mark.parametrize(("days", "status"), [(200, Status.MET), (179, Status.NOT_MET)])
def test_a_problem_lasts_as_long_as_the_chart_says(days, status):
    """Pain of six months is proved by its onset, not by the word chronic."""
    problem = Problem(label="Complex pain", evidence=cited("Condition/1", "Complex pain"), **ago(days))

    judged = judge(Need(kind="problem", cues=re.compile(r"\bcomplex pain"), days=180), Chart(problems=(problem,)))

    assert judged.status is status


def test_a_problem_without_a_date_is_not_known_to_last():
    """No onset is no duration."""
    problem = Problem(label="Complex pain", evidence=cited("Condition/1", "Complex pain"), at=None, day=None)

    judged = judge(Need(kind="problem", cues=re.compile(r"\bcomplex pain"), days=180), Chart(problems=(problem,)))

    assert judged.status is Status.NOT_MET
    assert "not known" in judged.detail


def test_the_denial_of_a_warning_sign_is_not_held_against_therapy_done():
    """Nearly every note lists what was not found; "no fever" must not outweigh eight weeks of therapy."""
    waits = Need(kind="note", cues=re.compile(r"\bfever"), one_sided=True)
    fever, none = Chart(remarks=(remark("Fever since Monday."),)), Chart(remarks=(remark("No fever."),))

    assert judge(waits, fever).status is Status.MET
    assert judge(waits, none).status is Status.NOT_DOCUMENTED


@pytest.mark.parametrize(("days", "status"), [(91, Status.MET), (89, Status.NOT_MET)])
def test_what_was_done_too_lately_speaks_against_doing_it_again(days, status):
    """A scan of last month is the first thing that a reviewer holds against the next one."""
    judged = judge(Need(kind="procedure", cues=THERAPY, apart_days=90), Chart(procedures=(visit(200), visit(days))))

    assert judged.status is status
    assert f"{days} days ago" in judged.detail


@pytest.mark.parametrize(("days", "status"), [(300, Status.MET), (4000, Status.NOT_DOCUMENTED)])
def test_a_medicine_that_has_run_for_ten_years_was_not_tried_for_this(days, status):
    """An old painkiller on the list is no trial of conservative care for a knee that was hurt in spring."""
    naproxen = Medicine(label="naproxen", status="active", evidence=cited("M/1", "naproxen", days=days), **ago(days))
    need = Need(kind="medicine", cues=re.compile("naproxen"), days=42, begun_days=365)

    assert judge(need, Chart(medicines=(naproxen,))).status is status


def test_an_old_warning_sign_is_silent():
    """A suspicion of long ago is no reason for haste, and nothing to hold against the request either."""
    need = Need(kind="note", cues=re.compile(r"\bfever"), one_sided=True, within_days=90)

    assert judge(need, Chart(remarks=(remark("Fever since Monday.", days=400),))).status is Status.NOT_DOCUMENTED
