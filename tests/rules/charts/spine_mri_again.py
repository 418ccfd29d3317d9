"""MRI of the spine, a second round in other hands: measured once, after the first round was learned from."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import note, problem, report, sessions

SERVICE = "spine_mri"
CASES = (
    Case(
        name="cancer",
        asked=("cpt", "72158"),
        denial="No six week trial of conservative management.",
        resources=(
            problem("Malignant neoplasm of breast", since="2021-04-04", icd10="C50.919"),
            note(
                """
                Known metastatic breast cancer with new mid-back pain, worse lying down, for 9 days.
                Percussion tenderness at T8. Lower extremity strength 4+/5 bilaterally.
                Concern for vertebral metastasis; radiation oncology will see her depending on the MRI.
                """,
                on="2026-11-14",
                title="Oncology",
            ),
        ),
        expected={"symptoms": MET, "conservative": MET, "plain_film": SILENT, "changes_care": MET},
    ),
    Case(
        name="neck",
        asked="MRI cervical spine w/o contrast",
        denial="Documentation does not support radiculopathy.",
        resources=(
            *sessions(
                "Chiropractic manipulation", on=("2026-08-01", "2026-08-15", "2026-09-01", "2026-09-20"), cpt="98940"
            ),
            report(
                "Straightening of the lordosis. Disc heights maintained.",
                on="2026-07-20",
                title="Cervical spine 3 view",
            ),
            note(
                """
                Neck pain without arm symptoms. Spurling's negative bilaterally. Reflexes 2+ and symmetric, no weakness.
                Wants to know what is wrong. Continue chiropractic care.
                """,
                on="2026-10-30",
            ),
        ),
        # Four manipulations over seven weeks. A film report that does not call itself film, but is one.
        expected={"symptoms": UNMET, "conservative": MET, "plain_film": MET, "changes_care": SILENT},
    ),
)
