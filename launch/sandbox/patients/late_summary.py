"""
The document that the payer wants was written after the request, and sending it now would burn the call.

For: an answer in the chart that is newer than the submission, at a payer where anything new after the denial becomes an
appeal and cancels the peer-to-peer: the summary is for the call, not for the fax.
"""

from launch.sandbox.patients.chart import DISCHARGE_NOTE, PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import ODI, PAIN
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE, npi

STORY = Story(
    "late-summary",
    "The therapy summary came late",
    "Written after the request; it answers the denial, but sent now it would turn into an appeal and cancel the call.",
)
CLINICIAN = SPINE


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Odile", "Brankovic-Marsh", born="1968-06-21", sex="female", mrn="SB-100218")
    coverage = chart.coverage(
        "priority-health",
        lane="ppo",
        text="Employer plan, fully insured",
        plan="Priority PPO",
        group="GRP-5521 Harbor Marine",
        member="P100218",
    )
    chart.condition("M54.16", "Pinched nerve, lower back", since=120)
    chart.measures(PAIN, (110, 5), (14, 7))
    chart.measures(ODI, (110, 30), (14, 44))
    chart.report("films", "72100", "Plain films of the lumbar spine", days=100, says="No fracture, no slip.")
    visit = chart.visit("clinic", days=14, why="Left leg pain")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Spine clinic note",
        """
        Synthetic record. Left leg pain along L5 for four months, worse since spring. Lifting the left big toe 4 of 5.
        In physical therapy with us; the summary will follow. MRI before an injection is decided on.
        """,
        days=14,
        visit=visit,
    )
    chart.order("72148", "MRI of the lumbar spine", days=14, why="L5 pain with weakness after therapy")
    claim = ask(
        chart,
        "priority-health",
        (Line("72148", "MRI of the lumbar spine"),),
        diagnoses=("M54.16",),
        sent=chart.dates.at_work(-9, "11:20"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    chart.note(
        "therapy-summary",
        DISCHARGE_NOTE,
        "Physical therapy discharge summary",
        """
        Synthetic record. 15 of 16 visits attended over 8 weeks. Leg pain 7 of 10, was 5 of 10 at the start.
        Goals not met. Referred back to the spine clinic.
        """,
        days=6,
    )
    answer(
        chart,
        "priority-health",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="PH-61377-1"),),
        decided=chart.dates.at_work(-2, "10:15"),
        reference="PH-61377",
        reviewer=Reviewer(npi("200000911"), ("2085R0202X", "Diagnostic radiology")),
        notes=(
            "Six weeks of physical therapy are not documented. Policy IMG-12.",
            "A peer-to-peer discussion may be requested within 10 business days of this notice at 800-555-0108, "
            "reference PH-61377.",
        ),
    )
    return (Expected("priority-health", "PH-61377", reply_after=None),)
