"""The story read aloud in a minute: who and what, the facts that answer the denial, the ask; nothing without a fact."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.facts import Evidence, Measure, Medicine, Problem
from app.core.brief.spoken import speak, spoken_day
from app.core.denial import Code, DenialLine, Path
from app.core.rulebook.criteria import WantedMeasure
from tests.builders import a_denial, a_routing
from tests.core.test_brief_page import FILMS, FUSION, GENERIC, NOW, THERAPY, brief_of, note

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
SLIP = Problem(
    label="Slip",
    codes=(Code(ICD10, "M43.16"),),
    at=NOW - timedelta(days=400),
    day="2025-10-16",
    evidence=(Evidence("Condition/slip", "code.text", "2025-10-16", "Slip"),),
)
PRESSURE = replace(SLIP, label="High blood pressure", codes=(Code(ICD10, "I10"),))
LINE = DenialLine(1, service_label="Lumbar fusion", diagnoses=(Code(ICD10, "M43.16"),))


def medicine(name, outcome, days=60):
    """Return a medicine that was stopped, with its reason."""
    at = NOW - timedelta(days=days + 40)
    ended = at + timedelta(days=40)
    return Medicine(
        label=name,
        at=at,
        day=at.date().isoformat(),
        ended_at=ended,
        ended_day=ended.date().isoformat(),
        status="stopped",
        stop_reason=outcome,
        evidence=(Evidence(f"MedicationRequest/{name}", "statusReason.text", at.date().isoformat(), outcome),),
    )


def told(brief):
    """Return the story as one text."""
    return " ".join(each.text for each in brief.story)


def test_the_story_begins_with_who_and_what_and_ends_with_the_ask():
    """A reviewer with forty files open must know at once which this is, and at last what is wanted."""
    brief = brief_of(THERAPY, FILMS, problems=(SLIP,), denial=a_denial(lines=(LINE,)))

    first, last = brief.story[0].text, brief.story[-1].text
    assert first.startswith("I am calling about Test Patient")
    assert "Lumbar fusion" in first and "The diagnosis is Slip, since October 16, 2025." in first
    assert last == "On these facts I ask you to approve Lumbar fusion as requested."


def test_what_the_payer_asks_for_is_told_before_anything_else():
    """The denial speaks of therapy: the films come later, if there is time."""
    text = told(brief_of(FILMS, THERAPY, problems=(SLIP,)))

    assert text.index("As to therapy, the chart says on October 31, 2026: “Therapy for eight weeks.”") < text.index(
        "Films"
    )


def test_every_sentence_of_the_story_rests_on_evidence_and_the_ask_on_the_facts_told():
    """What is read aloud is held to what is printed."""
    brief = brief_of(THERAPY, FILMS, problems=(SLIP,), denial=a_denial(lines=(LINE,)))

    assert all(each.evidence for each in brief.story)
    facts = {one for each in brief.story[1:-1] for one in each.evidence}
    assert set(brief.story[-1].evidence) == facts


def test_a_diagnosis_that_is_not_the_requests_is_not_called_the_diagnosis():
    """High blood pressure is the latest problem on the list, and not why the fusion is asked for."""
    assert "diagnosis" not in told(brief_of(THERAPY, problems=(PRESSURE,), denial=a_denial(lines=(LINE,))))


def test_a_silent_chart_has_no_story():
    """Nothing is invented to fill the minute."""
    assert brief_of().story == ()


def test_a_denial_that_is_not_about_the_patient_has_no_story():
    """The contract's exclusion is not argued with the chart."""
    assert brief_of(THERAPY, routing=a_routing(route=Path.BENEFIT_EXCEPTION)).story == ()


@given(st.lists(st.text("abcdefgh ", min_size=1, max_size=120), max_size=12), st.integers(0, 8))
def test_the_story_is_never_longer_than_a_minute(outcomes, notes):
    """150 words, whatever the chart holds; the ask is always among them."""
    medicines = tuple(medicine(f"drug{n}", words) for n, words in enumerate(outcomes))
    remarks = [note(f"Therapy for eight weeks, with a long tail of words, visit {n}.", n + 1) for n in range(notes)]

    story = brief_of(*remarks, medicines=medicines, problems=(SLIP,), denial=a_denial(lines=(LINE,))).story

    assert len(" ".join(each.text for each in story).split()) <= 150
    assert story[-1].text.startswith("On these facts I ask you to approve")


def test_a_measure_that_became_worse_is_told_with_both_values_and_days():
    """The two values and the two days are all a listener can hold."""
    values = [(30, 120), (44, 10)]
    measures = tuple(
        Measure(
            label="Disability",
            at=NOW - timedelta(days=days),
            day=(NOW - timedelta(days=days)).date().isoformat(),
            evidence=(Evidence(f"Observation/{value}", "valueQuantity.value", None, str(value)),),
            value=value,
            unit="%",
            series=(None, "odi", "%"),
        )
        for value, days in values
    )

    wanted = WantedMeasure(label="Disability", cues=re.compile("disability"), worse="higher")
    text = told(brief_of(THERAPY, measures=measures, rules=(replace(FUSION, measures=(wanted,)), GENERIC)))

    assert "Disability rose from 30% on July 23 to 44% on November 10, 2026." in text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("14 times, 2026-07-10 to 2026-09-11 (63 days)", "14 times, from July 10 to September 11, 2026, 63 days"),
        ("naproxen (2025-10-16 to 2026-02-03): no", "naproxen, from October 16, 2025 to February 3, 2026: no"),
        ("naproxen (2026-01-16 to 2026-02-03 (18 days))", "naproxen, from January 16 to February 3, 2026, 18 days"),
        ("Slip of L4 (M43.16), since 2025-09-26", "Slip of L4, since September 26, 2025"),
        ("62% on 2026-09-29, 48% on 2026-11-11 (−14)", "62% on September 29, 2026, 48% on November 11, 2026, down 14"),
        ("intolerance to adalimumab (Spreading rash)", "intolerance to adalimumab: Spreading rash"),
        ("Heart failure (disorder) (88805009), since 2026-02-03", "Heart failure, since February 3, 2026"),
        ("seen 2026-02", "seen February 2026"),
        ("“Seen on 2026-02-03 (M54.1).” (2026-02-04)", "“Seen on 2026-02-03 (M54.1).”, February 4, 2026"),
        ("code 2026-99-99", "code 2026-99-99"),
    ],
)  # fmt: skip
def test_written_facts_are_said_as_people_say_them(written, said):
    """Days in words, brackets as pauses; what is quoted stays verbatim, to the character."""
    assert speak(written) == said


def test_a_day_is_said_as_precisely_as_it_was_written():
    """A month is no first of the month."""
    assert ["2025", "March 2025", "March 9, 2025"] == [spoken_day(day) for day in ("2025", "2025-03", "2025-03-09")]
