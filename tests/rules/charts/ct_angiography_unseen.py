"""CT angiography of the heart in other hands: written after the rules, measured once before any change."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, note, problem, report

SERVICE = "ct_angiography"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "75574"),
        denial="Stress testing should be performed first.",
        resources=(
            note(
                """
                58M, HTN, HLD, smoker. Exertional CP x 6 wks, DOE 1 flight. PTP ~ 25%.
                EKG: LBBB. No prior CAD. eGFR 81. NKDA, no contrast rxn.
                Plan CCTA to r/o obstructive CAD; cath if > 70% stenosis.
                """,
                on="2026-11-09",
                title="Cards new pt",
            ),
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
        name="dictated",
        asked="Coronary CTA",
        denial="The clinical records do not support the medical necessity of the study.",
        resources=(
            problem("Old myocardial infarction", since="2017-06-01", icd10="I25.2"),
            measure("Glomerular filtration rate", 22, "mL/min/1.73m2", on="2026-10-28"),
            note(
                """
                He returns for follow-up of a heart attack nine years ago, treated with a stent in the left anterior
                descending.
                He walks two miles a day without chest discomfort or shortness of breath.
                His nuclear perfusion study last spring was normal.
                He developed hives after a CT scan with contrast in 2020.
                I would not change his regimen at present.
                """,
                on="2026-11-02",
                title="Cardiology follow-up",
            ),
        ),
        # He is at high, known risk: nothing in the chart calls the likelihood intermediate.
        expected={
            "symptoms": UNMET,
            "likelihood": SILENT,
            "stress_test": UNMET,
            "known": UNMET,
            "kidney": UNMET,
            "contrast": UNMET,
            "changes_care": SILENT,
        },
    ),
    Case(
        name="coded",
        asked=("cpt", "75574"),
        denial="Member does not meet criteria.",
        diagnoses=("R06.09",),
        resources=(
            problem("Other forms of dyspnea", since="2026-09-10", icd10="R06.09"),
            problem("Essential hypertension", since="2012-05-05", icd10="I10"),
            problem("Mixed hyperlipidemia", since="2014-05-05", icd10="E78.2"),
            report(
                "Equivocal inferior defect, attenuation versus ischemia.",
                on="2026-10-10",
                title="Myocardial perfusion SPECT",
            ),
            finding("Rhythm", "Sinus", on="2026-10-10"),
            measure("Creatinine [Mass/volume] in Serum or Plasma", 0.9, "mg/dL", on="2026-10-01", loinc="2160-0"),
        ),
        expected={
            "symptoms": MET,
            "likelihood": MET,
            "stress_test": MET,
            "known": SILENT,
            "kidney": MET,
            "contrast": SILENT,
            "changes_care": SILENT,
        },
    ),
)
