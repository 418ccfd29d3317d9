"""MRI of the spine in other hands: written after the rules, measured once before anything was changed."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import note, problem, report, taken, visit

SERVICE = "spine_mri"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "72148"),
        denial="6 wks conservative tx not met.",
        resources=(
            note(
                """
                LBP w/ R leg sx x 10 wks. SLR + R 30 deg. R ankle jerk absent. Denies B/B incontinence, fever, wt loss.
                Tx: home exercise program and naproxen x 7 weeks, minimal improvement.
                L-spine XR 8/15 DDD L5-S1, no fx.
                Will refer to pain for ESI pending MRI.
                """,
                on="2026-10-19",
            ),
        ),
        expected={"symptoms": MET, "conservative": MET, "plain_film": MET, "changes_care": MET},
    ),
    Case(
        name="urgent",
        asked="MRI of the cervical spine",
        denial="No trial of conservative therapy.",
        resources=(
            visit("Emergency visit", on="2026-11-17", why="Clumsy hands"),
            note(
                """
                Over four weeks she has dropped cups and cannot button her shirt; gait is broad-based.
                Hoffmann sign present on both sides, brisk knee reflexes, clonus of three beats on the left.
                Findings are those of cervical myelopathy. Surgical decompression is likely if the cord is compressed.
                No plain films were taken.
                """,
                on="2026-11-17",
                title="Neurology consult",
            ),
        ),
        expected={"symptoms": MET, "conservative": MET, "plain_film": UNMET, "changes_care": MET},
    ),
    Case(
        name="ordinary",
        asked=("cpt", "72148"),
        denial="Not medically necessary at this time.",
        diagnoses=("M54.50",),
        resources=(
            problem("Chronic low back pain", since="2019-02-01", icd10="M54.50"),
            taken("cyclobenzaprine 10 mg at night", start="2026-11-01"),
            report("Mild lumbar spondylosis.", on="2024-02-01", title="X-ray lumbar spine", cpt="72100"),
            note(
                """
                Flare of chronic low back pain for ten days. Motor and sensory exam normal, straight leg raise negative.
                Advised to stay active. Start PT, recheck in six weeks.
                """,
                on="2026-11-12",
                html=True,
            ),
        ),
        # The films are older than a year: they fall short. Care has only begun, and nothing is told of it as done.
        expected={"symptoms": UNMET, "conservative": SILENT, "plain_film": UNMET, "changes_care": SILENT},
    ),
)
