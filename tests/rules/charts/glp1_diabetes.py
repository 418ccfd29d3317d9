"""GLP-1 medicine for type 2 diabetes: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import allergy, measure, medicine, note, problem, taken

CASES = (
    Case(
        name="met",
        asked=("rxnorm", "1991302"),
        denial="Step therapy: a 90-day trial of metformin in the past 180 days was not found in claims.",
        diagnoses=("E11.65", "E66.01"),
        answered=True,
        resources=(
            problem("Type 2 diabetes mellitus with hyperglycemia", since="2021-02-11", icd10="E11.65"),
            problem("Chronic kidney disease, stage 3a", since="2024-03-01", icd10="N18.31"),
            measure("Hemoglobin A1c/Hemoglobin.total in Blood", 7.9, "%", on="2026-05-02", loinc="4548-4"),
            measure("Hemoglobin A1c/Hemoglobin.total in Blood", 8.6, "%", on="2026-10-21", loinc="4548-4"),
            medicine("metformin hydrochloride 1000 MG Oral Tablet", start="2021-03-01", rxnorm="861004"),
            note(
                """
                A1c up to 8.6% on metformin 1,000 mg twice daily.
                No personal or family history of MTC or MEN2.
                """,
                on="2026-10-28",
                title="Diabetes follow-up",
            ),
        ),
        expected={"diagnosis": MET, "a1c": MET, "metformin": MET, "organs": MET, "safety": MET},
    ),
    Case(
        name="unmet",
        asked="Ozempic 0.5 mg weekly",
        denial="Diagnosis of type 2 diabetes with A1c above goal and a metformin trial are required.",
        diagnoses=("E11.9",),
        answered=True,  # the diagnosis is on the list; the rest falls short
        resources=(
            problem("Diabetes mellitus type 2", since="2026-08-20", icd10="E11.9"),
            measure("HbA1c", 6.4, "%", on="2026-10-05"),
            taken("metformin 500 mg", start="2026-09-25", end="2026-10-20"),
            note("Newly diagnosed. A1c is 6.4 after four weeks of metformin, feels well.", on="2026-10-05"),
        ),
        expected={"diagnosis": MET, "a1c": UNMET, "metformin": UNMET, "organs": SILENT, "safety": SILENT},
    ),
    Case(
        name="contradictory",
        asked=("rxnorm", "1551291"),
        denial="Preferred alternatives metformin and glipizide have not been tried.",
        diagnoses=("E11.22",),
        resources=(
            # An old entry says type 1; the active list and the notes say type 2.
            problem("Type 1 diabetes mellitus", since="2009-01-01", status="inactive", icd10="E10.9"),
            problem("Type 2 DM with diabetic chronic kidney disease", since="2015-06-30", icd10="E11.22"),
            allergy("Metformin", on="2018-04-12", reaction="Severe diarrhea"),
            measure("Hemoglobin A1c", 58, "mmol/mol", on="2026-09-14", loinc="59261-8"),
            medicine(
                "glipizide 5 MG Oral Tablet", start="2018-05-01", end="2019-02-10", why="Two severe lows at night"
            ),
            note("Patient reports that metformin is well tolerated.", on="2017-10-01", title="Old clinic note"),
            note("Family history: father with medullary thyroid carcinoma.", on="2026-09-20", title="Genetics letter"),
        ),
        expected={"diagnosis": MET, "a1c": MET, "metformin": MET, "organs": MET, "safety": UNMET},
    ),
)
