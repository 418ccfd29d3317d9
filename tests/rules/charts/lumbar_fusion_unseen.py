"""Lumbar fusion in other hands: written after the rules, measured once before anything was changed."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, medicine, note, problem, procedure, report, taken

SERVICE = "lumbar_fusion"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "22612"),
        denial="Documentation lacks conservative tx x 6 wks and evidence of dynamic instability.",
        diagnoses=("M43.17",),
        resources=(
            problem("Isthmic spondylolisthesis L5-S1", since="2024-11-01", icd10="M43.17"),
            note(
                """
                62 yo F, LBP + L leg pain x 18 mo. Tried: PT x 10 wks (ended Aug), NSAIDs, ESI x2 - temp relief only.
                Nonsmoker. PHQ-2 0.
                Exam: L EHL 4-/5, decreased sensation L5. Amb w/ cane, limited to 2 blocks.
                Imaging: MRI 7/26 bilat foraminal narrowing L5-S1 w/ L5 root compression. Flex/ext: 7 mm translation.
                A/P: Gr II isthmic slip, failed non-op. Rec L5-S1 PSF. Decompression only not advised given pars
                defects.
                """,
                on="2026-10-21",
                title="Spine consult",
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
        name="dictated",
        asked="Instrumented L3 to L5 fusion of the lumbar spine",
        denial="The member has not completed a structured program of physiotherapy, and tobacco use is ongoing.",
        resources=(
            problem("Lumbar spinal stenosis", since="2025-05-05", icd10="M48.061"),
            note(
                """
                This is a pleasant gentleman whose back and leg symptoms have troubled him since last year.
                He went to physiotherapy on four occasions over three weeks and then discontinued because of cost.
                He took celecoxib for two months, which gave him no appreciable benefit.
                He continues to smoke approximately ten cigarettes daily and is not ready to quit.
                He can no longer stand at the stove long enough to cook a meal and uses a walker outside the house.
                I reviewed the radiographs obtained today, and there is no motion between the flexed and extended
                positions.
                There is marked narrowing of the spinal canal at L3-4 and at L4-5 on his recent MRI.
                He denies feeling depressed.
                """,
                on="2026-10-06",
                title="Orthopaedic spine clinic",
            ),
        ),
        expected={
            "instability": UNMET,
            "nerve": MET,
            "therapy": UNMET,
            "medicines": MET,
            "function": MET,
            "nicotine": UNMET,
            "mood": MET,
            "alone": SILENT,
        },
    ),
    Case(
        name="coded",
        asked=("cpt", "22558"),
        denial="Not medically necessary.",
        diagnoses=("M53.2X6",),
        resources=(
            problem("Spinal instabilities, lumbar region", since="2026-01-15", icd10="M53.2X6"),
            medicine(
                "Pregabalin 75 MG Oral Capsule", start="2026-02-01", end="2026-05-20", why="Weight gain and dizziness"
            ),
            medicine("Tramadol 50 MG", start="2026-06-01"),
            taken("methocarbamol", start="2026-03-01", end="2026-03-20"),
            *(
                procedure("Therapeutic procedure, exercises", on=day, cpt="97110")
                for day in ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-31", "2026-04-14", "2026-04-28")
            ),
            report(
                "Disc extrusion impinging on the traversing right S1 nerve root.",
                on="2026-05-30",
                title="MR Lumbar Spine WO",
                cpt="72148",
            ),
            measure("ODI", 41, "{score}", on="2026-09-25"),
            finding("Cotinine, urine", "Not detected", on="2026-09-25"),
            measure("PHQ-9 quick depression assessment panel", 19, "{score}", on="2026-09-25", loinc="44261-6"),
        ),
        expected={
            "instability": MET,
            "nerve": MET,
            "therapy": MET,
            "medicines": MET,
            "function": MET,
            "nicotine": MET,
            "mood": UNMET,
            "alone": SILENT,
        },
    ),
)
