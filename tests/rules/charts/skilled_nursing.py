"""Skilled nursing facility stay: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, medicine, note, problem

CASES = (
    Case(
        name="met",
        asked="Skilled nursing facility, 20 days",
        denial="Care can be provided at a lower level of care, such as home with home health.",
        diagnoses=("S72.141D",),
        answered=True,
        resources=(
            problem("Intertrochanteric fracture of right femur, healing", since="2026-11-10", icd10="S72.141D"),
            measure("AM-PAC basic mobility raw score", 11, "{score}", on="2026-11-17"),
            note(
                """
                Postoperative day 5 after fixation of the hip. Moderate assist of one for bed to chair.
                Ambulates 12 feet with a walker; 6 feet on the first day: progressing in gait training.
                Prior level of function: independent, lived alone in a walk-up on the third floor.
                Recommend PT and OT 5 days a week at a skilled facility.
                Goal: climb a flight of stairs with a rail and return home in 3 weeks.
                """,
                on="2026-11-17",
                title="Physical therapy note",
            ),
            note(
                "Hospitalized for 6 days. Lives alone, no family nearby to help; unsafe to discharge home.",
                on="2026-11-18",
                title="Case management",
            ),
        ),
        expected={
            "stay": MET,
            "skilled": MET,
            "function": MET,
            "before": MET,
            "gain": MET,
            "practical": MET,
            "goal": MET,
        },
    ),
    Case(
        name="unmet",
        asked="SNF admission",
        denial="No daily skilled need. Custodial care is not covered.",
        diagnoses=("R53.81",),
        answered=False,
        resources=(
            problem("Debility", since="2026-10-01", icd10="R53.81"),
            note(
                """
                Walks 250 feet with a cane, independent with transfers. At baseline.
                Needs only help with bathing and meals. Signed off by PT.
                Daughter is available around the clock and willing to have her.
                """,
                on="2026-11-15",
                title="Discharge planning",
                html=True,
            ),
        ),
        expected={
            "stay": SILENT,
            "skilled": UNMET,
            "function": UNMET,
            "before": SILENT,
            "gain": SILENT,
            "practical": UNMET,
            "goal": SILENT,
        },
    ),
    Case(
        name="contradictory",
        asked=("cpt", "99306"),
        denial="Therapy has plateaued and the member could be managed at home.",
        diagnoses=("I63.9",),
        resources=(
            problem("Acute ischemic stroke", since="2026-11-01", icd10="I63.9"),
            medicine("vancomycin 1 g IV every 12 hours", start="2026-11-08"),
            note("Refused therapy twice today, too tired.", on="2026-11-05", title="PT note"),
            note(
                """
                Now participates 45 minutes twice a day, follows two-step commands.
                Max assist of two for transfers, unable to stand without the lift.
                Needs IV vancomycin every 12 hours for 4 weeks and daily skilled PT and OT.
                """,
                on="2026-11-16",
                title="Rehab consult",
            ),
            # The family was hopeful first, and then saw what it takes.
            note("Wife is willing to take him home.", on="2026-11-06", title="Social work"),
            note("Wife is 81 and frail, cannot lift him; home health visits would not be enough.", on="2026-11-18"),
        ),
        expected={
            "stay": SILENT,
            "skilled": MET,
            "function": MET,
            "before": SILENT,
            "gain": MET,
            "practical": MET,
            "goal": SILENT,
        },
    ),
)
