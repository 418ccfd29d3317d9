"""Infliximab, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import finding, measure, medicine, note, problem

SERVICE = "infliximab"
CASES = (
    Case(
        name="unseen_shorthand",
        asked="Inflectra 5 mg/kg",
        denial="Must try preferred agents.",
        diagnoses=("K50.80",),
        resources=(
            problem("Crohn's disease of both small and large intestine", since="2015-01-01", icd10="K50.80"),
            note(
                """
                CD x 11y. Steroid dependent: flares each time pred < 15 mg. 6-MP d/c'd, leukopenia.
                ADA 40 q2w then weekly, trough 1.2 w/ high antibodies -> stopped May.
                MRE: active ileitis 25 cm w/ penetrating disease. CRP 48.
                QFT neg 3/26, HBsAg neg.
                """,
                on="2026-09-01",
                title="GI clinic",
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
        name="unseen_psoriasis",
        asked=("hcpcs", "Q5121"),
        denial="Adalimumab is the preferred agent.",
        diagnoses=("L40.0",),
        resources=(
            problem("Plaque psoriasis", since="2012-01-01", icd10="L40.0"),
            measure("PASI", 19, "{score}", on="2026-10-01"),
            medicine(
                "adalimumab-adaz (Hyrimoz) 40 mg", start="2026-02-01", end="2026-08-01", why="PASI 50 not reached"
            ),
            medicine("methotrexate 2.5 MG Oral Tablet", start="2024-01-01", end="2024-08-01"),
            finding("TB IGRA", "Indeterminate", on="2026-09-01"),
            note(
                "Widespread thick plaques, PASI 19. Hepatitis B screen: surface antigen nonreactive.", on="2026-10-01"
            ),
        ),
        expected={
            "diagnosis": MET,
            "severity": MET,
            "step": MET,
            "conventional": MET,
            "tuberculosis": SILENT,  # neither negative nor positive
            "hepatitis": MET,
        },
    ),
    Case(
        name="unseen_first_line",
        asked="infliximab-dyyb",
        denial="Conventional therapy and adalimumab not tried.",
        diagnoses=("M45.9",),
        resources=(
            problem("Ankylosing spondylitis", since="2026-03-01", icd10="M45.9"),
            note(
                """
                Bath index (BASDAI) 2.1. Pain controlled on naproxen.
                Patient asks for infusions. No prior biologics, no DMARDs. Adalimumab has not been tried.
                """,
                on="2026-10-20",
            ),
        ),
        expected={
            "diagnosis": MET,
            "severity": SILENT,
            "step": UNMET,
            "conventional": SILENT,
            "tuberculosis": SILENT,
            "hepatitis": SILENT,
        },
    ),
    Case(
        name="fresh_colitis",
        asked="Renflexis",
        denial="Adalimumab required.",
        diagnoses=("K51.00",),
        resources=(
            problem("Chronic ulcerative pancolitis", since="2021-01-01", icd10="K51.00"),
            medicine("prednisone 40 mg", start="2026-07-01", end="2026-08-15", why="Relapse during taper"),
            note(
                """
                Hospitalized in October with acute severe colitis, 12 bloody stools a day.
                Primary nonresponse to Humira after 14 weeks of weekly dosing.
                Quantiferon gold and hepatitis B surface antigen both negative on 9/2.
                """,
                on="2026-10-25",
                title="IBD center",
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
)
