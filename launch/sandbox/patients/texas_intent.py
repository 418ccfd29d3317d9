"""
Texas before a denial: the plan means to deny and must first give the chance to talk (28 TAC 19.1710).

For: the pre-denial lane by law, in the older PAS shape; asked by phone or fax, the payer answers after two hours.
"""

from datetime import timedelta

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Verdict, answer, ask, us_date
from launch.sandbox.patients.measures import PAIN, PHQ9, WALK
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE

STORY = Story(
    "texas-intent",
    "Texas: intent to deny",
    "The plan will deny unless they talk first. Asked by fax or phone, it answers after two hours.",
)
CLINICIAN = SPINE


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the notice of intent."""
    chart.patient("Evangeline", "Whitlock-Tran", born="1983-05-21", sex="female", mrn="SB-100212")
    coverage = chart.coverage(
        "superior-healthplan-tx",
        lane="hmo",
        text="Ambetter Marketplace plan, Texas",
        plan="Ambetter Balanced",
        group=None,
        member="S100212",
    )
    chart.condition("G90.522", "Complex regional pain of the left leg", since=640)
    chart.measures(PAIN, (300, 7), (15, 9))
    chart.measures(WALK, (300, 600), (15, 200))
    chart.measures(PHQ9, (40, 6))
    why = "Swelling of the legs"
    chart.medicine("187832", "pregabalin 150 mg capsule", "150 mg twice a day", from_days=280, to_days=200, why=why)
    why = "No effect after ten weeks"
    chart.medicine("72625", "duloxetine 60 mg capsule", "60 mg once a day", from_days=195, to_days=125, why=why)
    chart.procedure("block", "64520", "Nerve block, lower back", days=90, note="Relief of 60 percent for five days")
    visit = chart.visit("clinic", days=15, why="Leg pain")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Spine clinic note",
        """
        Synthetic record. Pain 9 of 10 in the left leg after an ankle fracture. Two medicines, therapy and one block
        tried. Psychological assessment done, no objection. A trial of a spinal stimulator is advised.
        """,
        days=15,
        visit=visit,
    )
    chart.order("63650", "Trial of a spinal stimulator", days=14, why="Complex regional pain after other treatment")
    claim = ask(
        chart,
        "superior-healthplan-tx",
        (Line("63650", "Trial of a spinal stimulator"),),
        diagnoses=("G90.522",),
        sent=chart.dates.at_work(-3, "11:30"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    closes = chart.dates.at_work(2, "17:00")
    answer(
        chart,
        "superior-healthplan-tx",
        claim,
        (Verdict("A4", ("0V",), (1,), reference="TX-55310"),),
        decided=chart.dates.at_work(-1, "15:40"),
        shape="2.0.1",
        notes=(
            "Intent to deny: the record does not show a psychological assessment. Before the adverse determination "
            "the ordering physician may discuss the plan of treatment with our Texas-licensed physician. "
            f"Call 800-555-0107 by {us_date(closes)} 5:00 PM Central time, reference TX-55310.",
        ),
    )
    two_hours = timedelta(hours=2)
    return (
        Expected("superior-healthplan-tx", "TX-55310", specialty="207XS0117X", closes=closes, reply_after=two_hours),
    )
