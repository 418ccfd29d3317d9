"""
The main story: a lumbar fusion denied on medical need although the chart answers every reason given.

For: route p2p, a brief with serial measures, a list of fourteen therapy visits, and one criterion (nicotine) that is
not documented and must be shown as such.
"""

from launch.sandbox.patients.chart import CONSULT_NOTE, PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import ODI, PAIN, PHQ9, WALK, WEIGHT
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE, npi

STORY = Story(
    "lumbar-fusion",
    "Lumbar fusion denied on medical need",
    "The payer says therapy and films were not shown; the chart has both. Payer publishes its times.",
)
CLINICIAN = SPINE
THERAPY_DAYS = (131, 127, 124, 120, 117, 113, 110, 106, 103, 99, 96, 89, 82, 68)


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Marguerite", "Oyelaran-Stone", born="1961-04-17", sex="female", mrn="SB-100201")
    coverage = chart.coverage(
        "unitedhealthcare",
        lane="ppo",
        text="Employer plan, self-insured",
        plan="Choice PPO",
        group="GRP-4410 Prairie Tool Works",
        member="X100201",
    )
    _history(chart)
    _therapy(chart)
    note = _notes(chart)
    order = "One-level fusion L4-L5 after six months of treatment without lasting relief"
    chart.order("22633", "Lumbar fusion, one level", days=20, why=order)
    claim = ask(
        chart,
        "unitedhealthcare",
        (Line("22633", "Lumbar fusion, one level, front and back of the spine"),),
        diagnoses=("M43.16", "M48.062"),
        sent=chart.dates.at_work(-8, "09:20"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "unitedhealthcare",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="REF-778812-1"),),
        decided=chart.dates.at_work(-2, "15:04"),
        reference="REF-778812",
        reviewer=Reviewer(npi("200000901"), ("207R00000X", "Internal medicine")),
        notes=(
            "Six weeks of supervised physical therapy not shown; flexion-extension films not received. "
            "Policy SP-114 section 3b.",
            "A peer-to-peer discussion may be requested within 14 calendar days of this notice at 800-555-0101. "
            "Quote reference REF-778812.",
        ),
    )
    return (Expected("unitedhealthcare", "REF-778812", specialty="207XS0117X"),)


def _history(chart: Chart) -> None:
    """Problems, measures and medicines."""
    chart.condition("M43.16", "Slipped vertebra, L4 on L5", since=420)
    chart.condition("M48.062", "Narrow lumbar canal with leg pain on walking", since=420)
    chart.condition("I10", "High blood pressure", since=2400)
    chart.measures(ODI, (262, 38), (140, 47), (24, 56))
    chart.measures(PAIN, (262, 5), (140, 7), (24, 8))
    chart.measures(WALK, (262, 800), (140, 350), (24, 120))
    chart.measures(WEIGHT, (262, 81.2), (24, 83.0))
    chart.measures(PHQ9, (60, 4))
    why = "No lasting change of leg pain after three months"
    chart.medicine("7258", "naproxen 500 mg tablet", "500 mg twice a day", from_days=255, to_days=165, why=why)
    why = "Too drowsy to work at 1,800 mg a day"
    chart.medicine(
        "25480", "gabapentin 600 mg tablet", "Up to 600 mg three times a day", from_days=210, to_days=95, why=why
    )
    chart.medicine("29046", "lisinopril 10 mg tablet", "10 mg once a day", from_days=2400, to_days=None)
    relief = "About three weeks of relief, then leg pain as before"
    chart.procedure("injection", "64483", "Lumbar nerve root injection, L4-L5", days=190, note=relief)


def _therapy(chart: Chart) -> None:
    """Fourteen supervised therapy visits over nine weeks, the last one the discharge."""
    for number, days in enumerate(THERAPY_DAYS, start=1):
        chart.procedure(
            f"therapy-{number:02d}",
            "97110",
            "Supervised physical therapy visit",
            days=days,
            note=f"Visit {number} of 14: core strengthening and walking programme, attended in full",
        )


def _notes(chart: Chart) -> dict:
    """Imaging and the notes that tell the story; returns the surgeon's, the only one that was sent along."""
    chart.report(
        "mri",
        "72148",
        "MRI of the lumbar spine",
        days=92,
        says="Severe narrowing of the canal at L4-L5. Fluid in both facet joints. Slip of L4 on L5.",
    )
    chart.report(
        "bending-films",
        "72114",
        "Lumbar spine films, bending forward and back",
        days=66,
        says="L4 moves 5 mm on L5 between bending forward and back. No fracture.",
    )
    chart.note(
        "therapy-discharge",
        PROGRESS_NOTE,
        "Physical therapy discharge",
        """
        Synthetic record. Discharge from supervised physical therapy.
        14 of 14 visits attended over 9 weeks. Home programme done daily by report.
        Walking distance fell from 350 m to 150 m. Disability index rose from 47 to 54 percent.
        Goals not met. Referred back to the surgeon.
        """,
        days=68,
    )
    visit = chart.visit("surgeon", days=24, why="Leg pain on walking, follow-up after therapy")
    return chart.note(
        "surgeon",
        CONSULT_NOTE,
        "Spine surgery clinic note",
        """
        Synthetic record. Leg pain 8 of 10, walks 120 m before stopping (800 m nine months ago).
        New weakness lifting the left foot, 4 of 5; it was 5 of 5 at the first visit.
        Bending films show 5 mm of motion at L4-L5. MRI shows severe narrowing at the same level.
        Decompression alone would leave a moving slip with fluid in the facet joints; fusion of one level is advised.
        Mood screening normal. Nicotine use was not asked today.
        """,
        days=24,
        visit=visit,
    )
