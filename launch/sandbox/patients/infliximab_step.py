"""
A step-therapy denial: infliximab for fistulising Crohn disease, refused until adalimumab has been tried.

For: prior therapy with a reason stopped and an allergy behind it, laboratory measures, and a payer in another zone.
"""

from launch.sandbox.patients.chart import CONSULT_NOTE, HCPCS, PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import ALBUMIN, CALPROTECTIN, CRP, STOOLS, WEIGHT
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import GUT

STORY = Story(
    "infliximab-step",
    "Infliximab refused by a step rule",
    "Adalimumab was stopped for a reaction; the payer did not see it. The payer works in Eastern time.",
)
CLINICIAN = GUT


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Desmond", "Achterberg-Ruiz", born="1989-09-02", sex="male", mrn="SB-100202")
    coverage = chart.coverage(
        "wellpoint-nj", lane="public", text="Medicaid managed care", plan="FamilyCare", group=None, member="W100202"
    )
    _history(chart)
    visit = chart.visit("clinic", days=16, why="Draining fistula, weight loss")
    note = chart.note(
        "clinic",
        CONSULT_NOTE,
        "Gastroenterology clinic note",
        """
        Synthetic record. Crohn disease with a branching fistula beside the anus; a seton was placed 43 days ago.
        Adalimumab was stopped in week 5 for a spreading rash with swelling of the lips.
        Azathioprine was stopped for a fall of the white cells. Relapse on antibiotics alone.
        Loose stools 9 a day, weight 61.5 kg (68 kg in spring). Screening for tuberculosis and hepatitis B is negative.
        Infliximab 5 mg/kg is the agent with evidence for closing fistulas; another of the listed agents would repeat
        the class that caused the reaction or lacks that evidence.
        """,
        days=16,
        visit=visit,
    )
    chart.order("J1745", "Infliximab infusion", days=15, why="Fistulising Crohn disease after adalimumab", system=HCPCS)
    claim = ask(
        chart,
        "wellpoint-nj",
        (Line("J1745", "Infliximab 10 mg, twelve months of infusions", 310, "UN", HCPCS),),
        diagnoses=("K50.113",),
        sent=chart.dates.at_work(-7, "11:05"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "wellpoint-nj",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="WNJ-45120-1"),),
        decided=chart.dates.at_work(-3, "10:31"),
        reference="WNJ-45120",
        reviewer=Reviewer(None, ("183500000X", "Pharmacist")),
        notes=(
            "Step therapy not met: a trial of adalimumab of at least 12 weeks is not documented. Pharmacy rule IBD-07.",
            "The treating or covering clinician may ask for a peer-to-peer within 7 business days of this notice: "
            "call 800-555-0102 and quote WNJ-45120.",
        ),
    )
    return (Expected("wellpoint-nj", "WNJ-45120", specialty="207RG0100X"),)


def _history(chart: Chart) -> None:
    """Problems, measures, medicines and the reaction."""
    chart.condition("K50.113", "Crohn disease of the large bowel with fistula", since=1500)
    chart.measures(CALPROTECTIN, (210, 310), (34, 1480))
    chart.measures(CRP, (210, 8), (34, 41))
    chart.measures(ALBUMIN, (210, 4.1), (34, 3.2))
    chart.measures(WEIGHT, (210, 68), (16, 61.5))
    chart.measures(STOOLS, (210, 3), (16, 9))
    chart.finding("tb-screen", "Tuberculosis blood screen", "Negative", days=32)
    chart.finding("hepatitis-b", "Hepatitis B surface antigen", "Negative", days=32)
    reaction = "Spreading rash and swelling of the lips in week 5"
    chart.medicine(
        "327361", "adalimumab 40 mg injection", "40 mg every 2 weeks", from_days=620, to_days=585, why=reaction
    )
    chart.allergy("adalimumab", "327361", "adalimumab", "Spreading rash, swelling of the lips", days=585)
    why = "White cells fell to 2.6; stopped after 11 weeks"
    chart.medicine("1256", "azathioprine 50 mg tablet", "100 mg once a day", from_days=480, to_days=403, why=why)
    why = "Relapse each time the dose fell under 20 mg"
    chart.medicine("8640", "prednisone 10 mg tablet", "40 mg a day, falling", from_days=230, to_days=120, why=why)
    why = "Fistula drained again within 2 weeks of stopping"
    chart.medicine("2551", "ciprofloxacin 500 mg tablet", "500 mg twice a day", from_days=48, to_days=20, why=why)
    chart.report(
        "mri-pelvis",
        "72197",
        "MRI of the pelvis",
        days=50,
        says="Branching fistula with a 2.3 cm abscess on the left. Activity high.",
    )
    chart.procedure("drainage", "46020", "Abscess drained, seton placed", days=43, note="Branching tract confirmed")
    chart.note(
        "reaction",
        PROGRESS_NOTE,
        "Infusion clinic note on the reaction",
        """
        Synthetic record. Week 5 of adalimumab: spreading rash and swelling of the lips within an hour of injection.
        Treated and settled in a day. Adalimumab stopped for good.
        """,
        days=585,
    )
