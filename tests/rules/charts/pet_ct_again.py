"""PET-CT, a second round in other hands: measured once, after the first round was learned from."""

from tests.rules.charts import MET, UNMET, Case
from tests.rules.charts.write import note, problem, report

SERVICE = "pet_ct"
CASES = (
    Case(
        name="nodule",
        asked=("cpt", "78815"),
        denial="Tissue diagnosis should precede PET.",
        resources=(
            report(
                "Solid 16 mm nodule in the left upper lobe, was 9 mm in January.",
                on="2026-10-28",
                title="CT CHEST WO CONTRAST",
            ),
            note(
                """
                Growing lung nodule in a 40 pack-year smoker, high suspicion for primary lung cancer.
                Too peripheral for bronchoscopic biopsy. PET to decide between SBRT and wedge resection.
                Has never had a PET scan.
                """,
                on="2026-11-04",
                title="Pulmonology",
            ),
        ),
        expected={"cancer": MET, "question": MET, "conventional": MET, "change": MET, "count": MET},
    ),
    Case(
        name="survivor",
        asked=("cpt", "78816"),
        denial="Surveillance PET in a patient without symptoms.",
        resources=(
            problem("History of Hodgkin lymphoma", since="2019-01-01", icd10="Z85.71"),
            report(
                "Stable post-treatment changes. No adenopathy.", on="2026-10-02", title="CT neck chest abdomen pelvis"
            ),
            report("Deauville 1.", on="2026-09-20", title="PET CT skull base to mid thigh", cpt="78815"),
            note(
                "Annual visit. Asymptomatic, exam benign. Yearly surveillance PET per patient preference.",
                on="2026-11-09",
                title="Survivorship",
            ),
        ),
        # A cancer of the past on the list is still the cancer that is asked about; CT was done and left nothing open.
        expected={"cancer": MET, "question": UNMET, "conventional": MET, "change": UNMET, "count": UNMET},
    ),
)
