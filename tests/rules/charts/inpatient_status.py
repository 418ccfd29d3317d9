"""Inpatient hospital stay: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, medicine, note, problem, procedure

CASES = (
    Case(
        name="met",
        asked="Inpatient hospital admission",
        denial="The clinical information does not support inpatient level of care. Observation would be appropriate.",
        diagnoses=("J44.1",),
        answered=True,
        resources=(
            problem("COPD with acute exacerbation", since="2018-03-03", icd10="J44.1"),
            problem("Chronic diastolic heart failure", since="2021-11-11", icd10="I50.32"),
            measure("Oxygen saturation by pulse oximetry", 82, "%", on="2026-11-14", loinc="59408-5"),
            measure("Oxygen saturation by pulse oximetry", 95, "%", on="2026-11-17", loinc="59408-5"),
            medicine("methylprednisolone 125 MG Injection, intravenous", start="2026-11-14", end="2026-11-17"),
            note(
                """
                Acute hypoxic respiratory failure, saturation 82% on room air on arrival.
                Still wheezing and on 4 L after three nebulizers and steroids in the ED.
                I expect that hospital care will be needed for more than two midnights.
                Admit to inpatient, telemetry floor. High risk of respiratory decompensation.
                """,
                on="2026-11-14",
                title="Admission history and physical",
            ),
            note(
                "Hospital day 3. IV steroids continued, weaned to 2 L. Hemodynamically stable.",
                on="2026-11-16",
                title="Progress note",
            ),
        ),
        expected={
            "expectation": MET,
            "crossed": MET,
            "severity": MET,
            "treatment": MET,
            "response": MET,
            "risk": MET,
            "order": MET,
        },
    ),
    Case(
        name="unmet",
        asked="Acute inpatient stay, medical",
        denial="Two-midnight expectation not supported; patient was stable and could have been observed.",
        diagnoses=("R07.9",),
        answered=False,
        resources=(
            measure("SpO2", 98, "%", on="2026-11-10"),
            measure("Systolic blood pressure", 134, "mm[Hg]", on="2026-11-10", loinc="8480-6"),
            note(
                """
                Chest pain, resolved before arrival. Vital signs stable throughout. Troponin negative twice.
                Pain-free and feeling better after one aspirin in the ED.
                Place in observation; anticipate discharge home tomorrow after stress test.
                """,
                on="2026-11-10",
                title="ED provider note",
            ),
        ),
        expected={
            "expectation": UNMET,
            "crossed": SILENT,
            "severity": UNMET,
            "treatment": SILENT,
            "response": UNMET,
            "risk": SILENT,
            "order": UNMET,
        },
    ),
    Case(
        name="contradictory",
        asked=("cpt", "99223"),
        denial="Short stay of one midnight. The criteria for inpatient admission were not met.",
        diagnoses=("A41.9",),
        resources=(
            problem("Sepsis due to pyelonephritis", since="2026-11-12", icd10="A41.9"),
            problem("Kidney transplant status", since="2019-01-01", icd10="Z94.0"),
            measure("Lactate [Moles/volume] in Blood", 3.4, "mmol/L", on="2026-11-12", loinc="2524-7"),
            measure("Lactate [Moles/volume] in Blood", 1.1, "mmol/L", on="2026-11-13", loinc="2524-7"),
            procedure("Central line placement", on="2026-11-12"),
            note(
                """
                Patient placed in observation status by the emergency physician.
                Hypotensive to 84/50 and febrile despite two liters of fluid.
                """,
                on="2026-11-12",
                title="ED note",
            ),
            note(
                """
                Septic shock in a transplant recipient. Anticipated length of stay 3 days on IV cefepime.
                Converted: admitted as an inpatient at 21:40.
                """,
                on="2026-11-12",
                title="Admission note",
            ),
            note(
                """
                Recovered faster than expected; no longer hypotensive, lactate cleared. Discharged home on oral
                ciprofloxacin after one midnight.
                """,
                on="2026-11-13",
                title="Discharge summary",
            ),
        ),
        expected={
            "expectation": MET,
            "crossed": MET,  # the reason why not is told
            "severity": MET,
            "treatment": MET,
            "response": MET,
            "risk": MET,
            "order": MET,
        },
    ),
)
