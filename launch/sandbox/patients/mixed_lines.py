"""
Three lines, three answers in one response: approved, denied, pended.

For: reading each line by itself; the denied line alone is what the call is about.
"""

from launch.sandbox.patients.chart import HCPCS, PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import ODI, PAIN, WALK
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import SPINE, npi

STORY = Story(
    "mixed-lines",
    "Three lines, three answers",
    "Decompression approved, fusion denied, brace still pending: one response, reasons per line.",
)
CLINICIAN = SPINE


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the mixed answer."""
    chart.patient("Beatrix", "Sommerfield-Okoye", born="1964-01-27", sex="female", mrn="SB-100208")
    coverage = chart.coverage(
        "wellpoint-nj", lane="public", text="Medicaid managed care", plan="FamilyCare", group=None, member="W100208"
    )
    chart.condition("M48.062", "Narrow lumbar canal with leg pain on walking", since=500)
    chart.condition("M43.16", "Slipped vertebra, L4 on L5", since=500)
    chart.measures(ODI, (240, 40), (18, 52))
    chart.measures(PAIN, (240, 6), (18, 8))
    chart.measures(WALK, (240, 500), (18, 150))
    why = "No effect after eight weeks"
    chart.medicine("5640", "ibuprofen 600 mg tablet", "600 mg three times a day", from_days=230, to_days=170, why=why)
    why = "Dizziness"
    chart.medicine(
        "25480", "gabapentin 300 mg capsule", "300 mg three times a day", from_days=170, to_days=120, why=why
    )
    for number, days in enumerate((110, 103, 96, 89, 82, 75, 68, 61), start=1):
        chart.procedure(f"therapy-{number}", "97110", "Supervised physical therapy visit", days=days)
    chart.report(
        "bending-films",
        "72114",
        "Lumbar spine films, bending forward and back",
        days=40,
        says="L4 moves 4 mm on L5 between bending forward and back.",
    )
    visit = chart.visit("clinic", days=18, why="Leg pain on walking")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Spine clinic note",
        """
        Synthetic record. Walks 150 m, was 500 m. Eight therapy visits, two medicines, no lasting relief.
        The slip moves 4 mm on the films; decompression without fusion is likely to let it slip further.
        """,
        days=18,
        visit=visit,
    )
    chart.order("22633", "Decompression and fusion L4-L5 with brace", days=17, why="Moving slip with narrow canal")
    claim = ask(
        chart,
        "wellpoint-nj",
        (
            Line("63047", "Lumbar decompression, one level"),
            Line("22633", "Lumbar fusion, one level"),
            Line("L0650", "Brace for the lower back", system=HCPCS),
        ),
        diagnoses=("M48.062", "M43.16"),
        sent=chart.dates.at_work(-7, "08:30"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "wellpoint-nj",
        claim,
        (
            Verdict("A1", number="AUTH-70012"),
            Verdict("A3", ("0F",), (1, 3), reference="WNJ-45388-2"),
            Verdict("A4", ("0U",), (2,), reference="WNJ-45388-3"),
        ),
        decided=chart.dates.at_work(-2, "12:44"),
        reference="WNJ-45388",
        reviewer=Reviewer(npi("200000904"), ("207X00000X", "Orthopaedic surgery")),
        notes=(
            "Line 2: fusion not shown to be necessary with this amount of motion. Policy SP-20 section 2.",
            "Line 3: please send the order for the brace with its measurements.",
            "A peer-to-peer on line 2 may be asked for within 7 business days at 800-555-0102, reference WNJ-45388.",
        ),
    )
    return (Expected("wellpoint-nj", "WNJ-45388", specialty="207XS0117X"),)
