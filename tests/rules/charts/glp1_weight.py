"""GLP-1 medicine for weight: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import allergy, finding, measure, medicine, note, problem, sessions, taken, visit

CASES = (
    Case(
        name="met",
        asked="Wegovy (semaglutide) 2.4 mg/0.75 mL pen, 4 pens a month",
        denial="Participation in a comprehensive weight management program for at least 6 months is not documented.",
        diagnoses=("E66.01", "I10"),
        answered=True,
        resources=(
            problem("Morbid obesity due to excess calories", since="2019-04-02", icd10="E66.01"),
            problem("Essential hypertension", since="2020-01-15", icd10="I10"),
            measure("Body mass index (BMI) [Ratio]", 38.9, "kg/m2", on="2026-04-08", loinc="39156-5"),
            measure("Body mass index (BMI) [Ratio]", 38.2, "kg/m2", on="2026-11-03", loinc="39156-5"),
            medicine(
                "phentermine 37.5 MG Oral Tablet",
                start="2025-09-01",
                end="2025-11-20",
                why="Palpitations, pulse 118",
                rxnorm="968766",
            ),
            note(
                """
                Has followed a supervised 1,400 kcal diet and walking program for 7 months with the dietitian.
                Weight went from 112.4 to 110.2 kg.
                Denies personal or family history of medullary thyroid carcinoma or MEN 2.
                Will continue the reduced calorie diet and walking together with semaglutide.
                """,
                on="2026-11-03",
                title="Primary care visit",
            ),
        ),
        expected={
            "weight": MET,
            "risk": MET,
            "lifestyle": MET,
            "older_drug": MET,
            "safety": MET,
            "beside": MET,
        },
    ),
    Case(
        name="unmet",
        asked=("rxnorm", "2601723"),
        denial="BMI criteria and a trial of lifestyle modification are not met.",
        diagnoses=("E66.3",),
        answered=False,
        resources=(
            problem("Overweight", since="2026-06-01", icd10="E66.3"),
            # 28.1 would do beside an illness of weight; there is none.
            measure("BMI", 28.1, "kg/m²", on="2026-10-30"),
            note(
                """
                Wants help with weight before a wedding. No high blood pressure, no diabetes, lipids normal.
                Has been trying to eat less for 6 weeks: diet changes for 6 weeks so far, minus 1 kg.
                """,
                on="2026-10-30",
                html=True,
            ),
        ),
        expected={
            "weight": UNMET,
            "risk": UNMET,
            "lifestyle": UNMET,
            "older_drug": SILENT,
            "safety": SILENT,
            "beside": SILENT,
        },
    ),
    Case(
        name="contradictory",
        asked="Zepbound 5 mg weekly",
        denial="Member must try and fail phentermine or Contrave.",
        diagnoses=("E66.813",),
        resources=(
            problem("Obesity, class 3", since="2021-01-01", verified=None, icd10="E66.813"),
            problem("Obstructive sleep apnea", since="2022-05-05", icd10="G47.33"),
            problem("Coronary artery disease", since="2023-07-19", icd10="I25.10"),
            measure("Body Mass Index", 41.0, "kg/m2", on="2026-09-22", loinc="39156-5"),
            # In spring nothing had been tried; in autumn eight months had been.
            note("Has not tried any diet program yet.", on="2026-01-20", title="Intake questionnaire"),
            note(
                """
                Completed an 8-month behavioral program with the hospital's weight clinic, net change +2 kg.
                Phentermine is contraindicated given his coronary disease.
                His sister had medullary thyroid cancer at 40.
                """,
                on="2026-10-12",
                title="Endocrinology consult",
            ),
        ),
        expected={
            "weight": MET,
            "risk": MET,
            "lifestyle": MET,
            "older_drug": MET,
            "safety": UNMET,
            "beside": SILENT,
        },
    ),
    Case(
        name="dietitian_by_visits",
        asked=("rxnorm", "1991302"),
        denial="No weight-related comorbid condition is documented; safety information is missing.",
        diagnoses=("E66.9",),
        resources=(
            measure("BMI (calculated)", 31.4, "kg/m2", on="2026-08-30"),
            *sessions(
                "Medical nutrition therapy, individual",
                on=("2026-02-10", "2026-03-17", "2026-05-12", "2026-07-14", "2026-09-08"),
                cpt="97803",
            ),
            taken("orlistat (Alli) 60 mg", start="2025-02-01", end="2025-04-15"),
            finding("Thyroid ultrasound", "Two benign nodules", on="2026-01-10"),
            visit("Follow-up visit", on="2026-08-30", why="Weight"),
            allergy("penicillin", on="2010-01-01", reaction="hives"),
            note("Prediabetes on labs in August; snores, no sleep study yet.", on="2026-08-30"),
        ),
        expected={
            "weight": MET,
            "risk": MET,
            "lifestyle": MET,
            "older_drug": MET,
            "safety": SILENT,
            "beside": SILENT,
        },
    ),
)
