"""CT angiography of other vessels, a second round in other hands: measured once, after the first was learned from."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, report

SERVICE = "vessel_ct_angiography"
CASES = (
    Case(
        name="head",
        asked=("cpt", "70496"),
        denial="MRA is the preferred study.",
        resources=(
            report("No hemorrhage.", on="2026-11-16", title="CT head without contrast", cpt="70450"),
            note(
                """
                Thunderclap headache two days ago with neck stiffness, has a pacemaker. Mother died of a ruptured
                aneurysm.
                Non-contrast CT was negative. CTA head and neck to look for aneurysm; neurosurgery to clip or coil
                if found.
                Kidney function is normal, no prior contrast reaction.
                """,
                on="2026-11-18",
                title="Neurology",
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
        name="legs",
        asked="CTA aorta with iliofemoral runoff",
        denial="Claudication has not been treated with exercise; ABI not done.",
        resources=(
            problem("Peripheral vascular disease, unspecified", since="2025-05-05", icd10="I73.9"),
            measure("Creatinine", 2.4, "mg/dL", on="2026-11-01"),
            note(
                """
                Calf cramps after three blocks, same as last year. No rest pain, no ulcers.
                ABI has not been done. Started on cilostazol and a walking program.
                Does not want any procedure.
                """,
                on="2026-11-01",
                title="Family medicine",
            ),
        ),
        expected={
            "disease": MET,
            "first_test": UNMET,
            "change": UNMET,
            "kidney": UNMET,
            "contrast": SILENT,
            "changes_care": UNMET,
        },
    ),
)
