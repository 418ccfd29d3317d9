"""Inpatient hospital stay, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, taken

SERVICE = "inpatient_status"
CASES = (
    Case(
        name="unseen_gi_bleed",
        asked="Inpatient admission, concurrent review",
        denial="Inpatient criteria not met; recommend observation.",
        diagnoses=("K92.1",),
        resources=(
            problem("Atrial fibrillation", since="2020-01-01", icd10="I48.91"),
            problem("Alcoholic cirrhosis of liver", since="2022-01-01", icd10="K70.30"),
            measure("Heart rate", 128, "/min", on="2026-11-15", loinc="8867-4"),
            note(
                """
                HPI: 68M on apixaban p/w melena x2d, near-syncope. Hgb 6.9 from 11.2.
                ED course: 2u pRBC, pantoprazole gtt, still tachycardic.
                Plan: admit IP to MICU. EGD in AM, q4h H/H. Anticipate LOS > 2 MN given rebleed risk with varices.
                """,
                on="2026-11-15",
                title="H&P",
            ),
        ),
        expected={
            "expectation": MET,
            "crossed": SILENT,
            "severity": MET,
            "treatment": MET,
            "response": MET,
            "risk": MET,
            "order": MET,
        },
    ),
    Case(
        name="unseen_cellulitis",
        asked="Hospital inpatient stay",
        denial="Lower level of care was appropriate: oral antibiotics at home.",
        diagnoses=("L03.115",),
        resources=(
            taken("cephalexin 500 mg", start="2026-11-04", end="2026-11-08"),
            note(
                """
                Cellulitis of the leg spreading past the marked border after four days of cephalexin.
                Temperature 38.9, white count 19. Started on vancomycin IV.
                The patient will likely stay 3 nights. Diabetes puts her at high risk of limb loss.
                """,
                on="2026-11-08",
                title="Emergency physician note",
            ),
        ),
        expected={
            "expectation": MET,
            "crossed": SILENT,
            "severity": SILENT,  # fever and a white count are not among the signs asked for
            "treatment": MET,
            "response": MET,
            "risk": MET,
            "order": SILENT,
        },
    ),
    Case(
        name="unseen_syncope",
        asked="Acute inpatient hospital admission",
        denial="Observation level of care is supported.",
        diagnoses=("R55",),
        resources=(
            measure("SpO2", 97, "%", on="2026-11-11"),
            measure("Heart rate", 72, "/min", on="2026-11-11", loinc="8867-4"),
            note(
                """
                Single faint in a hot kitchen, asymptomatic on arrival. ECG and labs unremarkable.
                Observation overnight, likely home in the morning.
                """,
                on="2026-11-11",
                title="ED note",
            ),
            note("Observation status changed to inpatient for convenience of transport.", on="2026-11-12"),
        ),
        expected={
            "expectation": UNMET,
            "crossed": SILENT,
            "severity": UNMET,
            "treatment": SILENT,
            "response": SILENT,
            "risk": SILENT,
            "order": MET,
        },
    ),
    Case(
        name="fresh_dka",
        asked="Inpatient admission",
        denial="Does not meet inpatient criteria; observation approved.",
        diagnoses=("E10.10",),
        resources=(
            problem("Type 1 diabetes", since="2005-01-01", icd10="E10.9"),
            note(
                """
                28F w/ DKA, pH 7.08, bicarb 6, K 5.9. Insulin drip with hourly glucose checks, ICU.
                Given severity, will require inpatient care spanning at least 2 midnights.
                """,
                on="2026-11-09",
                title="Admit note",
            ),
            note(
                "Gap closed late on day 2, transitioned to subcutaneous insulin; home on hospital day 3.",
                on="2026-11-11",
            ),
        ),
        expected={
            "expectation": MET,
            "crossed": MET,
            "severity": MET,
            "treatment": MET,
            "response": SILENT,
            "risk": MET,
            "order": SILENT,
        },
    ),
    Case(
        name="fresh_back_pain",
        asked="Hospital inpatient stay",
        denial="Level of care not supported.",
        diagnoses=("M54.50",),
        resources=(
            measure("Oxygen saturation", 99, "%", on="2026-11-13", loinc="59408-5"),
            note(
                """
                Low back pain after lifting, no red flags. Pain controlled with oral oxycodone in the ED.
                Kept overnight for social reasons, no ride. Plan: discharge in the morning.
                """,
                on="2026-11-13",
                title="ED physician",
            ),
        ),
        expected={
            "expectation": UNMET,
            "crossed": SILENT,
            "severity": UNMET,
            "treatment": SILENT,
            "response": SILENT,
            "risk": SILENT,
            "order": SILENT,
        },
    ),
)
