"""CT angiography of other vessels: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, report

CASES = (
    Case(
        name="met",
        asked=("cpt", "74175"),
        denial="Ultrasound surveillance is sufficient for this aneurysm.",
        diagnoses=("I71.43",),
        answered=True,
        resources=(
            problem("Infrarenal abdominal aortic aneurysm", since="2024-05-01", icd10="I71.43"),
            report(
                "Infrarenal aneurysm 5.6 cm, was 5.0 cm in March. Neck not seen because of bowel gas.",
                on="2026-10-15",
                title="Ultrasound of the aorta",
                cpt="76706",
            ),
            measure("eGFR", 62, "mL/min/1.73m2", on="2026-10-20", loinc="62238-1"),
            note(
                """
                Aneurysm has grown 6 mm in seven months. Scan needed for planning of endovascular repair.
                Denies any reaction to contrast.
                """,
                on="2026-10-28",
                title="Vascular surgery",
            ),
        ),
        expected={
            "disease": MET,
            "first_test": MET,
            "change": MET,
            "kidney": MET,
            "contrast": MET,
            "changes_care": MET,
        },
    ),
    Case(
        name="unmet",
        asked=("cpt", "71275"),
        denial="Routine surveillance; no change since the last study.",
        answered=False,
        resources=(
            note(
                """
                Here for yearly follow-up. No chest pain, no shortness of breath.
                Aortic root 38 mm, size unchanged since 2023.
                He is not a surgical candidate.
                """,
                on="2026-11-02",
                title="Cardiology",
            ),
            measure("eGFR", 24, "mL/min/{1.73_m2}", on="2026-11-02", loinc="98979-8"),
        ),
        # An aortic root of 38 mm, watched for years, is a named finding of a vessel: the disease is told.
        expected={
            "disease": MET,
            "first_test": SILENT,
            "change": UNMET,
            "kidney": UNMET,
            "contrast": SILENT,
            "changes_care": UNMET,
        },
    ),
    Case(
        name="contradictory",
        asked="CTA neck with contrast",
        denial="Carotid duplex was normal; no new symptoms.",
        diagnoses=("G45.9",),
        resources=(
            problem("Transient ischemic attack", since="2026-11-05", icd10="G45.9"),
            report(
                "Right internal carotid stenosis 50 to 69 percent, calcified, limited by depth.",
                on="2026-11-06",
                title="Carotid duplex",
                cpt="93880",
            ),
            note(
                """
                New left arm weakness for twenty minutes on 5 November.
                Endarterectomy if the stenosis exceeds 70 percent.
                """,
                on="2026-11-07",
                title="Neurology",
            ),
            note("Kidney function normal in 2025. Rash after IV dye reaction as a child.", on="2026-01-12"),
            measure("Creatinine", 1.9, "mg/dL", on="2026-11-07", loinc="2160-0"),
        ),
        # Kidney: an old normal word, a new creatinine of 1.9; the newer value falls short but does not deny: a reader
        # would hold the old word to be of 2025 and call it not met.
        expected={
            "disease": MET,
            "first_test": MET,
            "change": MET,
            "kidney": UNMET,
            "contrast": UNMET,
            "changes_care": MET,
        },
    ),
)
