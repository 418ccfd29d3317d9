"""
A step denial of a weight medicine: tirzepatide, refused until phentermine or naltrexone with bupropion has been tried.

For: what the payer prefers, and what of the chart forbids it (a stent, an opioid); one substance with two uses.
"""

from launch.sandbox.patients.chart import CONSULT_NOTE, PROGRESS_NOTE, RXNORM, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import BMI, WEIGHT
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import GUT

STORY = Story(
    "weight-medicine",
    "A weight medicine refused by a step rule",
    "The payer prefers phentermine or naltrexone with bupropion; a stent and an opioid forbid both.",
)
CLINICIAN = GUT


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Rosalind", "Aguirre-Novak", born="1968-03-21", sex="female", mrn="SB-100219")
    coverage = chart.coverage(
        "unitedhealthcare",
        lane="ppo",
        text="Commercial group plan",
        plan="Choice Plus",
        group="Harbor Tools",
        member="U100219",
    )
    _history(chart)
    visit = chart.visit("clinic", days=18, why="Fatty liver disease with obesity")
    note = chart.note(
        "clinic",
        CONSULT_NOTE,
        "Liver and metabolic clinic note",
        """
        Synthetic record. Steatohepatitis with class 2 obesity, BMI 38.4.
        She completed 8 months of a supervised diet and walking program with the dietitian; weight 106 to 104 kg.
        Phentermine is contraindicated after her stent. Contrave is not an option while she takes tramadol.
        Denies personal or family history of medullary thyroid cancer or MEN 2.
        She will continue the diet and walking program together with tirzepatide.
        """,
        days=18,
        visit=visit,
    )
    chart.order("2601723", "Tirzepatide weekly", days=17, why="Obesity with steatohepatitis", system=RXNORM)
    claim = ask(
        chart,
        "unitedhealthcare",
        (Line("2601723", "Tirzepatide injection for weight, six months", 24, "UN", RXNORM),),
        diagnoses=("E66.812", "K75.81"),
        sent=chart.dates.at_work(-8, "10:20"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "unitedhealthcare",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="UHC-77231-1"),),
        decided=chart.dates.at_work(-2, "13:40"),
        reference="UHC-77231",
        reviewer=Reviewer(None, ("183500000X", "Pharmacist")),
        notes=(
            "Step therapy not met: a trial of phentermine or of naltrexone with bupropion is not documented.",
            "The prescriber may ask for a peer-to-peer within 21 days of this notice: "
            "call 800-555-0101 and quote UHC-77231.",
        ),
    )
    return (Expected("unitedhealthcare", "UHC-77231", specialty="207R00000X"),)


def _history(chart: Chart) -> None:
    """Problems, measures, what was tried and what is taken."""
    chart.condition("E66.812", "Obesity, class 2", since=2200)
    chart.condition("K75.81", "Nonalcoholic steatohepatitis", since=410)
    chart.condition("I25.10", "Coronary artery disease with a stent", since=900)
    chart.condition("M54.16", "Lumbar radiculopathy", since=700)
    chart.measures(BMI, (270, 39.2), (120, 38.7), (18, 38.4))
    chart.measures(WEIGHT, (270, 106), (120, 104.8), (18, 104))
    chart.medicine("10689", "tramadol 50 mg tablet", "50 mg twice a day", from_days=300, to_days=None)
    chart.medicine("83367", "atorvastatin 40 mg tablet", "40 mg a day", from_days=880, to_days=None)
    why = "Oily stools, no weight lost in 4 months"
    chart.medicine("37925", "orlistat 120 mg capsule", "120 mg with meals", from_days=640, to_days=515, why=why)
    for number, days in enumerate((262, 220, 178, 136, 94, 52), start=1):
        chart.procedure(f"dietitian-{number}", "97803", "Dietitian visit", days=days)
    chart.note(
        "dietitian",
        PROGRESS_NOTE,
        "Dietitian's closing note",
        """
        Synthetic record. Eight months of a 1,400 kcal diet, food diary kept on most days, 7,000 steps a day.
        Weight fell by 2 kg and stayed there.
        """,
        days=52,
    )
