"""
An administrative denial (886 0P): the payer never got the records it asked for.

For: route additional_information. At this payer anything new sent after the denial becomes an appeal and cancels a
peer-to-peer, so sending first and calling later would burn a right. The payer never answers a fax.
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Verdict, answer, ask, us_date
from launch.sandbox.patients.measures import ODI, PAIN
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE

STORY = Story(
    "records-not-received",
    "Records not received",
    "Denied because records never arrived; at this payer sending them now turns into an appeal.",
)
CLINICIAN = SPINE


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Anselm", "Kirkbride-Adeyemi", born="1955-02-08", sex="male", mrn="SB-100205")
    coverage = chart.coverage(
        "priority-health",
        lane="ppo",
        text="Employer plan, fully insured",
        plan="Priority PPO",
        group="GRP-5521 Harbor Marine",
        member="P100205",
    )
    chart.condition("M54.16", "Pinched nerve, lower back", since=210)
    chart.measures(PAIN, (200, 6), (21, 7))
    chart.measures(ODI, (200, 34), (21, 42))
    why = "Stomach pain after six weeks"
    chart.medicine("41493", "meloxicam 15 mg tablet", "15 mg once a day", from_days=190, to_days=148, why=why)
    chart.report("mri", "72148", "MRI of the lumbar spine", days=45, says="Disc at L5-S1 presses on the left S1 root.")
    visit = chart.visit("clinic", days=21, why="Left leg pain")
    chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Spine clinic note",
        """
        Synthetic record. Left leg pain for seven months along S1, matching the MRI. Six weeks of home exercises and
        meloxicam without lasting relief. One nerve root injection is advised.
        """,
        days=21,
        visit=visit,
    )
    chart.order("64483", "Lumbar nerve root injection", days=21, why="S1 pain matching the MRI")
    claim = ask(
        chart,
        "priority-health",
        (Line("64483", "Lumbar nerve root injection, left S1"),),
        diagnoses=("M54.16",),
        sent=chart.dates.at_work(-12, "14:10"),
        coverage=coverage,
    )
    asked, due = chart.dates.at_work(-10), chart.dates.at_work(-3)
    answer(
        chart,
        "priority-health",
        claim,
        (Verdict("A3", ("0P",), (1,), reference="PH-61180-1"),),
        decided=chart.dates.at_work(-2, "08:50"),
        reference="PH-61180",
        notes=(f"Records requested on {us_date(asked)} were not received by the due date {us_date(due)}.",),
    )
    chart.note(
        "records-request",
        "52033-8",
        "Request for records from the payer",
        f"Synthetic record. Please send the MRI report and the last clinic note by {us_date(due)}. Reference PH-61180.",
        days=(chart.dates.day(0) - asked.date()).days,
    )
    return (Expected("priority-health", "PH-61180", reply_after=None),)
