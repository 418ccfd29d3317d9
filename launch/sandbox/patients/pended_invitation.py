"""
Pended, with an invitation (306 A4 + 886 0V): the payer offers a call before it decides.

For: the pre-denial lane, where the call counts most; the offer is only in the note's text.
"""

from launch.sandbox.patients.chart import HCPCS, PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Verdict, answer, ask, us_date
from launch.sandbox.patients.measures import CALPROTECTIN, CRP, STOOLS
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import GUT

STORY = Story(
    "pended-invitation",
    "Pended with an invitation to talk",
    "Not denied yet: the payer offers a call before deciding, by noon Pacific three working days on.",
)
CLINICIAN = GUT


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the invitation."""
    chart.patient("Theodora", "Lindgren-Mbeki", born="1994-10-30", sex="female", mrn="SB-100206")
    coverage = chart.coverage(
        "molina", lane="public", text="Marketplace plan", plan="Molina Silver 2", group=None, member="M100206"
    )
    chart.condition("K51.80", "Ulcerative colitis, active", since=900)
    chart.measures(STOOLS, (180, 4), (14, 8))
    chart.measures(CALPROTECTIN, (180, 260), (14, 1120))
    chart.measures(CRP, (180, 5), (14, 22))
    why = "No response after 8 weeks at full dose"
    chart.medicine("52582", "mesalamine 1.2 g tablet", "4.8 g a day", from_days=300, to_days=230, why=why)
    why = "Flare each time the dose fell"
    chart.medicine("19831", "budesonide 9 mg tablet", "9 mg a day", from_days=220, to_days=130, why=why)
    visit = chart.visit("clinic", days=14, why="Bloody stools, flare")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Gastroenterology clinic note",
        """
        Synthetic record. Active colitis, 8 bloody stools a day, on two courses of steroids this year.
        Mesalamine at full dose failed. Vedolizumab is advised as it acts in the bowel only; she had shingles twice.
        """,
        days=14,
        visit=visit,
    )
    chart.order("J3380", "Vedolizumab infusion", days=13, why="Steroid-dependent colitis", system=HCPCS)
    claim = ask(
        chart,
        "molina",
        (Line("J3380", "Vedolizumab 1 mg, eight infusions", 2400, "UN", HCPCS),),
        diagnoses=("K51.80",),
        sent=chart.dates.at_work(-5, "12:15"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    closes = chart.dates.at_work(3, "14:00")
    answer(
        chart,
        "molina",
        claim,
        (Verdict("A4", ("0V",), (1, 2), reference="PEND-88041"),),
        decided=chart.dates.at_work(-1, "16:20"),
        reference="PEND-88041",
        notes=(
            "Under medical review; no decision has been made. A trial of a second agent is not seen in the records.",
            "Before a decision is made you may hold a peer-to-peer discussion with our medical director. "
            f"Call 800-555-0104 by {us_date(closes)} 12:00 PM Pacific time, reference PEND-88041.",
        ),
    )
    return (Expected("molina", "PEND-88041", specialty="207RG0100X", closes=closes),)
