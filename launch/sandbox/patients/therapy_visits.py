"""
A partial approval (306 A6 with an added item): 8 of 24 therapy visits.

For: route review_modified, an outcome with a quantity for the line, and reason 10 (how much, how often).
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Verdict, answer, ask
from launch.sandbox.patients.measures import ODI, PAIN, WALK
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE

STORY = Story(
    "therapy-visits",
    "Eight of twenty-four visits approved",
    "Therapy after spine surgery, cut to a third. Accept, or talk about the other sixteen.",
)
CLINICIAN = SPINE


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the modified approval."""
    chart.patient("Lucian", "Farrow-Delacroix", born="1972-07-19", sex="male", mrn="SB-100207")
    coverage = chart.coverage(
        "evicore",
        lane="ppo",
        text="Employer plan, therapy managed by eviCore",
        plan="Open Access PPO",
        group="GRP-6630 Northern Rail",
        member="V100207",
    )
    chart.condition("M96.1", "Stiffness and weakness after spine surgery", since=60)
    chart.procedure("surgery", "63047", "Decompression L3-L4", days=58, note="No complication")
    chart.measures(ODI, (52, 62), (9, 48))
    chart.measures(PAIN, (52, 7), (9, 5))
    chart.measures(WALK, (52, 90), (9, 260))
    visit = chart.visit("clinic", days=9, why="Six weeks after decompression")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Spine clinic note",
        """
        Synthetic record. Gaining with therapy: walks 260 m, was 90 m after surgery. Hip flexion 4 of 5, was 3 of 5.
        Works on ladders; needs 24 visits over 12 weeks to return to work safely.
        """,
        days=9,
        visit=visit,
    )
    chart.order("97110", "Supervised physical therapy", days=9, why="Weakness after decompression")
    lines = (Line("97110", "Supervised physical therapy visit", 24, "VS"),)
    claim = ask(
        chart,
        "evicore",
        lines,
        diagnoses=("M96.1",),
        sent=chart.dates.at_work(-6, "15:30"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "evicore",
        claim,
        (Verdict("A6", ("10",), (1,), number="AUTH-5521", reference="EV-90233-1", approved=8),),
        decided=chart.dates.at_work(-3, "13:02"),
        reference="EV-90233",
        lines=lines,
        notes=(
            "Approved 8 of 24 requested visits; further visits need a measured gain. A clinical consultation may be "
            "booked in the portal or at 800-555-0105 within 14 calendar days, reference EV-90233.",
        ),
    )
    return (Expected("evicore", "EV-90233", specialty="208100000X"),)
