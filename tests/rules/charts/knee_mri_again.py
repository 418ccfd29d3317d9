"""MRI of the knee, a second round in other hands: measured once, after the first round was learned from."""

from tests.rules.charts import MET, UNMET, Case
from tests.rules.charts.write import note, report, taken

SERVICE = "knee_mri"
CASES = (
    Case(
        name="acute",
        asked=("cpt", "73721"),
        denial="Six weeks of physical therapy are required.",
        resources=(
            report("No acute fracture or dislocation.", on="2026-11-08", title="XR Knee Left 4 Views"),
            note(
                """
                19-year-old basketball player, noncontact pivot injury 3 days ago with a pop and immediate swelling.
                Large hemarthrosis. Lachman 2+ with soft endpoint, pivot shift not tolerated. Unable to bear weight.
                ACL tear suspected. MRI needed for surgical planning.
                """,
                on="2026-11-10",
                title="Sports clinic",
            ),
        ),
        expected={"mechanical": MET, "conservative": MET, "plain_film": MET, "changes_care": MET},
    ),
    Case(
        name="older",
        asked=("cpt", "73721"),
        denial="Degenerative disease; MRI will not alter management.",
        resources=(
            taken("Diclofenac gel", start="2026-08-01", end="2026-10-20", why="some relief"),
            note(
                """
                72 yo with tricompartmental OA on standing films of last month, bone on bone medially.
                Crepitus, varus, ROM 5-110. No instability, no mechanical symptoms.
                We discussed that a knee replacement is the next step and that an MRI will not alter this.
                """,
                on="2026-11-03",
            ),
        ),
        # A gel of eleven weeks is conservative care; that the MRI alters nothing is said in plain words.
        expected={"mechanical": UNMET, "conservative": MET, "plain_film": MET, "changes_care": UNMET},
    ),
)
