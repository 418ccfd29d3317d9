"""GLP-1 medicine for weight, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, medicine, note, problem

SERVICE = "glp1_weight"
CASES = (
    Case(
        name="unseen_soap",
        asked="Zepbound 2.5 mg/0.5 mL",
        denial="Does not meet criteria for anti-obesity medication.",
        diagnoses=("E66.812",),
        resources=(
            note(
                """
                S: 47 yo M here for weight f/u. Jan-Jul did WW (Weight Watchers) x 6 months, lost 3 lb then regained.
                No FH of thyroid CA, specifically no medullary thyroid CA / MEN-2.
                O: Ht 5'10", Wt 264 lb, BMI 37.9. BP 148/92.
                A/P: Class 2 obesity w/ HTN and HLD. Start tirzepatide. Cont low-cal diet and 150 min/wk of exercise.
                """,
                on="2026-10-06",
                title="Progress note",
            ),
            problem("HTN (hypertension)", since="2022-01-01", icd10="I10"),
        ),
        expected={
            "weight": MET,
            "risk": MET,
            "lifestyle": MET,
            "older_drug": SILENT,
            "safety": MET,
            "beside": MET,
        },
    ),
    Case(
        name="unseen_renewal",
        asked="semaglutide 2.4 mg weekly, renewal",
        denial="BMI is below the threshold for coverage.",
        diagnoses=("E66.9",),
        resources=(
            problem("Hyperlipidemia", since="2019-02-02", icd10="E78.5"),
            measure("BMI", 34.6, "kg/m2", on="2025-06-01"),
            measure("BMI", 26.2, "kg/m2", on="2026-10-20"),
            medicine("semaglutide 2.4 MG/0.75 ML (Wegovy)", start="2025-06-15"),
            note(
                "Down 22 kg on Wegovy. She remains on her diet plan and goes swimming three times a week.",
                on="2026-10-20",
            ),
        ),
        expected={
            "weight": UNMET,
            "risk": MET,
            "lifestyle": UNMET,  # a diet, and for how long nobody wrote: that falls short
            "older_drug": SILENT,
            "safety": SILENT,
            "beside": MET,
        },
    ),
    Case(
        name="unseen_letter",
        asked="Saxenda",
        denial="Formulary alternatives must be tried first: phentermine, Contrave.",
        diagnoses=("E66.01",),
        resources=(
            measure("Body mass index", 29.3, "kg/m2", on="2026-11-01", loinc="39156-5"),
            problem("Nonalcoholic steatohepatitis", since="2024-04-04", icd10="K75.81"),
            problem("Epilepsy", since="1999-01-01", icd10="G40.909"),
            note(
                """
                To whom it may concern. Mrs. Test worked with our registered dietitian from November 2025 for nine
                months on portion control and a calorie deficit. Contrave is not an option because of her epilepsy.
                Adipex was discontinued in 2024 after it raised her blood pressure.
                """,
                on="2026-11-01",
                title="Letter",
            ),
        ),
        expected={
            "weight": MET,  # 27 and an illness of weight
            "risk": MET,
            "lifestyle": MET,
            "older_drug": MET,
            "safety": SILENT,
            "beside": SILENT,
        },
    ),
    Case(
        name="fresh_portal",
        asked="Wegovy 0.25 mg starter",
        denial="Supporting documentation of lifestyle intervention is required.",
        diagnoses=("E66.01",),
        resources=(
            problem("Severe obesity (finding)", since="2018-01-01", snomed="83911000119104"),
            problem("Hypertensive disorder", since="2019-01-01", snomed="38341003"),
            measure("Body mass index", 42.3, "kg/m2", on="2026-11-10", loinc="39156-5"),
            note(
                """
                Patient enrolled in our 26-week intensive lifestyle program (diet, resistance training, CBT) and
                finished it in September. Net loss 1.8 percent. Thyroid history reviewed: negative for MTC and MEN2,
                personally and in relatives.
                """,
                on="2026-11-10",
                title="Obesity medicine",
            ),
        ),
        expected={
            "weight": MET,
            "risk": MET,
            "lifestyle": MET,
            "older_drug": SILENT,
            "safety": MET,
            "beside": SILENT,
        },
    ),
    Case(
        name="fresh_young",
        asked="Zepbound",
        denial="Not covered criteria.",
        diagnoses=("E66.3",),
        resources=(
            measure("BMI", 27.6, "kg/m2", on="2026-10-01"),
            problem("Family history of type 2 diabetes", since="2020-01-01", icd10="Z83.3"),
            note("BMI 27.6. Otherwise healthy. Plans to join a gym and see a dietitian for 6 months.", on="2026-10-01"),
        ),
        expected={
            "weight": UNMET,
            "risk": SILENT,
            "lifestyle": SILENT,
            "older_drug": SILENT,
            "safety": SILENT,
            "beside": SILENT,
        },
    ),
)
