"""PET-CT: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, procedure, report

CASES = (
    Case(
        name="met",
        asked=("cpt", "78815"),
        denial="Conventional imaging has not been shown to be inconclusive; surveillance PET is not covered.",
        diagnoses=("C34.11",),
        answered=True,
        resources=(
            problem("Adenocarcinoma of right upper lobe", since="2025-06-02", icd10="C34.11"),
            procedure("Right upper lobectomy", on="2025-07-01", cpt="32480"),
            report(
                "New 14 mm nodule beside the surgical margin. CT cannot tell scar from recurrence.",
                on="2026-10-20",
                title="CT chest with contrast",
                cpt="71260",
            ),
            measure("CEA", 3.1, "ng/mL", on="2026-04-02", loinc="2039-6"),
            measure("CEA", 9.4, "ng/mL", on="2026-10-22", loinc="2039-6"),
            report(
                "No metabolically active disease.", on="2025-12-01", title="PET-CT skull base to thigh", cpt="78815"
            ),
            note(
                """
                Suspected local recurrence.
                The PET decides whether completion surgery is possible or systemic treatment starts.
                """,
                on="2026-11-03",
                title="Thoracic tumor board",
            ),
        ),
        expected={"cancer": MET, "question": MET, "conventional": MET, "change": MET, "count": MET},
    ),
    Case(
        name="unmet",
        asked=("cpt", "78816"),
        denial="Routine surveillance in an asymptomatic member. Repeat study within 60 days.",
        diagnoses=("C50.911",),
        answered=False,
        resources=(
            problem("Breast cancer, right", since="2021-02-14", icd10="C50.911"),
            report("No FDG-avid disease.", on="2026-10-01", title="PET/CT whole body", cpt="78816"),
            note(
                """
                Five years from surgery, feels well. Remains in remission, no evidence of disease recurrence.
                Routine surveillance PET requested at the patient's wish.
                """,
                on="2026-11-05",
                title="Oncology follow-up",
                html=True,
            ),
        ),
        # Conventional: the only scan is the PET itself.
        expected={"cancer": MET, "question": UNMET, "conventional": SILENT, "change": UNMET, "count": UNMET},
    ),
    Case(
        name="contradictory",
        asked="PET scan skull to thigh",
        denial="No tissue diagnosis. Interval since the last PET too short.",
        resources=(
            # A lesion called malignant by the radiologist, benign by the pathologist; a PET in spring.
            report(
                "Spiculated 18 mm nodule of the left lower lobe, suspicious for malignancy.",
                on="2026-09-15",
                title="Chest CT",
            ),
            report(
                "Biopsy benign: organizing pneumonia, negative for malignancy.",
                on="2026-10-08",
                title="Surgical pathology",
            ),
            report("Mild uptake.", on="2026-03-10", title="PET-CT", cpt="78815"),
            note(
                """
                Nodule larger on the scan of this month despite antibiotics.
                Resection if the PET is hot, otherwise watch.
                """,
                on="2026-11-15",
                title="Pulmonary clinic",
            ),
        ),
        expected={"cancer": UNMET, "question": MET, "conventional": MET, "change": MET, "count": MET},
    ),
)
