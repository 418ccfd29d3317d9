"""
The payer does not keep its own appointment: the reviewer misses the first call.

For: the contact log, a no-show on the payer's side, and booking again inside the window; the second call is kept.
"""

from launch.sandbox.patients.chart import HCPCS, PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import CREATININE, ECOG, WEIGHT
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import CANCER, npi

STORY = Story(
    "missed-call",
    "The payer misses the call",
    "The reviewer will not keep the first booked call; the second one is kept.",
)
CLINICIAN = CANCER


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Isadora", "Pemberton-Asante", born="1959-08-07", sex="female", mrn="SB-100216")
    coverage = chart.coverage(
        "molina", lane="public", text="Marketplace plan", plan="Molina Silver 1", group=None, member="M100216"
    )
    chart.condition("C56.1", "Cancer of the right ovary", since=700)
    chart.measures(ECOG, (690, 0), (12, 1))
    chart.measures(CREATININE, (690, 0.7), (12, 0.8))
    chart.measures(WEIGHT, (690, 64.0), (12, 60.7))
    why = "Six cycles completed; growth 5 months later"
    chart.medicine("40048", "carboplatin (first line)", "AUC 5 every 3 weeks", from_days=660, to_days=540, why=why)
    chart.medicine("56946", "paclitaxel (first line)", "175 mg/m2 every 3 weeks", from_days=660, to_days=540, why=why)
    chart.report("ct", "74177", "CT of the abdomen", days=19, says="New lesions on the peritoneum, the largest 22 mm.")
    visit = chart.visit("clinic", days=12, why="Growth after first line")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Oncology clinic note",
        """
        Synthetic record. Cancer grew 5 months after platinum. Blood pressure normal, no bowel involvement, no clots.
        Bevacizumab with weekly paclitaxel is advised.
        """,
        days=12,
        visit=visit,
    )
    chart.order("J9035", "Bevacizumab infusion", days=11, why="Growth within six months of platinum", system=HCPCS)
    claim = ask(
        chart,
        "molina",
        (Line("J9035", "Bevacizumab 10 mg, eight infusions", 480, "UN", HCPCS),),
        diagnoses=("C56.1",),
        sent=chart.dates.at_work(-7, "14:00"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "molina",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="MOL-32240-1"),),
        decided=chart.dates.at_work(-3, "16:05"),
        reference="MOL-32240",
        reviewer=Reviewer(npi("200000910"), ("207RH0003X", "Hematology and oncology")),
        notes=(
            "Medical necessity not shown: date of growth after platinum is missing from the request.",
            "A peer-to-peer may be requested within 10 business days of receipt of this notice at 800-555-0104, "
            "reference MOL-32240.",
        ),
    )
    return (Expected("molina", "MOL-32240", specialty="207RX0202X", misses=1),)
