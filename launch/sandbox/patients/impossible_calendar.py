"""
A clinician without a free minute: no slot of the payer fits.

For: "no common time" and its advice: who could cover, which hour to protect, which window to ask for.
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import PAIN
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import COVERING, npi

STORY = Story(
    "impossible-calendar",
    "No common time",
    "The covering internist is booked solid through every time that the payer publishes.",
)
CLINICIAN = COVERING


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Philippa", "Nakagawa-Reyes", born="1970-08-12", sex="female", mrn="SB-100211")
    coverage = chart.coverage(
        "unitedhealthcare",
        lane="ppo",
        text="Employer plan, self-insured",
        plan="Choice PPO",
        group="GRP-4410 Prairie Tool Works",
        member="X100211",
    )
    chart.condition("G43.709", "Chronic migraine", since=1300)
    chart.measures(PAIN, (200, 7), (13, 8))
    why = "Tingling and trouble finding words"
    chart.medicine("38404", "topiramate 100 mg tablet", "100 mg twice a day", from_days=400, to_days=290, why=why)
    why = "Slow pulse, fainted once"
    chart.medicine("8787", "propranolol 80 mg capsule", "80 mg once a day", from_days=280, to_days=210, why=why)
    visit = chart.visit("clinic", days=13, why="Headache on 20 days a month, new morning pattern")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Internal medicine note",
        """
        Synthetic record. Headache on 20 days a month. New over two months: worse on waking and on coughing, blurred
        vision twice. Swelling of the optic disc seen by the optometrist. MRI of the brain with contrast is needed.
        """,
        days=13,
        visit=visit,
    )
    chart.order("70553", "MRI of the brain with and without contrast", days=13, why="New pattern, swollen optic disc")
    claim = ask(
        chart,
        "unitedhealthcare",
        (Line("70553", "MRI of the brain with and without contrast"),),
        diagnoses=("G43.709",),
        sent=chart.dates.at_work(-8, "10:50"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "unitedhealthcare",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="REF-779940-1"),),
        decided=chart.dates.at_work(-4, "14:18"),
        reference="REF-779940",
        reviewer=Reviewer(npi("200000906"), ("207Q00000X", "Family medicine")),
        notes=(
            "Imaging is not necessary for a known headache without warning signs. Policy IM-31.",
            "A peer-to-peer discussion may be requested within 14 calendar days of this notice at 800-555-0101. "
            "Quote reference REF-779940.",
        ),
    )
    return (Expected("unitedhealthcare", "REF-779940", specialty="207R00000X"),)
