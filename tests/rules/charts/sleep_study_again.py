"""Sleep study, a second round in other hands: measured once, after the first round was learned from."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, report

SERVICE = "sleep_study"
CASES = (
    Case(
        name="template",
        asked=("cpt", "95810"),
        denial="In-lab PSG not supported; HSAT recommended.",
        resources=(
            note(
                """
                Chief complaint: non-restorative sleep
                Snoring: loud. Witnessed apnea: yes. ESS: 13/24. STOP-BANG: 6
                PMH: HFpEF, atrial fibrillation, stroke 2025
                BMI 33.4, neck 17.5 in, Mallampati 3
                HSAT not appropriate because of heart failure and stroke. No previous sleep study.
                """,
                on="2026-09-29",
                title="Sleep consult",
            ),
        ),
        expected={"symptoms": MET, "risk": MET, "not_at_home": MET, "evaluation": MET, "repeat": MET},
    ),
    Case(
        name="insomnia",
        asked="Polysomnography",
        denial="Insomnia alone is not an indication.",
        resources=(
            problem("Insomnia", since="2024-04-01", icd10="G47.00"),
            measure("BMI", 22, "kg/m2", on="2026-10-01", loinc="39156-5"),
            report("AHI 1.8, no significant sleep disordered breathing.", on="2026-02-15", title="Polysomnogram"),
            note(
                """
                Trouble falling asleep before exams. Roommate has not heard snoring. No daytime sleepiness.
                Healthy, takes no medicines.
                """,
                on="2026-10-01",
                title="Student health",
            ),
        ),
        # He was asked about snoring in October; nothing speaks of where to test.
        expected={"symptoms": UNMET, "risk": UNMET, "not_at_home": SILENT, "evaluation": MET, "repeat": UNMET},
    ),
)
