"""CT angiography of other vessels in other hands: written after the rules, measured once before any change."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import allergy, measure, note, problem, report

SERVICE = "vessel_ct_angiography"
CASES = (
    Case(
        name="terse",
        asked=("cpt", "71275"),
        denial="D-dimer and Wells score not provided.",
        resources=(
            note(
                """
                45F, acute pleuritic CP and SOB x 1 d, on OCP, R calf swelling. Wells 6. D-dimer 3.2 (nl <0.5).
                Cr 0.8, nl renal fxn. No hx of contrast allergy.
                CTA to r/o PE, anticoagulate if positive.
                """,
                on="2026-11-18",
                title="Urgent care",
            ),
        ),
        expected={
            "disease": MET,
            "first_test": MET,
            "change": MET,
            "kidney": MET,
            "contrast": MET,
            "changes_care": MET,
        },
    ),
    Case(
        name="dictated",
        asked="CT angiogram of the abdominal aorta with runoff",
        denial="Non-invasive vascular studies should precede CT angiography.",
        diagnoses=("I70.213",),
        resources=(
            problem("Atherosclerosis with intermittent claudication, both legs", since="2023-01-01", icd10="I70.213"),
            measure("Ankle brachial index, right", 0.52, "{ratio}", on="2026-10-01"),
            note(
                """
                Her walking distance has shrunk to half a block over the summer and she now has pain at rest in the
                right foot.
                I intend to offer her a bypass or angioplasty, and the choice between them depends on the runoff
                vessels.
                Renal function is preserved.
                """,
                on="2026-11-03",
                title="Vascular surgery clinic",
            ),
            allergy("Iohexol", on="2022-08-08", reaction="Anaphylaxis"),
        ),
        # The pressure index is seven weeks old and counts.
        expected={
            "disease": MET,
            "first_test": MET,
            "change": MET,
            "kidney": MET,
            "contrast": UNMET,
            "changes_care": MET,
        },
    ),
    Case(
        name="quiet",
        asked=("cpt", "70496"),
        denial="Follow-up imaging is not supported by a change in clinical status.",
        diagnoses=("I67.1",),
        resources=(
            problem("Unruptured cerebral aneurysm", since="2020-02-02", icd10="I67.1"),
            report("3 mm anterior communicating aneurysm, unchanged since 2022.", on="2025-10-01", title="MRA head"),
            note(
                "Feels well, no headaches. Aneurysm has been stable. She prefers no intervention.",
                on="2026-11-10",
                title="Neurosurgery",
            ),
            measure("eGFR (CKD-EPI)", 88, "mL/min", on="2026-03-01"),
        ),
        # First test: the MR angiography is thirteen months old, too old for one that stands before this scan.
        expected={
            "disease": MET,
            "first_test": UNMET,
            "change": UNMET,
            "kidney": MET,
            "contrast": SILENT,
            "changes_care": SILENT,
        },
    ),
)
