"""CT angiography of the heart: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import allergy, measure, note, problem, report, taken

CASES = (
    Case(
        name="met",
        asked=("cpt", "75574"),
        denial="A functional stress test is the preferred first test. Symptoms and pretest risk are not documented.",
        diagnoses=("R07.89",),
        answered=True,
        resources=(
            problem("Chest pain", since="2026-08-30", icd10="R07.89"),
            problem("Type 2 diabetes mellitus", since="2018-01-10", icd10="E11.9"),
            problem("Hypertension", since="2015-03-01", icd10="I10"),
            measure("eGFR", 74, "mL/min/{1.73_m2}", on="2026-10-05", loinc="98979-8"),
            measure("LDL cholesterol", 141, "mg/dL", on="2026-10-05", loinc="13457-7"),
            report(
                "Stopped at 4 minutes for knee pain, 68 percent of predicted heart rate: non-diagnostic study.",
                on="2026-10-12",
                title="Exercise stress ECG",
            ),
            note(
                """
                Substernal pressure walking uphill, twice a week since August, relieved by rest.
                Intermediate pretest probability. No history of coronary artery disease. No contrast allergy.
                The treadmill test was non-diagnostic because she could not reach target heart rate.
                The CT would decide between a catheter and medical treatment.
                """,
                on="2026-11-04",
                title="Cardiology consultation",
            ),
            taken("atorvastatin 40 mg", start="2024-01-01"),
        ),
        expected={
            "symptoms": MET,
            "likelihood": MET,
            "stress_test": MET,
            "known": MET,
            "kidney": MET,
            "contrast": MET,
            "changes_care": MET,
        },
    ),
    Case(
        name="unmet",
        asked=("cpt", "75574"),
        denial="Screening of an asymptomatic member is not covered.",
        answered=False,
        resources=(
            note(
                """
                Asymptomatic, would like his arteries checked because his brother had a stent at 60.
                Denies chest pain and dyspnea on exertion. Low cardiovascular risk.
                Treadmill stress test in September was normal.
                """,
                on="2026-11-06",
                title="Wellness visit",
            ),
            measure("Creatinine", 2.6, "mg/dL", on="2026-10-01", loinc="2160-0"),
            allergy("Iodinated contrast media", on="2019-05-05", reaction="Hives and wheezing"),
        ),
        # Known disease: nothing is told of the patient himself, only of his brother.
        expected={
            "symptoms": UNMET,
            "likelihood": UNMET,
            "stress_test": UNMET,
            "known": SILENT,
            "kidney": UNMET,
            "contrast": UNMET,
            "changes_care": SILENT,
        },
    ),
    Case(
        name="contradictory",
        asked="CT angiography, coronary arteries",
        denial="Member has known coronary disease. Prior stress test was normal.",
        diagnoses=("I20.9",),
        resources=(
            problem("Angina pectoris", since="2026-09-01", icd10="I20.9"),
            # One note knows of no coronary disease, the list of problems has a stent.
            problem("Presence of coronary angioplasty implant and graft", since="2021-02-03", icd10="Z95.5"),
            note(
                """
                Exertional chest tightness, intermediate risk. No known CAD.
                Nuclear stress in June was equivocal owing to attenuation artifact.
                """,
                on="2026-09-20",
                title="Internal medicine",
            ),
            note(
                """
                Repeat stress echo was normal last week. Kidney function normal.
                Chest tightness persists; plan coronary CTA to rule out in-stent stenosis.
                """,
                on="2026-11-10",
                title="Cardiology note",
            ),
        ),
        # Stress: the latest is normal. Known: an old stent on the list, a later note that denies disease: a reader
        # takes the later word and holds the stent against it, so met, with the contrary shown.
        expected={
            "symptoms": MET,
            "likelihood": MET,
            "stress_test": UNMET,
            "known": MET,
            "kidney": MET,
            "contrast": SILENT,
            "changes_care": MET,
        },
    ),
)
