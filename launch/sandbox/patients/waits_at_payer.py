"""
Pended without a word of when (306 A4): the EHR hears nothing more, only the payer's own server knows.

For: asking the payer. Its first answer is that the request still waits, the second is the denial, with a call offered.
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import GUT, npi

STORY = Story(
    "waits-at-payer",
    "Waiting at the payer",
    "Pended; the EHR is never told more. Asked a second time, the payer has decided: denied, and it offers a call.",
)
CLINICIAN = GUT
NUMBER = "UHC-70915"


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the answer that it waits; the decision is the payer's own until asked for."""
    chart.patient("Marguerite", "Holloway-Idris", born="1971-12-09", sex="female", mrn="SB-100217")
    coverage = chart.coverage(
        "unitedhealthcare",
        lane="ppo",
        text="Employer plan, fully insured",
        plan="Choice Plus PPO",
        group="GRP-3307 Lakeside Foundry",
        member="U100217",
    )
    chart.condition("D50.0", "Iron deficiency from blood loss", since=150)
    chart.condition("K92.2", "Bleeding from the gut, source not found", since=120)
    chart.report("scopes", "45378", "Upper and lower endoscopy", days=60, says="Both scopes normal; source not found.")
    why = "Haemoglobin fell again within eight weeks"
    chart.medicine("310325", "ferrous sulfate 325 mg tablet", "325 mg daily", from_days=140, to_days=70, why=why)
    visit = chart.visit("clinic", days=11, why="Third transfusion this year")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Gastroenterology clinic note",
        """
        Synthetic record. Iron deficiency with dark stools since spring, three transfusions. Upper and lower endoscopy
        were normal two months ago. A capsule study of the small bowel is the next step.
        """,
        days=11,
        visit=visit,
    )
    chart.order("91110", "Capsule endoscopy of the small bowel", days=10, why="Bleeding, both scopes normal")
    lines = (Line("91110", "Capsule endoscopy of the small bowel"),)
    claim = ask(
        chart,
        "unitedhealthcare",
        lines,
        diagnoses=("K92.2", "D50.0"),
        sent=chart.dates.at_work(-4, "11:40"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "unitedhealthcare",
        claim,
        (Verdict("A4", (), (1,), reference=NUMBER),),
        decided=chart.dates.at_work(-3, "09:05"),
        reference=NUMBER,
        notes=("Under review; no decision has been made.",),
    )
    return (Expected("unitedhealthcare", NUMBER, specialty="207R00000X"),)


def decide(chart: Chart) -> dict:
    """Return the ClaimResponse that the payer gives from the second question on; it does not stand in the chart."""
    aside = Chart(chart.dates, patient_id=chart.patient_id, clinician=chart.clinician)
    answer(
        aside,
        "unitedhealthcare",
        {"reference": f"Claim/{chart.patient_id}-claim"},
        (Verdict("A3", ("0F",), (1, 2), reference=NUMBER),),
        decided=chart.dates.at_work(-1, "16:45"),
        reference=NUMBER,
        reviewer=Reviewer(npi("200000201"), ("207R00000X", "Internal medicine")),
        notes=(
            "A repeat lower endoscopy was not seen in the records; the capsule study is not medically necessary.",
            f"A peer-to-peer discussion may be requested within 14 calendar days of this notice at 800-555-0101, "
            f"reference {NUMBER}.",
        ),
    )
    return aside.resources[-1]
