"""Home health care, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import note, problem, visit

SERVICE = "home_health"
CASES = (
    Case(
        name="unseen_template",
        asked=("hcpcs", "G0151"),
        denial="Insufficient documentation.",
        diagnoses=("Z96.642",),
        resources=(
            visit("Post-op visit", on="2026-11-05"),
            note(
                """
                F2F encounter 11/05. s/p L THA 10/28.
                Homebound status: needs FWW + assist x1 to exit home; leaving is a major effort d/t pain and weakness.
                HH orders: PT 3w2, 2w4 for gait and strengthening. RN eval for incision check.
                """,
                on="2026-11-05",
                title="Home health referral",
            ),
        ),
        expected={"homebound": MET, "skilled": MET, "seen": MET, "condition": MET, "plan": MET},
    ),
    Case(
        name="unseen_oxygen",
        asked="Visiting nurse, home health",
        denial="Condition chronic and stable.",
        diagnoses=("J44.9",),
        resources=(
            problem("COPD on home oxygen", since="2020-01-01", icd10="J44.9"),
            visit("Telehealth visit", on="2026-10-30", why="COPD"),
            note(
                """
                Third exacerbation since August, new inhaler regimen. Gets breathless crossing the room,
                rarely goes out, and then only with his daughter and portable oxygen.
                Needs a nurse for inhaler teaching and monitoring of symptoms.
                """,
                on="2026-10-30",
                title="Pulmonary telehealth note",
            ),
        ),
        expected={"homebound": MET, "skilled": MET, "seen": MET, "condition": MET, "plan": SILENT},
    ),
    Case(
        name="unseen_active",
        asked="Home health therapy",
        denial="Not homebound.",
        diagnoses=("M17.11",),
        resources=(
            note(
                """
                Knee arthritis, at her baseline. Walks to the mailbox and plays golf on Saturdays.
                Would like therapy at home because parking is difficult. Not homebound.
                """,
                on="2026-10-10",
                title="Office visit note",
            ),
        ),
        expected={"homebound": UNMET, "skilled": SILENT, "seen": SILENT, "condition": UNMET, "plan": SILENT},
    ),
    Case(
        name="fresh_ostomy",
        asked=("hcpcs", "G0300"),
        denial="Homebound criteria not documented.",
        diagnoses=("Z93.2",),
        resources=(
            visit("Hospital discharge encounter", on="2026-11-03"),
            note(
                """
                New ileostomy on October 27, high output. Patient is weak, walks with a rollator and assistance of her
                niece, and absences from home are infrequent and short. Skilled nurse to teach pouching and monitor
                hydration, 2 visits weekly for 5 weeks.
                """,
                on="2026-11-03",
                title="Discharge summary",
            ),
        ),
        expected={"homebound": MET, "skilled": MET, "seen": MET, "condition": MET, "plan": MET},
    ),
)
