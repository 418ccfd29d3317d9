"""A service that no file knows: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import medicine, note, problem, visit

CASES = (
    Case(
        name="met",
        asked="Botulinum toxin for migraine",
        denial="Failure of two preventive medicines is not documented.",
        diagnoses=("G43.719",),
        answered=True,
        resources=(
            problem("Chronic migraine without aura, intractable", since="2020-06-06", icd10="G43.719"),
            medicine("topiramate 50 MG Oral Tablet", start="2025-06-01", end="2025-10-01", why="Word-finding trouble"),
            medicine("propranolol 80 MG", start="2025-11-01", end="2026-03-01", why="No effect on headache days"),
            note("Headaches are worse: 19 days a month, up from 12.", on="2026-10-30", title="Neurology visit"),
        ),
        expected={"diagnosis": MET, "tried": MET, "recent_note": MET, "worse": MET},
    ),
    Case(
        name="unmet",
        asked="Continuous glucose monitor",
        denial="Recent clinical notes were not submitted and the condition has not worsened.",
        diagnoses=("E11.9",),
        answered=False,
        resources=(
            problem("Type 2 diabetes", since="2019-01-01", icd10="E11.65"),  # another code than that of the request
            note("Doing well. Sugars are much improved.", on="2026-06-30", title="Office visit"),
            visit("Office visit", on="2026-06-30"),
        ),
        expected={"diagnosis": SILENT, "tried": SILENT, "recent_note": UNMET, "worse": UNMET},
    ),
    Case(
        name="contradictory",
        asked="Varicose vein ablation",
        denial="A trial of compression was not documented.",
        diagnoses=("I83.812",),
        resources=(
            problem("Varicose veins of left leg with pain", since="2024-01-01", icd10="I83.812"),
            note("Swelling is clearly improved with stockings.", on="2026-05-04", title="Vascular visit"),
            note(
                "After 14 weeks of stockings no lasting relief. Leg pain is worse in the evening.",
                on="2026-10-19",
                title="Vascular visit",
            ),
        ),
        expected={"diagnosis": MET, "tried": MET, "recent_note": MET, "worse": MET},
    ),
)
