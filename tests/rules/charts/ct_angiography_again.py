"""CT angiography of the heart, a second round in other hands: measured once, after the first was learned from."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, report

SERVICE = "ct_angiography"
CASES = (
    Case(
        name="template",
        asked=("cpt", "75574"),
        denial="Exercise treadmill test is the appropriate initial study.",
        resources=(
            problem("Left bundle branch block", since="2024-01-01", icd10="I44.7"),
            note(
                """
                HPI: 52 year old woman with chest tightness when carrying groceries upstairs, resolves in minutes.
                Risk factors: HTN, hyperlipidemia, father with MI at 50.
                CAD history: none
                Allergies: NKDA
                Labs: creatinine 0.7
                Assessment: Possible angina, intermediate likelihood. Stress ECG not interpretable with LBBB.
                Plan: CCTA. Result will determine whether she goes to the cath lab or stays on medical therapy.
                """,
                on="2026-10-22",
                title="Cardiology new patient",
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
        name="worried",
        asked="CT angiogram of the coronary arteries",
        denial="Not medically necessary.",
        resources=(
            report(
                "Normal exercise capacity, no ischemic changes, negative study.",
                on="2026-09-01",
                title="Exercise treadmill test",
            ),
            measure("GFR, estimated", 18, "mL/min/1.73m2", on="2026-09-10"),
            note(
                """
                41 year old marathon runner, no chest pain, no dyspnea, very low ASCVD risk.
                He read about soft plaque and wants the scan.
                No allergies to contrast.
                """,
                on="2026-11-11",
            ),
        ),
        expected={
            "symptoms": UNMET,
            "likelihood": UNMET,
            "stress_test": UNMET,
            "known": SILENT,
            "kidney": UNMET,
            "contrast": MET,
            "changes_care": SILENT,
        },
        missed={"likelihood": SILENT},  # "very low risk" at the end of a list of what is denied
    ),
)
