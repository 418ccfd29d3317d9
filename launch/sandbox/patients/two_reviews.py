"""
Two denials for one patient and one clinician, a day apart.

For: one call that covers both, and the certainty that booking one never books or closes the other unseen.
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import PAIN, WALK
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE, npi

STORY = Story(
    "two-reviews",
    "Two reviews for one patient",
    "An MRI and an injection, denied a day apart; one call could cover both.",
)
CLINICIAN = SPINE


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, both requests and both denials."""
    chart.patient("Octavia", "Rosenthal-Mwangi", born="1976-02-16", sex="female", mrn="SB-100214")
    coverage = chart.coverage(
        "unitedhealthcare",
        lane="ppo",
        text="Employer plan, self-insured",
        plan="Choice PPO",
        group="GRP-4410 Prairie Tool Works",
        member="X100214",
    )
    chart.condition("M54.12", "Pinched nerve in the neck", since=190)
    chart.measures(PAIN, (180, 5), (11, 8))
    chart.measures(WALK, (180, 1000), (11, 900))
    why = "No effect after six weeks"
    chart.medicine("7258", "naproxen 500 mg tablet", "500 mg twice a day", from_days=175, to_days=130, why=why)
    for number, days in enumerate((95, 91, 88, 84, 81, 77, 74, 70, 67, 63, 60, 56), start=1):
        chart.procedure(f"therapy-{number:02d}", "97110", "Supervised physical therapy visit", days=days)
    visit = chart.visit("clinic", days=11, why="Neck and arm pain")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Spine clinic note",
        """
        Synthetic record. Arm pain 8 of 10, grip 4 of 5 and falling. Twelve therapy visits and naproxen without lasting
        relief. MRI of the neck and one nerve root injection are advised.
        """,
        days=11,
        visit=visit,
    )
    _review(
        chart, coverage, note, name="mri", line=Line("72141", "MRI of the neck"), days=-3, ref="REF-780551", at="10:02"
    )
    line = Line("64479", "Nerve root injection, neck")
    _review(chart, coverage, note, name="injection", line=line, days=-2, ref="REF-780613", at="16:27")
    return tuple(
        Expected("unitedhealthcare", reference, specialty="207XS0117X") for reference in ("REF-780551", "REF-780613")
    )


def _review(chart: Chart, coverage: dict, note: dict, *, name: str, line: Line, days: int, ref: str, at: str) -> None:
    """One order, one request and its denial."""
    chart.order(line.code, line.text, days=10, why="Arm pain with a weak grip", name=f"order-{name}")
    claim = ask(
        chart,
        "unitedhealthcare",
        (line,),
        diagnoses=("M54.12",),
        sent=chart.dates.at_work(days - 4, "09:05"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
        name=f"claim-{name}",
    )
    answer(
        chart,
        "unitedhealthcare",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference=f"{ref}-1"),),
        decided=chart.dates.at_work(days, at),
        name=f"answer-{name}",
        reference=ref,
        reviewer=Reviewer(npi("200000908"), ("207XS0117X", "Orthopaedic surgery of the spine")),
        notes=(
            "Six weeks of treatment under supervision not shown in the records received. Policy SP-08.",
            f"A peer-to-peer discussion may be requested within 14 calendar days of this notice at 800-555-0101. "
            f"Quote reference {ref}.",
        ),
    )
