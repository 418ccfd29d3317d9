"""Dupilumab for atopic dermatitis, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, medicine, note, problem, procedure

SERVICE = "dupilumab"
CASES = (
    Case(
        name="unseen_shorthand",
        asked="Dupixent",
        denial="PA criteria not met.",
        diagnoses=("L20.9",),
        resources=(
            note(
                """
                19F w/ AD since infancy. Exam: erythematous lichenified plaques, approx 35% BSA, IGA 4.
                Tried: clobetasol oint BID x 8 wks - minimal improvement. Elidel x 6 wks - no benefit.
                MTX 15 mg/wk x 4 mo - stopped, transaminases doubled.
                Itch NRS 9/10, sleep 4 h per night. DLQI 21.
                """,
                on="2026-11-02",
                title="Derm consult",
            ),
            problem("AD (atopic dermatitis)", since="2010-01-01", icd10="L20.9"),
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
        name="unseen_child_early",
        asked="dupilumab 200 mg",
        denial="Topical therapy has not been exhausted.",
        diagnoses=("L20.82",),
        resources=(
            problem("Flexural eczema", since="2025-05-01", icd10="L20.82"),
            medicine("mometasone furoate 0.1 % topical cream", start="2026-11-05"),
            medicine("mometasone 50 mcg nasal spray", start="2024-01-01"),
            note(
                """
                Parents report nightly scratching, child is up twice a night.
                About 12% of body surface, moderate. Just started mometasone two weeks ago.
                Tacrolimus ointment will be considered next.
                """,
                on="2026-11-12",
                title="Pediatric dermatology",
            ),
        ),
        expected={
            "diagnosis": MET,
            "severity": MET,
            "steroid": UNMET,
            "second_topical": SILENT,
            "systemic": SILENT,
            "burden": MET,
        },
    ),
    Case(
        name="unseen_hands",
        asked=("rxnorm", "1876376"),
        denial="Extent of disease below 10 percent body surface area.",
        diagnoses=("L20.84",),
        resources=(
            problem("Intrinsic (allergic) eczema", since="2018-01-01", icd10="L20.84"),
            measure("Body surface area affected by eczema", 5, "%", on="2026-10-28"),
            procedure("Patch test", on="2026-02-01"),
            note(
                """
                Chronic hand involvement: palms deeply fissured and bleeding, cannot grip tools, off work 3 weeks.
                Halobetasol for two months was ineffective. Crisaborole stung so badly that he stopped it.
                Lives 70 miles from the nearest phototherapy unit.
                """,
                on="2026-10-28",
                title="Hand eczema clinic",
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
        name="fresh_allergist",
        asked="Dupixent 300 mg q2wk",
        denial="Failure of topical therapies is not documented.",
        diagnoses=("L20.9",),
        resources=(
            problem("Atopic dermatitis", since="2009-01-01", snomed="24079001"),
            measure("Eczema Area and Severity Index", 19.2, "{score}", on="2026-09-09"),
            note(
                """
                He used fluocinonide 0.05% daily from March through June and still flares within days of stopping.
                Pimecrolimus was added in July without adequate control.
                Seventeen NB-UVB sessions in 2025, flared after.
                Reports itching all day and poor sleep.
                """,
                on="2026-09-09",
                title="Allergy clinic",
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
