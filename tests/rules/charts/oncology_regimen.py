"""Cancer medicine: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, medicine, note, problem, report

CASES = (
    Case(
        name="met",
        asked=("hcpcs", "J9271"),
        denial="Use is considered investigational without a documented biomarker and prior line of therapy.",
        diagnoses=("C16.9",),
        answered=True,
        resources=(
            problem("Malignant neoplasm of stomach", since="2025-09-20", icd10="C16.9"),
            finding("PD-L1 combined positive score by immunohistochemistry", "CPS 12", on="2025-10-02"),
            medicine("oxaliplatin 100 MG Injection", start="2025-11-01", end="2026-05-01", why="Progression on CT"),
            medicine("capecitabine 500 MG Oral Tablet", start="2025-11-01", end="2026-05-01"),
            measure("ECOG Performance Status score", 1, "{score}", on="2026-10-30", loinc="89247-1"),
            measure("Creatinine [Mass/volume] in Serum or Plasma", 0.9, "mg/dL", on="2026-11-05", loinc="2160-0"),
            report(
                "New liver lesions up to 22 mm. Peritoneal nodularity has increased.",
                on="2026-10-20",
                title="CT chest abdomen pelvis",
                cpt="74177",
            ),
        ),
        expected={
            "diagnosis": MET,
            "marker": MET,
            "line": MET,
            "progress": MET,
            "performance": MET,
            "organs": MET,
        },
    ),
    Case(
        name="unmet",
        asked="Nivolumab every four weeks",
        denial="Experimental for this indication: no biomarker and no prior treatment.",
        diagnoses=("C18.7",),
        answered=False,
        resources=(
            problem("Adenocarcinoma of sigmoid colon", since="2026-08-01", icd10="C18.7"),
            finding("Mismatch repair protein expression", "Intact (proficient)", on="2026-08-20"),
            measure("ECOG performance status", 3, "{score}", on="2026-11-02", loinc="89247-1"),
            measure("Creatinine", 2.3, "mg/dL", on="2026-11-02", loinc="2160-0"),
            note("Untreated so far. CT shows stable disease compared with August.", on="2026-11-02"),
        ),
        expected={
            "diagnosis": MET,
            "marker": UNMET,
            "line": UNMET,
            "progress": UNMET,
            "performance": UNMET,
            "organs": UNMET,
        },
    ),
    Case(
        name="contradictory",
        asked=("hcpcs", "J9355"),
        denial="HER2 status does not support trastuzumab.",
        diagnoses=("C50.911",),
        resources=(
            problem("Breast cancer, right, metastatic", since="2023-02-14", icd10="C50.911"),
            finding("HER2 by IHC, primary 2023", "Negative (1+)", on="2023-03-01"),
            note(
                """
                Liver biopsy of September: HER2 positive, 3+, unlike the primary.
                Progressed through two lines: paclitaxel in 2023 and capecitabine until July.
                ECOG 1. Adequate marrow and liver function.
                """,
                on="2026-10-15",
                title="Oncology consult",
            ),
            note("MRI brain: no evidence of progression in the head.", on="2026-06-01", title="MRI note"),
        ),
        expected={
            "diagnosis": MET,
            "marker": MET,
            "line": MET,
            "progress": MET,
            "performance": MET,
            "organs": MET,
        },
    ),
    Case(
        name="silent",
        asked="Bevacizumab",
        denial="Medical necessity criteria not met.",
        diagnoses=("C71.9",),
        resources=(problem("Glioblastoma", since="2026-01-05", icd10="C71.9"),),
        expected={
            "diagnosis": MET,
            "marker": SILENT,
            "line": SILENT,
            "progress": SILENT,
            "performance": SILENT,
            "organs": SILENT,
        },
    ),
)
