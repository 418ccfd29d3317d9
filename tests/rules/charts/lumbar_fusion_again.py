"""Lumbar fusion, a second round in other hands: measured once, after the first round was learned from."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, visit

SERVICE = "lumbar_fusion"
CASES = (
    Case(
        name="template",
        asked=("cpt", "22630"),
        denial="Criteria for lumbar arthrodesis are not met.",
        resources=(
            problem("Spondylolysis, lumbosacral region", since="2022-01-01", icd10="M43.07"),
            note(
                """
                Social history
                Tobacco: former, quit 2014. Alcohol: none.
                Treatments tried
                Physical therapy: yes, Jan to March 2026 (10 weeks), minimal benefit
                Medications: naproxen, cyclobenzaprine - no relief
                Injections: L5-S1 TFESI 4/2026, 2 weeks relief
                Physical exam
                Gait antalgic. Strength 5/5 throughout. Sensation intact.
                Imaging
                XR: grade II anterolisthesis L5 on S1, 6 mm translation on flexion-extension
                MRI: severe bilateral foraminal stenosis L5-S1
                Assessment and Plan:
                L5-S1 TLIF. Decompression alone would destabilize the level further.
                """,
                on="2026-10-05",
            ),
            measure("Oswestry disability index", 52, "%", on="2026-10-05"),
            note("PHQ-9 score today 3.", on="2026-10-05", title="Screening"),
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
        name="young",
        asked="Anterior lumbar interbody fusion L5-S1",
        denial="Discogenic pain without instability; chiropractic only.",
        resources=(
            visit("Office visit", on="2026-11-01", why="Low back pain"),
            note(
                """
                31 year old with axial pain. Sees a chiropractor weekly. PT was recommended in May but she never went.
                Flexion and extension films are normal. MRI shows a dark disc at L5-S1; no compression of neural
                elements.
                Works full time, runs on weekends. Vapes daily.
                She worries about her back but is not depressed.
                She is a candidate for disc replacement or fusion.
                """,
                on="2026-11-01",
                title="Spine surgery",
            ),
        ),
        # Normal bending films deny the instability in a reader's eyes. No medicine is told of, and no loss of function.
        expected={
            "instability": UNMET,
            "nerve": UNMET,
            "therapy": UNMET,
            "medicines": SILENT,
            "function": SILENT,
            "nicotine": UNMET,
            "mood": MET,
            "alone": SILENT,
        },
        missed={"therapy": SILENT},  # "PT was recommended but she never went": the second half does not name it
    ),
)
