"""
Medicare Advantage after the denial: a call can no longer change the decision.

For: route appeal (reconsideration), lane informational; a tempting clinical reason (0F) must not
lead to a booking.
"""

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask
from launch.sandbox.patients.measures import CEA, ECOG
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import CANCER, npi

STORY = Story(
    "medicare-after-denial",
    "Medicare Advantage, already denied",
    "The reason is clinical, but after the notice only a reconsideration can change the decision.",
)
CLINICIAN = CANCER


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Hester", "Galloway-Amadi", born="1946-09-29", sex="female", mrn="SB-100213")
    coverage = chart.coverage(
        "humana",
        lane="hmo",
        text="Medicare Advantage",
        plan="Gold Plus Medicare Advantage HMO",
        group=None,
        member="H100213",
    )
    chart.condition("C34.11", "Cancer of the right upper lung", since=300)
    chart.measures(ECOG, (280, 1), (10, 1))
    chart.measures(CEA, (280, 6.1), (10, 14.8))
    chart.procedure(
        "radiation", "77373", "Focused radiation of the lung lesion", days=210, note="Five sessions completed"
    )
    chart.report(
        "ct", "71260", "CT of the chest", days=17, says="Scar in the right upper lobe; a thickening of 14 mm is new."
    )
    visit = chart.visit("clinic", days=10, why="New thickening on CT")
    note = chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Oncology clinic note",
        """
        Synthetic record. New 14 mm thickening beside the treated area and a rising marker. CT cannot tell scar from
        regrowth; a PET-CT decides between biopsy and watching.
        """,
        days=10,
        visit=visit,
    )
    chart.order("78815", "PET-CT, skull base to thigh", days=10, why="Scar or regrowth")
    claim = ask(
        chart,
        "humana",
        (Line("78815", "PET-CT, skull base to thigh"),),
        diagnoses=("C34.11",),
        sent=chart.dates.at_work(-6, "10:20"),
        coverage=coverage,
        evidence=(("Clinic note", note),),
    )
    answer(
        chart,
        "humana",
        claim,
        (Verdict("A3", ("0F",), (1, 2), reference="HUM-88120-1"),),
        decided=chart.dates.at_work(-2, "09:33"),
        reference="HUM-88120",
        reviewer=Reviewer(npi("200000907"), ("207R00000X", "Internal medicine")),
        notes=(
            "Not medically necessary: recent CT is available. Medicare Advantage organization determination.",
            "You may ask for a reconsideration within 65 days of this notice, reference HUM-88120.",
        ),
    )
    return (Expected("humana", "HUM-88120", specialty="207RX0202X"),)
