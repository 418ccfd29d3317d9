"""
A window that closes within hours of the sandbox's start, at whatever hour that is.

For: the countdown, the last safe booking time and the top of the worklist. So that a slot can always be booked, the
patient is in hospital, the hospitalist is on duty round the clock, and the payer's urgent line answers day and night.
"""

from datetime import datetime, timedelta

from launch.sandbox.patients.chart import PROGRESS_NOTE, Chart
from launch.sandbox.patients.claim import Line, Reviewer, Verdict, answer, ask, us_date, us_time
from launch.sandbox.patients.measures import GAIT, PAIN, WALK
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.people import WARD, npi

STORY = Story(
    "window-closes-today",
    "The window closes in a few hours",
    "In hospital, rehabilitation refused; the payer's urgent line has times before the window shuts.",
)
CLINICIAN = WARD
LEFT = timedelta(hours=5)


def closes_at(now: datetime) -> datetime:
    """
    Return when the window shuts: five hours on, on the quarter hour.

    Near midnight it is drawn back to 23:45 of the same day as long as that leaves three hours.
    """
    late = now + LEFT
    late = late.replace(minute=late.minute // 15 * 15, second=0, microsecond=0)
    tonight = now.replace(hour=23, minute=45, second=0, microsecond=0)
    return tonight if tonight < late and tonight - now >= timedelta(hours=3) else late


def tell(chart: Chart) -> tuple[Expected, ...]:
    """Write the chart, the request and the denial."""
    chart.patient("Cornelius", "Bramwell-Otieno", born="1948-03-14", sex="male", mrn="SB-100210")
    coverage = chart.coverage(
        "molina", lane="public", text="Marketplace plan", plan="Molina Gold 1", group=None, member="M100210"
    )
    stay = chart.visit("stay", days=8, why="Stroke", inpatient=True)
    chart.condition("I63.9", "Stroke", since=8)
    chart.condition("G81.91", "Weakness of the right side", since=8)
    chart.measures(WALK, (6, 5), (1, 40))
    chart.measures(GAIT, (6, 0.15), (1, 0.38))
    chart.measures(PAIN, (6, 3), (1, 2))
    chart.medicine("1191", "aspirin 81 mg tablet", "81 mg once a day", from_days=8, to_days=None)
    note = chart.note(
        "ward",
        PROGRESS_NOTE,
        "Hospital medicine note",
        """
        Synthetic record. Day 6 after a stroke. Takes part in three hours of therapy a day, walks 40 m with one helper,
        was 5 m. Blood pressure needs a doctor daily. A nursing facility gives one hour of therapy and no daily doctor.
        Discharge to inpatient rehabilitation is planned as soon as a bed is granted.
        """,
        days=2,
        visit=stay,
    )
    why = "Gains daily, needs a doctor daily"
    chart.order(
        "inpatient-rehabilitation", "Inpatient rehabilitation", days=2, why=why, system="http://sandbox.example/codes"
    )
    claim = ask(
        chart,
        "molina",
        (Line("0128", "Inpatient rehabilitation, days", 14, "DA", "https://www.nubc.org/CodeSystem/RevenueCodes"),),
        diagnoses=("I63.9",),
        sent=chart.dates.now - timedelta(hours=44),
        coverage=coverage,
        evidence=(("Hospital note", note),),
        urgent=True,
        institutional=True,
    )
    closes = closes_at(chart.dates.now)
    answer(
        chart,
        "molina",
        claim,
        (Verdict("A3", ("0G",), (1, 2), reference="MOL-31977-1"),),
        decided=chart.dates.now - timedelta(hours=19),
        reference="MOL-31977",
        reviewer=Reviewer(npi("200000905"), ("207R00000X", "Internal medicine")),
        institutional=True,
        notes=(
            "Level of care not met: the therapy described can be given in a nursing facility.",
            f"Urgent review. A peer-to-peer discussion must take place by {us_date(closes)} {us_time(closes)} "
            "Central time. Urgent line 800-555-0114, day and night, reference MOL-31977.",
        ),
    )
    return (Expected("molina", "MOL-31977", specialty="208M00000X", closes=closes),)
