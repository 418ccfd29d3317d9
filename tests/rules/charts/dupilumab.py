"""Dupilumab for atopic dermatitis: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, medicine, note, problem, sessions, taken

CASES = (
    Case(
        name="met",
        asked="Dupixent 300 mg/2 mL every two weeks",
        denial="Trial and failure of a medium potency topical steroid and a calcineurin inhibitor not documented.",
        diagnoses=("L20.9",),
        answered=True,
        resources=(
            problem("Atopic dermatitis, unspecified", since="2012-01-01", icd10="L20.9"),
            measure("EASI score", 24.5, "{score}", on="2026-10-14"),
            measure("Body surface area involved", 22, "%", on="2026-10-14"),
            measure("Peak pruritus NRS", 8, "{score}", on="2026-10-14"),
            medicine(
                "triamcinolone acetonide 0.1 % Topical Ointment",
                start="2026-01-10",
                end="2026-05-02",
                why="Inadequate control",
                rxnorm="1085686",
            ),
            medicine(
                "tacrolimus 0.1 % Topical Ointment", start="2026-05-02", end="2026-07-20", why="Burning, no clearing"
            ),
            *sessions(
                "Narrow-band UVB phototherapy",
                on=("2025-08-01", "2025-08-04", "2025-08-07", "2025-08-11", "2025-08-14", "2025-08-18", "2025-08-21"),
                cpt="96910",
            ),
            note(
                """
                Moderate-to-severe atopic dermatitis, lichenified flexures and hands.
                Wakes three times a night from itch; missed six days of work since summer.
                """,
                on="2026-10-14",
                title="Dermatology visit",
            ),
        ),
        expected={
            "diagnosis": MET,
            "severity": MET,
            "steroid": MET,
            "second_topical": MET,
            "systemic": MET,
            "burden": MET,
        },
    ),
    Case(
        name="unmet",
        asked="dupilumab prefilled pen",
        denial="Severity and topical step therapy are not shown.",
        diagnoses=("L20.89",),
        answered=False,
        resources=(
            problem("Other atopic dermatitis", since="2024-02-02", icd10="L20.89"),
            measure("BSA affected", 4, "%", on="2026-11-01"),
            medicine("hydrocortisone 1 % Topical Cream", start="2026-08-01"),
            medicine("triamcinolone acetonide 0.1 % Topical Cream", start="2026-09-01", end="2026-09-12"),
            note("Mild eczema of both elbows, about 4% BSA. Sleeps well.", on="2026-11-01"),
        ),
        expected={
            "diagnosis": MET,
            "severity": UNMET,
            "steroid": UNMET,
            "second_topical": SILENT,
            "systemic": SILENT,
            "burden": UNMET,  # asked about, and sleep is good
        },
    ),
    Case(
        name="contradictory",
        asked=("rxnorm", "1876376"),
        denial="The plan prefers a trial of cyclosporine or a JAK inhibitor.",
        diagnoses=("L20.9",),
        resources=(
            problem("Eczema, atopic", since="2001-05-05", verified=None),
            problem("Pulmonary embolism", since="2024-12-24", icd10="I26.99"),
            finding("vIGA-AD", "3 - Moderate", on="2026-09-30", coded=True),
            taken("clobetasol 0.05% ointment", start="2026-02-01", end="2026-04-15"),
            # After a burst of prednisone the skin looked almost clear; weeks later it was as before.
            note("On prednisone burst: skin almost clear today.", on="2026-08-15", title="Urgent care"),
            note(
                """
                Rebound after prednisone. Severe eczema of face, hands and trunk, 30% BSA.
                Clobetasol gave only brief relief with thinning of the skin.
                Protopic was too painful: could not tolerate the burning.
                Blood pressure rose on cyclosporine in 2023.
                Itch 9/10, cannot sleep.
                """,
                on="2026-09-30",
                title="Allergy and dermatology clinic",
            ),
        ),
        expected={
            "diagnosis": MET,
            "severity": MET,
            "steroid": MET,
            "second_topical": MET,
            "systemic": MET,
            "burden": MET,
        },
    ),
)
