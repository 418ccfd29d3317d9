"""A service that no file knows, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import medicine, note, problem, procedure

SERVICE = "generic"
CASES = (
    Case(
        name="unseen_nerve_block",
        asked="Genicular nerve ablation",
        denial="Not medically necessary.",
        diagnoses=("M17.12",),
        resources=(
            problem("Primary osteoarthritis of left knee", since="2018-01-01", icd10="M17.12"),
            procedure("Steroid injection, left knee", on="2026-04-02", said="Two weeks of relief, then as before"),
            note(
                """
                Injections gave her only short-lived benefit. Celecoxib was not tolerated.
                Getting worse: now needs a cane.
                """,
                on="2026-11-01",
                title="Pain clinic",
            ),
        ),
        expected={"diagnosis": MET, "tried": MET, "recent_note": MET, "worse": MET},
    ),
    Case(
        name="unseen_stable",
        asked="Repeat echocardiogram",
        denial="No change in clinical status.",
        diagnoses=("I34.0",),
        resources=(
            problem("Mitral regurgitation", since="2021-01-01", icd10="I34.0"),
            note("No new symptoms; exercise capacity is unchanged. He feels better than last year.", on="2026-10-12"),
        ),
        expected={"diagnosis": MET, "tried": SILENT, "recent_note": MET, "worse": UNMET},
    ),
    Case(
        name="unseen_pump",
        asked="Lymphedema pump",
        denial="Four weeks of conservative therapy not shown.",
        diagnoses=("I89.0",),
        resources=(
            problem("Lymphedema, left arm", since="2023-01-01", icd10="I89.0"),
            medicine("doxycycline 100 MG", start="2026-09-01", end="2026-09-14"),
            note(
                "Arm girth rose from 34 to 37 cm in spite of compression sleeve and massage for 3 months.",
                on="2026-10-01",
                title="Lymphedema therapy",
            ),
        ),
        # A reader knows that a wider arm is worse; whether a number that rose is good or bad the words do not say.
        expected={"diagnosis": MET, "tried": MET, "recent_note": MET, "worse": SILENT},
    ),
    Case(
        name="fresh_wheelchair",
        asked="Power wheelchair",
        denial="A less costly alternative would suffice.",
        diagnoses=("G12.21",),
        resources=(
            problem("Amyotrophic lateral sclerosis", since="2025-01-01", icd10="G12.21"),
            note(
                """
                Rapid decline in arm strength since August; can no longer push the manual chair, which was tried for
                three months and failed. Two falls this month.
                """,
                on="2026-11-06",
                title="ALS clinic",
            ),
        ),
        expected={"diagnosis": MET, "tried": MET, "recent_note": MET, "worse": MET},
    ),
)
