"""Physical therapy visits, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem

SERVICE = "physical_therapy"
CASES = (
    Case(
        name="unseen_stroke",
        asked=("cpt", "97112"),
        denial="Frequency exceeds what is medically necessary.",
        diagnoses=("I69.351",),
        resources=(
            problem(
                "Hemiplegia following cerebral infarction, right dominant side", since="2026-08-01", icd10="I69.351"
            ),
            measure("Berg balance scale", 31, "{score}", on="2026-09-15"),
            measure("Berg balance scale", 42, "{score}", on="2026-11-10"),
            note(
                """
                10MWT 0.52 m/s (0.38 at SOC). R ankle DF 3-/5. Two near-falls this month.
                STG: Berg 48 in 4 wks. Freq/duration: 3x/wk x 4 wks.
                """,
                on="2026-11-10",
                title="Neuro PT recert",
            ),
        ),
        expected={"diagnosis": MET, "deficit": MET, "progress": MET, "goal": MET},
    ),
    Case(
        name="unseen_worse",
        asked="Physical therapy",
        denial="No significant improvement.",
        diagnoses=("M25.561",),
        resources=(
            problem("Pain in right knee", since="2026-06-01", icd10="M25.561"),
            measure("LEFS", 44, "{score}", on="2026-09-01"),
            measure("LEFS", 43, "{score}", on="2026-10-30"),
            note("Function is unchanged after 12 visits. Squats to 70 degrees only.", on="2026-10-30"),
        ),
        expected={"diagnosis": MET, "deficit": MET, "progress": UNMET, "goal": SILENT},
    ),
    Case(
        name="unseen_new",
        asked="Outpatient PT evaluation and 12 visits",
        denial="Plan of care not received.",
        diagnoses=("S83.511A",),
        resources=(
            problem("ACL sprain, right knee", since="2026-10-25", icd10="S83.511A"),
            note(
                """
                Initial eval. Quad strength 3+/5, knee flexion AROM 0-85. Ambulates with crutches, can't do stairs.
                POC: 12 visits over 6 weeks; LTG: running at 4 months.
                """,
                on="2026-11-12",
                title="PT initial evaluation",
            ),
        ),
        expected={"diagnosis": MET, "deficit": MET, "progress": SILENT, "goal": MET},
    ),
    Case(
        name="fresh_rotator_cuff",
        asked=("cpt", "97140"),
        denial="Visits exceed guideline.",
        diagnoses=("Z98.890",),
        resources=(
            problem("Status post rotator cuff repair, left", since="2026-08-25", icd10="Z98.890"),
            note(
                """
                Week 11. Passive elevation 130, active 85 degrees, was 40 a month ago. ER strength 3/5.
                Still cannot lift a gallon of milk. Recommend continuing twice weekly for 8 weeks to restore
                overhead reach for work as a painter.
                """,
                on="2026-11-09",
                title="PT reassessment",
            ),
        ),
        # "85 degrees, was 40": a reader sees the gain; the program does not compare numbers in a sentence.
        expected={"diagnosis": MET, "deficit": MET, "progress": SILENT, "goal": MET},
    ),
)
