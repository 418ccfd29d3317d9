"""
A benefit exclusion (886 0M): the contract does not cover the service, so no call can win it.

For: a route other than p2p, with the reason said; the tool must not offer slots.
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Verdict, answer, ask
from launch.sandbox.patients.measures import BMI, WEIGHT
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import GUT

STORY = Story(
    "benefit-exclusion",
    "Weight-loss surgery excluded by the contract",
    "The group contract excludes the service: a benefit exception, not a call.",
)
CLINICIAN = GUT


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Priscilla", "Vandermeer-Oduya", born="1978-06-23", sex="female", mrn="SB-100204")
    coverage = chart.coverage(
        "example-mutual",
        lane="hmo",
        text="Employer plan, fully insured",
        plan="Mutual HMO 40",
        group="GRP-0118 Lakeside Bakery",
        member="E100204",
    )
    chart.condition("E66.01", "Severe obesity", since=1900)
    chart.condition("E11.9", "Type 2 diabetes", since=1100)
    chart.condition("K76.0", "Fatty liver", since=700)
    chart.measures(BMI, (400, 41.0), (30, 43.2))
    chart.measures(WEIGHT, (400, 112.4), (30, 118.3))
    chart.medicine("6809", "metformin 1000 mg tablet", "1,000 mg twice a day", from_days=1100, to_days=None)
    why = "Nausea, no weight change after 5 months"
    chart.medicine("475968", "liraglutide injection", "Up to 1.8 mg a day", from_days=380, to_days=230, why=why)
    visit = chart.visit("clinic", days=30, why="Fatty liver, weight")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Clinic note",
        """
        Synthetic record. Body mass index 43.2 with diabetes and fatty liver; twelve months of supervised diet without
        lasting change. Referred for sleeve surgery.
        """,
        days=30,
        visit=visit,
    )
    chart.order("43775", "Sleeve surgery of the stomach", days=28, why="Severe obesity with diabetes")
    claim = ask(
        chart,
        "example-mutual",
        (Line("43775", "Sleeve surgery of the stomach"),),
        diagnoses=("E66.01",),
        sent=chart.dates.at_work(-9, "10:00"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "example-mutual",
        claim,
        (Verdict("A3", ("0M",), (1,), reference="EM-20077-1"),),
        decided=chart.dates.at_work(-4, "09:45"),
        reference="EM-20077",
        notes=("The group contract excludes surgery for weight loss (Exclusions, item 14).",),
    )
    return (Expected("example-mutual", "EM-20077"),)
