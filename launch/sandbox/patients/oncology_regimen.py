"""
A cancer regimen called experimental (886 0T): the ask needs literature, not criteria alone.

For: an experimental denial, a payer that demands NEW clinical information, and a request made by form or fax.
"""

from launch.sandbox.patients.chart import CONSULT_NOTE, HCPCS, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import CEA, CREATININE, ECOG, WEIGHT
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import CANCER, npi

STORY = Story(
    "oncology-regimen",
    "Cancer regimen called experimental",
    "Third line after two regimens failed. This payer is asked by fax, answers at once, wants new information.",
)
CLINICIAN = CANCER


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Rosalind", "Ibarra-Quill", born="1967-12-11", sex="female", mrn="SB-100203")
    coverage = chart.coverage(
        "bcbs-south-carolina",
        lane="ppo",
        text="Employer plan, fully insured",
        plan="Preferred Blue PPO",
        group="GRP-7702 Palmetto Freight",
        member="Z100203",
    )
    _history(chart)
    visit = chart.visit("clinic", days=6, why="Growth on second-line treatment")
    note = chart.note(
        "clinic",
        CONSULT_NOTE,
        "Oncology clinic note",
        """
        Synthetic record. Bowel cancer with spread to liver and lung, mismatch repair deficient on the tumour test.
        First line FOLFOX: growth after 7 months. Second line FOLFIRI: growth after 4 months.
        Performance status 1. Kidney and liver function allow treatment.
        Pembrolizumab is requested because the tumour is mismatch repair deficient; the laboratory's
        own report of the marker is to follow.
        """,
        days=6,
        visit=visit,
    )
    chart.order(
        "J9271", "Pembrolizumab infusion", days=5, why="Mismatch repair deficient tumour, third line", system=HCPCS
    )
    claim = ask(
        chart,
        "bcbs-south-carolina",
        (Line("J9271", "Pembrolizumab 1 mg, six infusions", 1200, "UN", HCPCS),),
        diagnoses=("C18.2", "C78.7"),
        sent=chart.dates.at_work(-4, "13:40"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "bcbs-south-carolina",
        claim,
        (Verdict("A3", ("0T",), (1, 2), reference="SC-330914-1"),),
        decided=chart.dates.at_work(-1, "11:12"),
        reference="SC-330914",
        reviewer=Reviewer(npi("200000903"), ("207RX0202X", "Medical oncology")),
        notes=(
            "The requested drug is considered investigational for this diagnosis; no tumour marker was received.",
            "To ask for a peer-to-peer, return the request form with new clinical information within 5 business days, "
            "fax 800-555-0153, telephone 800-555-0103, reference SC-330914.",
        ),
    )
    return (Expected("bcbs-south-carolina", "SC-330914", specialty="207RX0202X"),)


def _history(chart: Chart) -> None:
    """Problems, measures, earlier regimens, tumour marker."""
    chart.condition("C18.2", "Cancer of the ascending colon", since=520)
    chart.condition("C78.7", "Spread to the liver", since=500)
    chart.measures(CEA, (480, 12.4), (230, 48.0), (9, 131.5))
    chart.measures(ECOG, (480, 0), (6, 1))
    chart.measures(CREATININE, (480, 0.8), (9, 0.9))
    chart.measures(WEIGHT, (480, 70.3), (6, 66.1))
    why = "New liver lesions after 7 months"
    chart.medicine(
        "32592", "oxaliplatin (FOLFOX, first line)", "85 mg/m2 every 2 weeks", from_days=470, to_days=255, why=why
    )
    why = "Growth in liver and lung after 4 months"
    chart.medicine(
        "51499", "irinotecan (FOLFIRI, second line)", "180 mg/m2 every 2 weeks", from_days=225, to_days=100, why=why
    )
    chart.finding("mismatch-repair", "Mismatch repair proteins in the tumour", "MLH1 and PMS2 lost (deficient)", days=3)
    chart.report(
        "ct",
        "74177",
        "CT of chest and abdomen",
        days=11,
        says="Largest liver lesion 48 mm, was 31 mm four months ago. Two new nodules in the right lung.",
    )
