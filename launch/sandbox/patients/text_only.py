"""
A denial that is nothing but a sentence (disposition), in the older shape, without codes, lines or a link to its Claim.

For: reading the offer, its date and its number out of text; a payer that no rule knows.
"""

from launch.sandbox.patients.chart import PAYER_LETTER, PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, answer, ask, us_date
from launch.sandbox.patients.measures import HEMOGLOBIN
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import GUT

STORY = Story(
    "text-only",
    "A denial told only in a sentence",
    "No codes, no lines: one sentence with a number and a date, from a payer that no rule knows.",
)
CLINICIAN = GUT


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the sentence."""
    chart.patient("Winston", "Abernathy-Sole", born="1950-11-05", sex="male", mrn="SB-100209")
    coverage = chart.coverage(
        "example-mutual",
        lane="commercial",
        text="Individual plan",
        plan="Mutual Bronze",
        group=None,
        member="E100209",
    )
    chart.condition("D50.0", "Iron deficiency from bleeding", since=260)
    chart.measures(HEMOGLOBIN, (250, 11.8), (90, 9.9), (12, 8.4))
    why = "Blood count still falling after 4 months"
    chart.medicine("24947", "ferrous sulfate 325 mg tablet", "325 mg twice a day", from_days=240, to_days=110, why=why)
    clean = "No source of bleeding seen"
    chart.procedure("gastroscopy", "43235", "Gastroscopy", days=85, note=clean)
    chart.procedure("colonoscopy", "45378", "Colonoscopy", days=84, note=clean)
    visit = chart.visit("clinic", days=12, why="Anemia without a source")
    chart.note(
        "clinic",
        PROGRESS_NOTE,
        "Gastroenterology clinic note",
        """
        Synthetic record. Hemoglobin 8.4, was 11.8 eight months ago, in spite of iron. Gastroscopy and colonoscopy
        showed no source. A capsule study of the small bowel is the next step.
        """,
        days=12,
        visit=visit,
    )
    chart.order("91110", "Capsule study of the small bowel", days=11, why="Bleeding without a source on both scopes")
    claim = ask(
        chart,
        "example-mutual",
        (Line("91110", "Capsule study of the small bowel"),),
        diagnoses=("D50.0",),
        sent=chart.dates.at_work(-6, "09:00"),
        coverage=coverage,
    )
    closes = chart.dates.at_work(5, "17:00")
    said = f"NOT APPROVED. Criteria not met. Call 800-555-0106 for P2P by {us_date(closes)}. Ref EM-20913."
    answer(
        chart, "example-mutual", claim, (), decided=chart.dates.at_work(-3, "17:25"), shape="2.0.1", disposition=said
    )
    chart.note("letter", PAYER_LETTER, "Letter from the payer", f"Synthetic record. {said}", days=2)
    return (Expected("example-mutual", "EM-20913", specialty="207RG0100X", closes=closes),)
