"""Infliximab: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import allergy, finding, measure, medicine, note, problem, report, taken

CASES = (
    Case(
        name="met",
        asked=("hcpcs", "Q5103"),
        denial="A 12-week trial of adalimumab and of a conventional agent is required; TB screening missing.",
        diagnoses=("K51.90",),
        answered=True,
        resources=(
            problem("Ulcerative colitis, unspecified", since="2022-08-15", icd10="K51.90"),
            medicine(
                "adalimumab 40 MG/0.4 ML Auto-Injector",
                start="2025-11-01",
                end="2026-06-20",
                why="Secondary loss of response",
                rxnorm="327361",
            ),
            medicine("azathioprine 50 MG Oral Tablet", start="2024-02-01", end="2024-06-01", why="Pancreatitis"),
            measure("Calprotectin [Mass/mass] in Stool", 1240, "ug/g", on="2026-09-30", loinc="38445-3"),
            finding("QuantiFERON-TB Gold Plus", "Negative", on="2026-08-02"),
            finding(
                "Hepatitis B virus surface Ag [Presence] in Serum", "Non-reactive", on="2026-08-02", loinc="5196-1"
            ),
            report(
                "Pancolitis with friable mucosa and ulcers, Mayo endoscopic subscore 3.",
                on="2026-09-12",
                title="Colonoscopy",
                cpt="45380",
            ),
        ),
        expected={
            "diagnosis": MET,
            "severity": MET,
            "step": MET,
            "conventional": MET,
            "tuberculosis": MET,
            "hepatitis": MET,
        },
    ),
    Case(
        name="unmet",
        asked="Remicade infusion",
        denial="Step therapy through adalimumab is not met.",
        diagnoses=("K50.90",),
        answered=False,
        resources=(
            problem("Crohn's disease", since="2026-07-01", icd10="K50.90"),
            measure("Fecal calprotectin", 90, "µg/g", on="2026-10-01"),
            taken("adalimumab", start="2026-09-20"),  # eight weeks, and still running
            finding("Interferon gamma release assay, M. tuberculosis", "Positive", on="2026-10-10"),
            note("Crohn ileitis in clinical remission since September on adalimumab.", on="2026-10-20"),
        ),
        expected={
            "diagnosis": MET,
            "severity": UNMET,
            "step": UNMET,
            "conventional": SILENT,
            "tuberculosis": UNMET,
            "hepatitis": SILENT,
        },
    ),
    Case(
        name="contradictory",
        asked=("hcpcs", "J1745"),
        denial="Preferred product adalimumab has not been tried or is not contraindicated.",
        diagnoses=("M05.79",),
        resources=(
            problem("Rheumatoid arthritis with rheumatoid factor", since="2018-01-01", icd10="M05.79"),
            note("Biologic-naive. Has never had adalimumab.", on="2025-02-01", title="Rheumatology, first visit"),
            allergy("Humira", on="2026-03-03", reaction="Hives and wheeze"),
            note(
                """
                DAS28-CRP 5.4, 11 swollen joints.
                Methotrexate 20 mg weekly stopped for rising liver enzymes; leflunomide no effect.
                T-SPOT was negative in July. HBsAg negative.
                """,
                on="2026-10-08",
                title="Rheumatology visit",
            ),
            note("Joints quiet in spring: mild disease.", on="2026-04-01", title="Phone note"),
        ),
        expected={
            "diagnosis": MET,
            "severity": MET,
            "step": MET,
            "conventional": MET,
            "tuberculosis": MET,
            "hepatitis": MET,
        },
    ),
)
