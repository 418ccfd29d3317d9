"""
A knee MRI refused by an imaging vendor that lets one book online.

For: the everyday case, quick to win; a vendor that publishes its times.
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import KNEE, PAIN
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE, npi

STORY = Story(
    "knee-mri",
    "Knee MRI refused by an imaging vendor",
    "Six weeks of exercises are in the chart; the vendor did not see them and publishes times to talk.",
)
CLINICIAN = SPINE


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Solomon", "Everhart-Diallo", born="1990-12-03", sex="male", mrn="SB-100215")
    coverage = chart.coverage(
        "evicore",
        lane="ppo",
        text="Employer plan, imaging managed by eviCore",
        plan="Open Access PPO",
        group="GRP-6630 Northern Rail",
        member="V100215",
    )
    chart.condition("M23.92", "Inner damage of the left knee, torn meniscus suspected", since=75)
    chart.measures(PAIN, (70, 5), (8, 7))
    chart.measures(KNEE, (70, 68), (8, 49))
    why = "Pain on stairs unchanged after five weeks"
    chart.medicine("5640", "ibuprofen 600 mg tablet", "600 mg three times a day", from_days=70, to_days=34, why=why)
    for number, days in enumerate((60, 53, 46, 39, 32, 25), start=1):
        chart.procedure(f"therapy-{number}", "97110", "Supervised physical therapy visit", days=days)
    chart.report("films", "73562", "Films of the left knee", days=68, says="No fracture, joint space kept.")
    visit = chart.visit("clinic", days=8, why="Locking of the left knee")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Orthopaedic clinic note",
        """
        Synthetic record. Left knee locks three times a week and gives way on stairs. Twisting test positive.
        Six supervised visits over five weeks and daily exercises: worse. MRI decides about arthroscopy.
        """,
        days=8,
        visit=visit,
    )
    chart.order("73721", "MRI of the left knee", days=8, why="Locking knee after six weeks of exercises")
    claim = ask(
        chart,
        "evicore",
        (Line("73721", "MRI of the left knee", modifier="LT"),),
        diagnoses=("M23.92",),
        sent=chart.dates.at_work(-6, "13:10"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "evicore",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="EV-91007-1"),),
        decided=chart.dates.at_work(-5, "09:58"),
        reference="EV-91007",
        reviewer=Reviewer(npi("200000909"), ("2085R0202X", "Diagnostic radiology")),
        notes=(
            "Six weeks of recent treatment with a re-examination afterwards are not documented. Guideline MS-25.",
            "Clinical consultation can be booked in the portal or at 800-555-0105 within 14 calendar days, "
            "reference EV-91007.",
        ),
    )
    return (Expected("evicore", "EV-91007", specialty="207X00000X"),)
