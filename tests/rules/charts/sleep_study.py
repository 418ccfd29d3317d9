"""Sleep study in the laboratory: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, UNMET, Case
from tests.rules.charts.write import measure, medicine, note, problem, report, visit

CASES = (
    Case(
        name="met",
        asked=("cpt", "95810"),
        denial="A home sleep apnea test is the appropriate setting; no comorbidity that requires attended testing.",
        diagnoses=("G47.33",),
        answered=True,
        resources=(
            problem("Heart failure with reduced ejection fraction", since="2023-09-09", icd10="I50.22"),
            problem("Obesity", since="2015-01-01", icd10="E66.9"),
            measure("Epworth Sleepiness Scale", 15, "{score}", on="2026-10-10"),
            measure("Body mass index", 36.2, "kg/m2", on="2026-10-10", loinc="39156-5"),
            visit("Sleep medicine consultation", on="2026-10-10", why="Snoring and sleepiness"),
            note(
                """
                Loud snoring with witnessed apneas, falls asleep at red lights. Mallampati IV.
                Home study in August failed: three hours of usable signal.
                Never had a polysomnogram.
                """,
                on="2026-10-10",
                title="Sleep clinic note",
            ),
        ),
        expected={"symptoms": MET, "risk": MET, "not_at_home": MET, "evaluation": MET, "repeat": MET},
    ),
    Case(
        name="unmet",
        asked=("cpt", "95810"),
        denial="Home testing is appropriate. Prior study on file; repeat not supported.",
        answered=False,
        resources=(
            measure("Epworth Sleepiness Scale", 6, "{score}", on="2026-11-01"),
            measure("BMI", 24.1, "kg/m2", on="2026-11-01", loinc="39156-5"),
            report("AHI 2 per hour. Normal study.", on="2026-04-20", title="Polysomnography", cpt="95810"),
            note(
                """
                Wife reports that he moves a lot at night. No snoring, no witnessed apneas.
                Otherwise healthy, no comorbidities. A home test would be appropriate.
                """,
                on="2026-11-01",
            ),
        ),
        # Evaluation: he was seen and asked about snoring three weeks ago.
        expected={"symptoms": UNMET, "risk": UNMET, "not_at_home": UNMET, "evaluation": MET, "repeat": UNMET},
    ),
    Case(
        name="contradictory",
        asked="Attended polysomnography",
        denial="Member is a candidate for home testing.",
        resources=(
            # Primary care thinks a home test is fine; the pain clinic runs methadone, the sleep clinic says no to it.
            note(
                "Snores nightly. Suitable for a home sleep test. Daytime sleepiness denied.",
                on="2026-07-02",
                title="Family medicine",
            ),
            medicine("methadone 10 mg", start="2025-12-01", rxnorm="864706"),
            note(
                """
                Gasping awakenings, unrefreshing sleep. Neck circumference 44 cm.
                A home test would miss central apnea on methadone.
                """,
                on="2026-11-08",
                title="Sleep medicine",
            ),
            report("AHI 31 per hour.", on="2023-02-10", title="Polysomnogram", cpt="95810"),
        ),
        expected={"symptoms": MET, "risk": MET, "not_at_home": MET, "evaluation": MET, "repeat": MET},
    ),
)
