"""Spinal cord stimulator, a second round in other hands: measured once, after the first was learned from."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, procedure, taken

SERVICE = "spinal_cord_stimulator"
CASES = (
    Case(
        name="template",
        asked=("cpt", "63685"),
        denial="Not medically necessary.",
        resources=(
            problem("CRPS type I of right upper limb", since="2025-03-03", icd10="G90.511"),
            note(
                """
                Duration of pain: 20 months. Average pain 7/10.
                Medications failed: gabapentin (sedation), nortriptyline (dry mouth), tramadol (no benefit).
                Interventions: stellate ganglion blocks x3, relief lasting days. OT/PT desensitization for 4 months.
                Psychological evaluation: completed 5/2026, good candidate.
                Contraindications: no coagulopathy, no infection, no substance use disorder.
                Trial 8/2026: pain decreased from 7 to 2, function improved, would like to proceed.
                """,
                on="2026-09-09",
                title="Interventional pain",
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
        name="early",
        asked="SCS implant",
        denial="Trial failed to meet threshold.",
        resources=(
            problem("Lumbar post-laminectomy syndrome", since="2026-08-20", icd10="M96.1"),
            measure("Pain intensity", 6, "{score}", on="2026-11-01", loinc="72514-3"),
            taken("gabapentin 300 mg", start="2026-09-01"),
            procedure("Caudal epidural steroid injection", on="2026-10-01", said="No relief"),
            note(
                """
                The trial leads gave about 40% improvement. She would still like the permanent device.
                Psychological assessment raised concern for active depression and recommended treatment first.
                Skin infection at the lead site, on cephalexin.
                """,
                on="2026-11-10",
                title="Pain clinic",
            ),
        ),
        expected={
            "diagnosis": MET,
            "duration": UNMET,
            "medicines": UNMET,
            "physical": MET,
            "psychology": UNMET,
            "trial": UNMET,
            "bars": UNMET,
            "surgery": SILENT,
        },
    ),
)
