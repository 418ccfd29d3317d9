"""PET-CT in other hands: written after the rules, measured once before anything was changed."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, report

SERVICE = "pet_ct"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "78815"),
        denial="CT is adequate for staging.",
        diagnoses=("C15.5",),
        resources=(
            problem("Malignant neoplasm of lower third of esophagus", since="2026-10-25", icd10="C15.5"),
            note(
                """
                New dx distal esoph adenoCA on EGD bx 10/25. CT CAP 10/30: no definite mets, 9 mm celiac LN
                indeterminate.
                Needs PET for staging prior to neoadjuvant chemoRT vs upfront surgery. No prior PET.
                """,
                on="2026-11-06",
                title="Onc consult",
            ),
        ),
        expected={"cancer": MET, "question": MET, "conventional": MET, "change": MET, "count": MET},
    ),
    Case(
        name="dictated",
        asked="Whole body positron emission tomography",
        denial="The study was repeated within three months, and no change in clinical status was documented.",
        diagnoses=("C83.38",),
        resources=(
            problem("Diffuse large B-cell lymphoma", since="2025-04-01", icd10="C83.38"),
            report("Complete metabolic response.", on="2026-10-20", title="FDG PET/CT", cpt="78815"),
            note(
                """
                He completed treatment last winter and has been entirely well.
                There is no palpable adenopathy, and his weight is steady.
                His last scan a month ago was clear. We like to image every three months during the first two years.
                """,
                on="2026-11-16",
                title="Lymphoma clinic",
            ),
        ),
        # Change: nothing new is told, and a clear scan and no nodes are told: a reader calls it not met.
        expected={"cancer": MET, "question": SILENT, "conventional": SILENT, "change": UNMET, "count": UNMET},
    ),
    Case(
        name="marker",
        asked=("cpt", "78816"),
        denial="Conventional imaging has not been performed.",
        diagnoses=("C18.7",),
        resources=(
            problem("Sigmoid colon cancer", since="2024-03-01", icd10="C18.7"),
            *(
                measure("Carcinoembryonic antigen", value, "ng/mL", on=day, loinc="2039-6")
                for value, day in ((2.0, "2026-02-01"), (5.5, "2026-06-01"), (14.1, "2026-10-15"))
            ),
            report(
                "No new lesion. Post-operative change at the anastomosis.",
                on="2026-10-22",
                title="CT abdomen and pelvis",
            ),
            note(
                """
                CEA climbing over three draws with unrevealing CT.
                If PET localizes disease we would resect, if disseminated she starts FOLFIRI.
                """,
                on="2026-11-01",
                title="Medical oncology",
            ),
        ),
        expected={"cancer": MET, "question": MET, "conventional": MET, "change": MET, "count": SILENT},
    ),
)
