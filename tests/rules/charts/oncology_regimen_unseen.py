"""Cancer medicine, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, note, problem, report

SERVICE = "oncology_regimen"
CASES = (
    Case(
        name="unseen_lung",
        asked="osimertinib-like regimen: pembrolizumab",
        denial="Not medically necessary.",
        diagnoses=("C34.11",),
        resources=(
            problem("NSCLC, adenocarcinoma, RUL, stage IV", since="2026-01-01", icd10="C34.11"),
            note(
                """
                PD-L1 TPS 80%. NGS: no EGFR/ALK/ROS1. PD after 4 cycles carbo/pemetrexed (RUL mass 3.1 -> 5.4 cm).
                PS 1. Labs OK for treatment: creat 0.8, bili 0.5, ANC 3.4.
                """,
                on="2026-11-10",
                title="Thoracic oncology",
            ),
        ),
        expected={
            "diagnosis": MET,
            "marker": MET,
            "line": MET,
            "progress": MET,
            "performance": MET,
            "organs": MET,
        },
    ),
    Case(
        name="unseen_remission",
        asked=("hcpcs", "J9312"),
        denial="Maintenance not supported.",
        diagnoses=("C82.10",),
        resources=(
            problem("Follicular lymphoma grade II", since="2025-01-01", icd10="C82.10"),
            finding("CD20 immunohistochemistry", "Strongly expressed", on="2025-01-10"),
            report("Complete metabolic response. No adenopathy.", on="2026-10-01", title="PET-CT"),
            measure("Karnofsky performance status", 90, "%", on="2026-10-10", loinc="89262-0"),
            note("Finished six cycles of bendamustine-rituximab in September, KPS 90.", on="2026-10-10"),
        ),
        expected={
            "diagnosis": MET,
            "marker": MET,
            "line": MET,
            "progress": UNMET,
            "performance": MET,
            "organs": SILENT,
        },
    ),
    Case(
        name="unseen_ovary",
        asked="bevacizumab-bvzr with paclitaxel",
        denial="Clinical information insufficient.",
        diagnoses=("C56.1",),
        resources=(
            problem("Ovarian carcinoma, high-grade serous", since="2024-01-01", icd10="C56.1"),
            note(
                """
                Platinum-resistant recurrence: CA-125 doubled in two months and ascites is back, 4 months after
                last carboplatin. She spends most of the day in bed now, ECOG 3.
                """,
                on="2026-11-03",
                title="Gyn onc",
            ),
        ),
        expected={
            "diagnosis": MET,
            "marker": MET,
            "line": MET,
            "progress": MET,
            "performance": UNMET,
            "organs": SILENT,
        },
    ),
    Case(
        name="fresh_breast",
        asked=("hcpcs", "J9306"),
        denial="Not medically necessary.",
        diagnoses=("C50.912",),
        resources=(
            problem("Carcinoma of left breast, stage IV", since="2024-01-01", icd10="C50.912"),
            note(
                """
                ER negative, HER2 amplified by FISH. Relapsed in bone nine months after adjuvant trastuzumab.
                Performance status is 0. CBC, creatinine and LFTs are within treatment parameters.
                """,
                on="2026-11-12",
                title="Medical oncology",
            ),
        ),
        expected={
            "diagnosis": MET,
            "marker": MET,
            "line": MET,
            "progress": MET,
            "performance": MET,
            "organs": MET,
        },
    ),
)
