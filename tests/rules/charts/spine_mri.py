"""MRI of the lumbar spine: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import medicine, note, problem, procedure, report, sessions

CASES = (
    Case(
        name="met",
        asked=("cpt", "72148"),
        denial="The request does not show six weeks of physician-directed conservative treatment.",
        diagnoses=("M54.16",),
        answered=True,
        resources=(
            problem("Lumbar radiculopathy, right L5", since="2026-08-03", icd10="M54.16"),
            *sessions(
                "Therapeutic exercise",
                on=("2026-09-01", "2026-09-08", "2026-09-15", "2026-09-29", "2026-10-13", "2026-10-20"),
                cpt="97110",
            ),
            medicine(
                "Naproxen 500 MG", start="2026-08-10", end="2026-10-12", why="no change in leg pain", rxnorm="198014"
            ),
            report(
                "Disc space narrowing at L4-L5. No fracture or slip.",
                on="2026-08-12",
                title="Lumbar spine X-ray, 3 views",
                cpt="72100",
            ),
            note(
                """
                Right leg pain 7/10 to the big toe. Straight leg raise positive at 40 degrees on the right.
                Great toe extension 4/5, sensation reduced over the dorsum of the foot.
                The MRI decides between an L5 nerve root injection and referral for surgery.
                """,
                on="2026-11-10",
                title="Spine clinic progress note",
            ),
        ),
        expected={"symptoms": MET, "conservative": MET, "plain_film": MET, "changes_care": MET},
    ),
    Case(
        name="unmet",
        asked=("cpt", "72148"),
        denial="Six weeks of conservative care not documented.",
        diagnoses=("M54.50",),
        answered=False,
        resources=(
            problem("Low back pain", since="2026-10-25", icd10="M54.50"),
            *sessions("Physical therapy visit", on=("2026-11-02", "2026-11-09"), cpt="97110"),
            note(
                """
                Axial low back pain for four weeks after lifting. No leg pain, no numbness or weakness.
                Strength 5/5 throughout, reflexes symmetric. Two therapy visits so far, some relief.
                Will continue therapy; MRI requested by the patient.
                """,
                on="2026-11-16",
                html=True,
            ),
        ),
        expected={"symptoms": UNMET, "conservative": UNMET, "plain_film": SILENT, "changes_care": SILENT},
    ),
    Case(
        name="contradictory",
        asked="MRI lumbar spine without contrast",
        denial="No neurological deficit and no failed conservative therapy are documented.",
        diagnoses=("M54.16",),
        resources=(
            # The list of problems says radiculopathy; the latest examination finds nothing of it.
            problem("Radiculopathy, lumbar region", since="2026-03-02", verified=None, icd10="M54.16"),
            procedure("Physical therapy evaluation", on="2026-05-04", cpt="97110"),
            note("Leg pain with numbness over the left calf for two months.", on="2026-05-04", title="Therapy intake"),
            note(
                """
                Completed 8 weeks of physical therapy from May to July without lasting relief.
                Radiographs in June showed mild degeneration only.
                """,
                on="2026-09-14",
            ),
            note("No numbness, no weakness; straight leg raise negative.", on="2026-11-12", title="Orthopedics visit"),
        ),
        expected={"symptoms": UNMET, "conservative": MET, "plain_film": MET, "changes_care": SILENT},
    ),
)
