"""Spinal cord stimulator in other hands: written after the rules, measured once before anything was changed."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, medicine, note, problem, procedure, sessions

SERVICE = "spinal_cord_stimulator"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "63685"),
        denial="No documentation of > 50% relief w/ trial; psych eval missing.",
        resources=(
            note(
                """
                FBSS s/p L4-S1 fusion 2022, BLE neuropathic pain x 3 yrs, NRS 8/10.
                Failed: gabapentin, Lyrica, duloxetine (AEs), PT, TFESI x 3 w/ transient relief.
                Psych eval 6/26: cleared. UDS appropriate, no illicit drugs. No active infection.
                SCS trial 9/14-9/21: 80% relief, off hydrocodone. Proceed to perm implant.
                """,
                on="2026-10-01",
                title="Pain mgmt",
            ),
        ),
        expected={
            "diagnosis": MET,
            "duration": MET,
            "medicines": MET,
            "physical": MET,
            "psychology": MET,
            "trial": MET,
            "bars": MET,
            "surgery": SILENT,
        },
    ),
    Case(
        name="dictated",
        asked="Trial of dorsal column stimulation",
        denial="Less invasive treatment has not been exhausted.",
        diagnoses=("E11.42",),
        resources=(
            problem("Diabetic polyneuropathy", since="2022-03-03", icd10="E11.42"),
            measure("Pain severity - 0-10 verbal numeric rating", 7, "{score}", on="2026-11-01", loinc="72514-3"),
            medicine("Duloxetine 30 MG", start="2026-09-15"),
            note(
                """
                Burning of both feet keeps her awake at night despite good control of her sugar.
                Duloxetine was begun in September at a low dose and has not yet been increased.
                She has not seen a psychologist.
                There is no ulcer and no sign of infection of the feet.
                """,
                on="2026-11-01",
                title="Pain medicine",
            ),
        ),
        expected={
            "diagnosis": MET,
            "duration": MET,
            "medicines": UNMET,
            "physical": SILENT,
            "psychology": UNMET,
            "trial": SILENT,
            "bars": MET,
            "surgery": SILENT,
        },
    ),
    Case(
        name="coded",
        asked=("cpt", "63655"),
        denial="Not medically necessary.",
        diagnoses=("M96.1",),
        resources=(
            problem("Failed back surgery syndrome", since="2023-07-01", icd10="M96.1"),
            problem("Alcohol dependence", since="2021-01-01", icd10="F10.20"),
            measure("Numeric pain score", 8, "{score}", on="2026-10-10", loinc="72514-3"),
            medicine("Amitriptyline 25 MG", start="2025-01-01", end="2025-03-01", why="Dry mouth"),
            medicine("Pregabalin 150 MG", start="2025-04-01"),
            *sessions("Therapeutic exercises", on=("2026-02-01", "2026-02-15", "2026-03-01"), cpt="97110"),
            procedure("Psychological testing evaluation", on="2026-08-01", cpt="96130"),
            note(
                "Trial leads removed on day 5. Estimated improvement 35%.", on="2026-09-30", title="Procedure follow-up"
            ),
        ),
        expected={
            "diagnosis": MET,
            "duration": MET,
            "medicines": MET,
            "physical": MET,
            "psychology": MET,
            "trial": UNMET,
            "bars": UNMET,
            "surgery": SILENT,
        },
        missed={"trial": SILENT},  # that the improvement is the trial's stands in the sentence before
    ),
)
