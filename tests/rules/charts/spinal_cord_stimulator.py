"""Spinal cord stimulator: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, medicine, note, problem, procedure, report, taken

CASES = (
    Case(
        name="met",
        asked=("cpt", "63685"),
        denial="Psychological clearance and a successful trial with 50 percent relief are not documented.",
        diagnoses=("M96.1",),
        answered=True,
        resources=(
            problem("Postlaminectomy syndrome", since="2024-08-01", icd10="M96.1"),
            measure("Pain severity, numeric rating", 8, "{score}", on="2026-09-12", loinc="72514-3"),
            medicine("gabapentin 600 mg", start="2025-01-10", end="2025-07-01", why="sedation", rxnorm="310433"),
            medicine("duloxetine 60 mg", start="2025-07-10", end="2026-02-01", why="no benefit at full dose"),
            procedure(
                "Transforaminal epidural steroid injection", on="2025-11-11", said="Two weeks of relief", cpt="64483"
            ),
            note(
                """
                Psychological evaluation completed. No untreated mood disorder and no contraindication to an implant.
                No history of substance abuse.
                """,
                on="2026-07-20",
                title="Pain psychology",
            ),
            note("She is not a candidate for revision surgery.", on="2026-06-02", title="Neurosurgery"),
            note(
                """
                Seven-day percutaneous trial of stimulation: leg pain fell from 8 to 2, about 75 percent relief.
                She walked 40 minutes during the trial and took no oxycodone.
                No sign of infection at the lead site.
                """,
                on="2026-10-02",
                title="Procedure note",
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
            "surgery": MET,
        },
    ),
    Case(
        name="unmet",
        asked=("cpt", "63650"),
        denial="Conservative treatment not exhausted. No psychological evaluation. Active substance use.",
        answered=False,
        resources=(
            problem("Lumbago", since="2026-08-15", icd10="M54.50"),
            problem("Opioid use disorder, moderate", since="2025-03-03", icd10="F11.20"),
            measure("Pain severity", 4, "{score}", on="2026-11-02", loinc="72514-3"),
            medicine("ibuprofen 600 mg", start="2026-09-01"),
            note(
                """
                Axial low back pain since August. Would like a stimulator.
                Physical therapy has not been tried. Psychological evaluation is pending.
                """,
                on="2026-11-02",
            ),
        ),
        # Duration: back pain of three months is told on no criterion of nerve pain; the note names no six months.
        # A single anti-inflammatory is one medicine of the two. Therapy was not tried, but the criterion is met by
        # injections as well, and of those nothing is told.
        expected={
            "diagnosis": SILENT,
            "duration": SILENT,
            "medicines": UNMET,
            "physical": SILENT,
            "psychology": UNMET,
            "trial": SILENT,
            "bars": UNMET,
            "surgery": SILENT,
        },
    ),
    Case(
        name="contradictory",
        asked="Permanent implantation of spinal cord stimulator",
        denial="Trial result does not show 50 percent improvement; psychological report recommends delay.",
        diagnoses=("G90.522",),
        resources=(
            problem("Complex regional pain syndrome I, left leg", since="2025-10-02", verified=None, icd10="G90.522"),
            measure("Pain score", 7, None, on="2026-10-30"),
            taken("pregabalin", start="2025-11-01", end="2026-03-01", why="swelling"),
            taken("nortriptyline", start="2026-03-05"),
            report(
                "Not a suitable candidate at present: untreated depression.",
                on="2026-05-12",
                title="Psychological evaluation",
            ),
            note(
                """
                Seen again after treatment.
                Psychological assessment now finds her an appropriate candidate, cleared to proceed.
                """,
                on="2026-09-18",
                title="Psychology follow-up",
            ),
            note(
                "Stimulation trial ended today with 60% relief reported by phone.", on="2026-10-14", title="Nurse call"
            ),
            note(
                "On review the trial gave 30 percent relief only, by the diary.", on="2026-10-28", title="Pain clinic"
            ),
            note("Lumbar sympathetic blocks gave brief relief.", on="2026-02-11"),
        ),
        expected={
            "diagnosis": MET,
            "duration": MET,
            "medicines": MET,
            "physical": MET,
            "psychology": MET,
            "trial": UNMET,
            "bars": SILENT,
            "surgery": SILENT,
        },
    ),
)
