"""Sleep study in other hands: written after the rules, measured once before anything was changed."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, report, visit

SERVICE = "sleep_study"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "95810"),
        denial="HST is appropriate.",
        resources=(
            note(
                """
                55M, BMI 41, snores, WA per spouse, ESS 17. HTN, COPD on 2L home O2, chronic opioids.
                HSAT x1 8/26 inconclusive. Rec in-lab PSG.
                """,
                on="2026-10-15",
                title="Sleep new patient",
            ),
        ),
        expected={"symptoms": MET, "risk": MET, "not_at_home": MET, "evaluation": MET, "repeat": SILENT},
    ),
    Case(
        name="dictated",
        asked="Overnight sleep study in the laboratory",
        denial="An unattended study is sufficient for this member.",
        resources=(
            problem("Obesity, unspecified", since="2020-01-01", icd10="E66.9"),
            note(
                """
                Her husband has noticed that she stops breathing at night, and she drifts off while reading in the
                afternoon.
                She has no heart or lung disease and takes no sedating medicine.
                I think that she could be tested at home, but she would rather come to the laboratory.
                """,
                on="2026-11-05",
                title="Internal medicine",
            ),
        ),
        expected={"symptoms": MET, "risk": MET, "not_at_home": UNMET, "evaluation": MET, "repeat": SILENT},
    ),
    Case(
        name="titration",
        asked=("cpt", "95811"),
        denial="Duplicate of a study performed within the past year. Automatic PAP at home is preferred.",
        diagnoses=("G47.33",),
        resources=(
            problem("Obstructive sleep apnea", since="2026-03-01", icd10="G47.33"),
            problem("Amyotrophic lateral sclerosis", since="2025-12-01", icd10="G12.21"),
            visit("Pulmonary office visit", on="2026-10-30"),
            report("Apnea-hypopnea index 22.", on="2026-03-01", title="Diagnostic polysomnography", cpt="95810"),
            measure("Body mass index (BMI)", 23.9, "kg/m2", on="2026-10-30", loinc="39156-5"),
            note(
                "Residual events on auto-CPAP, AHI 14 by download, morning headaches.",
                on="2026-10-30",
                title="Pulmonary note",
            ),
        ),
        # Risk: lean, and nothing of the airway is told; the muscle disease is judged under the test at home. Repeat:
        # a study of eight months ago, but what is left on treatment is new since.
        expected={"symptoms": MET, "risk": UNMET, "not_at_home": MET, "evaluation": MET, "repeat": MET},
    ),
)
