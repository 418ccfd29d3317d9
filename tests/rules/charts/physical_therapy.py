"""Physical therapy visits: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, procedure, sessions

CASES = (
    Case(
        name="met",
        asked=("cpt", "97110"),
        denial="Documentation does not show objective progress or a measurable goal for the additional visits.",
        diagnoses=("M75.01",),
        answered=True,
        resources=(
            problem("Adhesive capsulitis of right shoulder", since="2026-07-01", icd10="M75.01"),
            measure("QuickDASH disability score", 61, "%", on="2026-09-02"),
            measure("QuickDASH disability score", 43, "%", on="2026-11-11"),
            *sessions("Therapeutic exercise", on=("2026-09-02", "2026-09-16", "2026-10-07", "2026-11-11"), cpt="97110"),
            note(
                """
                Abduction 95 degrees (60 at start), external rotation 20 degrees.
                Cannot reach overhead; unable to lift a pan.
                Plan: 2 visits a week for 6 weeks, then home program. Goal: abduction 140, return to work as a cook.
                """,
                on="2026-11-11",
                title="PT progress report",
            ),
        ),
        expected={"diagnosis": MET, "deficit": MET, "progress": MET, "goal": MET},
    ),
    Case(
        name="unmet",
        asked="Outpatient physical therapy, 24 visits",
        denial="No measurable functional deficit; progress has plateaued.",
        diagnoses=("M54.50",),
        resources=(
            problem("Low back pain", since="2026-05-01", icd10="M54.50"),
            note(
                """
                Strength 5/5 throughout, full range of motion. Pain 2/10.
                Plateau over the last six visits. Patient enjoys coming.
                """,
                on="2026-11-05",
                html=True,
            ),
        ),
        expected={"diagnosis": MET, "deficit": UNMET, "progress": UNMET, "goal": SILENT},
    ),
    Case(
        name="contradictory",
        asked=("cpt", "97530"),
        denial="Patient has reached maximum benefit.",
        diagnoses=("Z96.651",),
        resources=(
            problem("Presence of right artificial knee joint", since="2026-08-20", icd10="Z96.651"),
            procedure("Manipulation of knee under anesthesia", on="2026-10-14", cpt="27570"),
            # Stuck before the manipulation, moving after it.
            note("No gain in flexion for three weeks, plateau at 74 degrees.", on="2026-10-08", title="PT note"),
            note(
                """
                Flexion improved from 74 to 102 degrees since the manipulation. Gait antalgic, stairs one at a time.
                Needs 12 more visits over 6 weeks to reach 115 degrees.
                """,
                on="2026-11-09",
                title="PT note",
            ),
        ),
        expected={"diagnosis": MET, "deficit": MET, "progress": MET, "goal": MET},
    ),
)
