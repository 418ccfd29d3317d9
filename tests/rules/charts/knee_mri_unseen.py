"""MRI of the knee in other hands: written after the rules, measured once before anything was changed."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import medicine, note, problem, procedure, report

SERVICE = "knee_mri"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "73721"),
        denial="Conservative tx not documented.",
        diagnoses=("S83.241A",),
        resources=(
            note(
                """
                R knee pain x 3 mo after pivot. +McMurray, +Thessaly, mild eff, MJLT. Lachman neg.
                HEP + NSAIDs x 8 wks, no better.
                XR 9/1: no fx, mild OA.
                Plan: MRI; if bucket handle -> scope.
                """,
                on="2026-10-30",
                title="Ortho",
            ),
        ),
        expected={"mechanical": MET, "conservative": MET, "plain_film": MET, "changes_care": MET},
    ),
    Case(
        name="dictated",
        asked="Magnetic resonance imaging, left knee, without contrast",
        denial="No radiographs were obtained and there was no period of non-operative management.",
        resources=(
            note(
                """
                She slipped on ice two weeks ago and has had difficulty with stairs since.
                There is no swelling. The collateral and cruciate ligaments are stable.
                I have asked her to begin a course of physical therapy.
                Radiographs have not been obtained.
                I explained that surgery is unlikely to be necessary.
                """,
                on="2026-11-13",
                title="Family medicine",
            ),
        ),
        # Surgery is spoken of only as unlikely: no decision waits for the scan.
        expected={"mechanical": UNMET, "conservative": SILENT, "plain_film": UNMET, "changes_care": SILENT},
    ),
    Case(
        name="coded",
        asked=("cpt", "73721"),
        denial="Does not meet criteria for MRI of the knee.",
        diagnoses=("M23.52",),
        resources=(
            problem("Chronic instability of knee, left knee", since="2026-03-01", icd10="M23.52"),
            *(
                procedure("Physical therapy", on=day, cpt="97112")
                for day in ("2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-29")
            ),
            medicine("Meloxicam 7.5 MG", start="2026-05-01", end="2026-05-20", why="finished"),
            report("Unremarkable.", on="2026-05-02", title="Radiograph of left knee, two views", cpt="73560"),
        ),
        # Five visits in four weeks, and a medicine of three weeks: short of six weeks.
        expected={"mechanical": MET, "conservative": UNMET, "plain_film": MET, "changes_care": SILENT},
    ),
)
