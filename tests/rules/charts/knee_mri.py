"""MRI of the knee: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, UNMET, Case
from tests.rules.charts.write import medicine, note, problem, report, sessions, taken, visit

CASES = (
    Case(
        name="met",
        asked=("cpt", "73721"),
        denial="Documentation does not show six weeks of conservative therapy or plain radiographs.",
        diagnoses=("M23.204",),
        answered=True,
        resources=(
            problem("Pain in left knee", since="2026-06-20", icd10="M25.562"),
            *sessions(
                "Physical therapy visit",
                on=("2026-08-03", "2026-08-10", "2026-08-17", "2026-08-31", "2026-09-14", "2026-09-21"),
                cpt="97110",
            ),
            taken("Naproxen 500 mg twice a day", start="2026-07-01", end="2026-09-01"),
            report(
                "No fracture. Joint spaces preserved. Small effusion.",
                on="2026-07-02",
                title="XR KNEE 3 VIEWS LEFT",
                cpt="73562",
            ),
            note(
                """
                Twisting injury in June. Knee catches and gives out on stairs.
                Medial joint line tenderness, McMurray positive, trace effusion.
                If the MRI shows a displaced tear we will proceed to arthroscopy, otherwise continue exercises.
                """,
                on="2026-10-29",
                title="Orthopedic clinic note",
            ),
        ),
        expected={"mechanical": MET, "conservative": MET, "plain_film": MET, "changes_care": MET},
    ),
    Case(
        name="unmet",
        asked=("cpt", "73721"),
        denial="No mechanical symptoms; no trial of conservative care.",
        diagnoses=("M17.11",),
        answered=False,
        resources=(
            problem("Osteoarthritis of right knee", since="2022-04-02", icd10="M17.11"),
            visit("Office visit", on="2026-11-09", why="Knee ache"),
            note(
                """
                Dull ache in the right knee for three months, worse after gardening.
                No locking or giving way. No effusion. Ligaments stable, McMurray negative.
                She has not had physical therapy. X-rays were not taken.
                She is not a surgical candidate and does not want surgery.
                """,
                on="2026-11-09",
            ),
            medicine("acetaminophen 500 mg", start="2026-10-20"),
        ),
        expected={"mechanical": UNMET, "conservative": UNMET, "plain_film": UNMET, "changes_care": UNMET},
    ),
    Case(
        name="contradictory",
        asked="Knee MRI right",
        denial="Six weeks of therapy not met. Exam findings do not suggest internal derangement.",
        resources=(
            # Emergency finds the knee locked; the clinic, ten days later, finds nothing of it.
            note(
                "Acute injury at soccer. The knee is locked at 30 degrees, cannot fully extend, large effusion.",
                on="2026-11-02",
                title="Emergency department note",
            ),
            report("Negative for fracture.", on="2026-11-02", title="Right knee radiographs"),
            note(
                """
                Full range of motion. No locking, no effusion today, Lachman and McMurray negative.
                Started exercises last week; plan to refer to surgery if it locks again.
                """,
                on="2026-11-12",
                title="Sports medicine",
            ),
        ),
        # A knee that was locked within the month excuses from six weeks of care; the later examination is against the
        # signs. The film report names no finding in words but is a film report of the knee.
        expected={"mechanical": UNMET, "conservative": MET, "plain_film": MET, "changes_care": MET},
    ),
)
