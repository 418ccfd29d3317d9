"""Lumbar fusion: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, medicine, note, problem, report, sessions, taken

CASES = (
    Case(
        name="met",
        asked=("cpt", "22612"),
        denial="Six weeks of failed physical therapy and instability on flexion-extension films not documented.",
        diagnoses=("M43.16",),
        answered=True,
        resources=(
            problem("Degenerative spondylolisthesis L4-L5", since="2025-02-11", icd10="M43.16"),
            problem("Lumbar stenosis with neurogenic claudication", since="2025-02-11", icd10="M48.062"),
            *sessions(
                "PT treatment, therapeutic exercise",
                on=[f"2026-0{month}-{day}" for month in (5, 6, 7) for day in ("05", "12", "19", "26")],
                cpt="97110",
            ),
            medicine("meloxicam 15 mg", start="2026-02-01", end="2026-05-01", why="dyspepsia, little benefit"),
            taken("Gabapentin 300 mg three times daily", start="2026-05-02"),
            report(
                """
                Anterolisthesis of L4 on L5, 6 mm in flexion and 1 mm in extension.
                Dynamic translation of 5 mm. Severe central canal stenosis was described on the MRI of June.
                """,
                on="2026-09-02",
                title="Lumbar spine flexion and extension views",
                cpt="72114",
                form=True,
            ),
            measure("Oswestry Disability Index", 44, "%", on="2026-03-04"),
            measure("Oswestry Disability Index", 58, "%", on="2026-10-30"),
            finding("Tobacco smoking status", "Never smoked tobacco", on="2026-10-30", coded=True, loinc="72166-2"),
            measure("PHQ-9 total score", 4, "{score}", on="2026-10-30", loinc="44261-6"),
            note(
                """
                Leg pain after one block, relieved by sitting. EHL 4/5 on the left.
                Laminectomy alone risks further slip because the segment moves and both facets are arthritic.
                """,
                on="2026-10-30",
                title="Neurosurgery follow-up",
            ),
        ),
        expected={
            "instability": MET,
            "nerve": MET,
            "therapy": MET,
            "medicines": MET,
            "function": MET,
            "nicotine": MET,
            "mood": MET,
            "alone": MET,
        },
    ),
    Case(
        name="unmet",
        asked=("cpt", "22633"),
        denial="Not medically necessary. No instability and no failed non-operative care.",
        diagnoses=("M51.36",),
        answered=False,
        resources=(
            problem("Lumbar disc degeneration", since="2024-10-01", icd10="M51.36"),
            *sessions("Physical therapy visit", on=("2026-09-14", "2026-09-21", "2026-09-30"), cpt="97140"),
            report(
                "Alignment normal. Flexion and extension views show 1.5 mm of translation at L5-S1. No instability.",
                on="2026-09-10",
                title="XR lumbar spine with bending",
                cpt="72114",
            ),
            report(
                "Desiccation of the L5-S1 disc. No canal or foraminal stenosis. No nerve root compression.",
                on="2026-09-16",
                title="MRI lumbar spine",
                cpt="72148",
            ),
            measure("Oswestry Disability Index", 22, "%", on="2026-10-12"),
            note(
                """
                Back pain, no leg pain. Three therapy visits, then she stopped going.
                She smokes half a pack a day.
                PHQ-9 is 17, referred to behavioral health.
                Discussed decompression or fusion; no injections so far.
                """,
                on="2026-10-12",
                html=True,
            ),
        ),
        # No medicine is told of. The words on surgery give no reason against the lesser operation.
        expected={
            "instability": UNMET,
            "nerve": UNMET,
            "therapy": UNMET,
            "medicines": SILENT,
            "function": UNMET,
            "nicotine": UNMET,
            "mood": UNMET,
            "alone": SILENT,
        },
    ),
    Case(
        name="contradictory",
        asked="Posterior lumbar arthrodesis L4-L5",
        denial="Active nicotine use; stability of the segment; therapy not completed.",
        diagnoses=("M43.16",),
        resources=(
            # The list says slip; the later films find it stable. Smoking: an old no, a new yes. Therapy: both told.
            problem("Spondylolisthesis, lumbar", since="2023-05-01", verified=None, icd10="M43.16"),
            report(
                "Grade 1 slip, stable on bending views, translation 2 mm.",
                on="2026-10-01",
                title="Lumbar films",
                cpt="72114",
            ),
            report(
                "Moderate to severe central stenosis at L4-L5 with crowding of the roots.",
                on="2026-08-20",
                title="Lumbar MRI",
            ),
            note(
                "Non-smoker. Attended PT twice a week for 8 weeks this spring.", on="2026-06-15", title="Primary care"
            ),
            note(
                """
                Currently smoking five cigarettes a day after a stressful summer.
                Walks with a cane, able to stand for ten minutes.
                """,
                on="2026-11-03",
                title="Surgical consultation",
            ),
            taken("Ibuprofen 800 mg", start="2026-03-01", end="2026-04-20", why="no relief"),
            measure("PHQ-9", 14, None, on="2026-02-02"),
            measure("PHQ-9", 6, None, on="2026-11-03"),
        ),
        expected={
            "instability": UNMET,
            "nerve": MET,
            "therapy": MET,
            "medicines": MET,
            "function": MET,
            "nicotine": UNMET,
            "mood": MET,
            "alone": SILENT,
        },
    ),
)
