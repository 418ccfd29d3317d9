"""GLP-1 medicine for type 2 diabetes, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, medicine, note, problem

SERVICE = "glp1_diabetes"
CASES = (
    Case(
        name="unseen_shorthand",
        asked="Mounjaro 5 mg",
        denial="Inadequate response to metformin is required.",
        diagnoses=("E11.9",),
        resources=(
            note(
                """
                T2DM x 9 yrs. A1c 9.1 (was 8.4). Metformin ER maxed at 2000 mg/d, can't go higher.
                s/p NSTEMI 2024 w/ DES to LAD. Thyroid: no hx of MTC, no MEN2 in family.
                """,
                on="2026-09-18",
                title="Endo note",
            ),
        ),
        expected={"diagnosis": MET, "a1c": MET, "metformin": MET, "organs": MET, "safety": MET},
    ),
    Case(
        name="unseen_type_one",
        asked="Ozempic",
        denial="Not indicated.",
        diagnoses=("E11.9",),
        resources=(
            problem("Type 1 diabetes mellitus without complications", since="1998-01-01", icd10="E10.9"),
            measure("Hemoglobin A1c", 7.4, "%", on="2026-08-01", loinc="4548-4"),
            medicine("insulin lispro 100 UNT/ML", start="2015-01-01"),
            note("Never took metformin. Anti-GAD positive in 1998.", on="2026-08-01"),
        ),
        expected={"diagnosis": UNMET, "a1c": MET, "metformin": UNMET, "organs": SILENT, "safety": SILENT},
    ),
    Case(
        name="unseen_kidney",
        asked=("rxnorm", "475968"),
        denial="Trial of formulary oral agents not found.",
        diagnoses=("E11.22",),
        resources=(
            problem("Diabetic nephropathy associated with type 2 diabetes mellitus", since="2020-01-01"),
            measure("eGFR (CKD-EPI 2021)", 24, "mL/min/1.73m2", on="2026-10-02", loinc="98979-8"),
            finding("Hemoglobin A1c", "7.8 %", on="2026-10-02"),
            note("Hemoglobin A1c 7.8%, above target; cannot use metformin at this kidney function.", on="2026-10-09"),
        ),
        expected={"diagnosis": MET, "a1c": MET, "metformin": MET, "organs": MET, "safety": SILENT},
    ),
    Case(
        name="fresh_intolerant",
        asked="Trulicity 1.5 mg",
        denial="Metformin trial not met.",
        diagnoses=("E11.65",),
        resources=(
            problem("Diabetes mellitus type II, uncontrolled", since="2018-01-01", snomed="44054006"),
            measure("HEMOGLOBIN A1C", 10.2, "%", on="2026-11-01", loinc="4548-4"),
            medicine("metFORMIN 500 mg ER", start="2024-01-03", end="2024-02-01", why="GI intolerance"),
            note("Had a TIA in June. Carotid stenosis 60 percent. Thyroid cancer risk discussed.", on="2026-11-01"),
        ),
        expected={"diagnosis": MET, "a1c": MET, "metformin": MET, "organs": MET, "safety": SILENT},
    ),
    Case(
        name="fresh_prediabetes",
        asked="Ozempic 1 mg",
        denial="Type 2 diabetes is not documented.",
        diagnoses=("E11.9",),
        resources=(
            problem("Prediabetes", since="2025-01-01", icd10="R73.03"),
            measure("Hemoglobin A1c", 6.0, "%", on="2026-09-01", loinc="4548-4"),
            note("Metformin not started; he prefers injections. No type 2 diabetes at this time.", on="2026-09-01"),
        ),
        expected={"diagnosis": UNMET, "a1c": UNMET, "metformin": UNMET, "organs": SILENT, "safety": SILENT},
    ),
)
